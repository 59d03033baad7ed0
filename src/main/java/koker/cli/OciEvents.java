package koker.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import koker.oci.OciException;
import koker.oci.OciRuntime;
import koker.oci.Status;

/** {@code koker oci events}. */
final class OciEvents {
    private static final Pattern PART =
            Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{0,9})?|\\.[0-9]{1,9})(ns|us|\u00b5s|\u03bcs|ms|s|m|h)");

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

    /**
     * The time that {@code text} names, as Go has it: 5s, 1m30s, 1.5h, 500us.
     *
     * @throws OciException if it names none, or nothing
     */
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE); // of nanoseconds, 292 years

    static Duration interval(String text) {
        var nanoseconds = BigDecimal.ZERO;
        var part = PART.matcher(text);
        var end = 0;
        while (part.find() && part.start() == end) {
            end = part.end();
            nanoseconds = nanoseconds.add(new BigDecimal(part.group(1)).multiply(unit(part.group(2))));
        }
        if (end < text.length() || nanoseconds.compareTo(BigDecimal.ONE) < 0 || nanoseconds.compareTo(MOST) > 0) {
            throw new OciException("duration interval must be greater than 0, as 5s, and not " + text);
        }
        return Duration.ofNanos(nanoseconds.longValue());
    }

    private static BigDecimal unit(String name) {
        return BigDecimal.valueOf(
                switch (name) {
                    case "ns" -> 1;
                    case "ms" -> 1_000_000L;
                    case "s" -> 1_000_000_000L;
                    case "m" -> 60_000_000_000L;
                    case "h" -> 3_600_000_000_000L;
                    default -> 1_000;
                });
    }
}
