package koker.image;

import com.google.gson.JsonParseException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to find out whether a container is well: a command that is run in it from time to time (Docker image-spec 1.2, Healthcheck). Times are in
 * nanoseconds; what is 0 is left to whoever runs it.
 *
 * @param test the command behind one word: CMD, or CMD-SHELL if a shell shall read it; NONE alone for no check; empty for that of another image
 * @param interval from the end of one check to the begin of the next
 * @param timeout how long a check may take
 * @param startPeriod how long after the start a check that fails does not count
 * @param startInterval the interval in that time
 * @param retries how many must fail in a row
 */
public record HealthCheck(
        List<String> test, long interval, long timeout, long startPeriod, long startInterval, int retries) {
    private static final long DEFAULT_TIME = Duration.ofSeconds(30).toNanos();
    private static final long DEFAULT_START_INTERVAL = Duration.ofSeconds(5).toNanos();
    private static final int DEFAULT_RETRIES = 3;

    public HealthCheck {
        test = test == null ? List.of() : List.copyOf(test);
    }

    /** Nothing is said. */
    public static final HealthCheck UNKNOWN = new HealthCheck(List.of(), 0, 0, 0, 0, 0);

    static HealthCheck of(Json json) {
        return new HealthCheck(
                json.texts("Test"),
                number(json, "Interval"),
                number(json, "Timeout"),
                number(json, "StartPeriod"),
                number(json, "StartInterval"),
                Math.clamp(number(json, "Retries"), 0, Integer.MAX_VALUE));
    }

    private static long number(Json json, String name) {
        var number = json.has(name) ? json.number(name) : 0;
        if (number < 0) {
            throw new JsonParseException("Healthcheck." + name + " is negative");
        }
        return number;
    }

    /** This one, with the usual values for what it leaves open. */
    public HealthCheck complete() {
        return new HealthCheck(
                test,
                interval == 0 ? DEFAULT_TIME : interval,
                timeout == 0 ? DEFAULT_TIME : timeout,
                startPeriod,
                startInterval == 0 ? DEFAULT_START_INTERVAL : startInterval,
                retries == 0 ? DEFAULT_RETRIES : retries);
    }

    /** Whether it names a command, or says that there is none. */
    public boolean isUnknown() {
        return test.isEmpty();
    }

    /**
     * The command with its arguments; nothing if there is to be none.
     *
     * @throws IllegalArgumentException if the test is of no known kind
     */
    public Optional<List<String>> command() {
        var kind = test.isEmpty() ? "NONE" : test.getFirst();
        if (kind.equals("NONE")) {
            return Optional.empty();
        }
        if (kind.equals("CMD") && test.size() > 1) {
            return Optional.of(test.subList(1, test.size()));
        }
        if (kind.equals("CMD-SHELL") && test.size() == 2) {
            return Optional.of(List.of("/bin/sh", "-c", test.getLast()));
        }
        throw new IllegalArgumentException("the health check " + test + " is neither NONE, CMD nor CMD-SHELL");
    }
}
