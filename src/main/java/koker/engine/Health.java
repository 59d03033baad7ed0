package koker.engine;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import koker.image.HealthCheck;
import koker.process.ProcessId;
import koker.spec.JsonRecords;

/**
 * Whether a container is well, as its checks say; kept as health.json in its folder.
 *
 * @param process the life of the container that this is about
 * @param status {@link #STARTING}, {@link #HEALTHY} or {@link #UNHEALTHY}
 * @param failingStreak how many checks in a row have failed
 * @param log the last checks, the oldest first
 */
record Health(ProcessId process, String status, int failingStreak, List<Check> log) {
    static final String STARTING = "starting";
    static final String HEALTHY = "healthy";
    static final String UNHEALTHY = "unhealthy";

    private static final int KEPT = 5;

    Health {
        log = log == null ? List.of() : log;
    }

    /**
     * A check.
     *
     * @param start milliseconds since 1970
     * @param end milliseconds since 1970
     * @param exitCode 0 if the container is well; -1 if the check took too long
     * @param output the first bytes that it wrote
     */
    record Check(long start, long end, int exitCode, String output) {
        /** The most bytes of {@code output}. */
        static final int OUTPUT = 4096;
    }

    /** What is known of the container in {@code folder}, whose state is {@code state} and which is checked. */
    static Health of(ContainerFolder folder, State state) {
        var process = state.run() == null ? null : state.run().process();
        try {
            var health = JsonRecords.read(Files.readString(folder.health()), Health.class);
            // What is left of an earlier life says nothing of this one.
            if (health != null && health.process != null && (process == null || process.isSame(health.process))) {
                return health;
            }
        } catch (NoSuchFileException e) {
            // No check has ended yet.
        } catch (IOException | JsonParseException e) {
            // One that is damaged is written anew after the next check.
        }
        return new Health(process, STARTING, 0, List.of());
    }

    /** After one more check, of a container that was {@code started} then. */
    Health after(Check check, HealthCheck how, long started) {
        var checks = new ArrayList<>(log);
        checks.add(check);
        var last = List.copyOf(checks.subList(Math.max(0, checks.size() - KEPT), checks.size()));
        if (check.exitCode() == 0) {
            return new Health(process, HEALTHY, 0, last);
        }
        var early = isEarly(how, check.start() - started);
        var failing = early ? failingStreak : failingStreak + 1;
        return new Health(process, failing >= how.retries() ? UNHEALTHY : status, failing, last);
    }

    /** How long to wait for the next check, of a container that has run for {@code age} milliseconds, and is perhaps {@code starting}. */
    static Duration next(HealthCheck how, boolean starting, long age) {
        return Duration.ofNanos(
                starting && Duration.ofNanos(how.startPeriod()).toMillis() > age
                        ? how.startInterval()
                        : how.interval());
    }

    /** Whether a check that fails, {@code age} milliseconds after the start, does not count. */
    boolean isEarly(HealthCheck how, long age) {
        return status.equals(STARTING) && Duration.ofNanos(how.startPeriod()).toMillis() > age;
    }

    /** Writes health.json, all of it or nothing. */
    void write(ContainerFolder folder) throws IOException {
        var next = folder.health().resolveSibling("health.json.new");
        Files.writeString(next, JsonRecords.write(this));
        Files.move(next, folder.health(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
