package koker.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import koker.oci.OciException;
import koker.oci.OciRuntime;
import koker.oci.Status;

/** {@code koker oci events}. */
final class OciEvents {
    private static final Pattern INTERVAL = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    private OciEvents() {}

    /** Prints what the container uses, once or until it has stopped. */
    static void print(PrintStream out, OciRuntime runtime, OciWords words) throws IOException {
        var id = words.id();
        var interval = interval(words.value("interval").orElse("5s"));
        var statistics = runtime.statistics(id);
        out.println(statistics.json());
        if (words.has("stats")) {
            return;
        }
        var told = false;
        while (runtime.describe(id).status() != Status.STOPPED) {
            LockSupport.parkNanos(interval.toNanos());
            if (runtime.describe(id).status() == Status.STOPPED) {
                return;
            }
            statistics = runtime.statistics(id);
            if (statistics.outOfMemory() && !told) {
                told = true;
                out.println(statistics.outOfMemoryJson());
            }
            out.println(statistics.json());
            out.flush();
        }
    }

    private static Duration interval(String text) {
        var parts = INTERVAL.matcher(text);
        if (!parts.matches() || Long.parseLong(parts.group(1)) == 0) {
            throw new OciException("duration interval must be greater than 0, as 5s, and not " + text);
        }
        var number = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
