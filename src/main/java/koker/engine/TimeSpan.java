package koker.engine;

import java.time.Duration;
import java.util.regex.Pattern;

/** A length of time as users write it: {@code 30s}, {@code 1m30s}, {@code 500ms}. */
public final class TimeSpan {
    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(h|ms|m|s)");
    private static final Duration LEAST = Duration.ofMillis(1);

    private TimeSpan() {}

    /**
     * Reads a length of time of at least a millisecond.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Duration positive(String text) {
        var time = parse(text);
        if (time.compareTo(LEAST) < 0) {
            throw new IllegalArgumentException("'" + text + "' is too short; give at least 1ms");
        }
        return time;
    }

    /**
     * Reads a length of time, perhaps none at all: {@code 0s}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (!text.matches("(" + PART + ")+")) {
            throw new IllegalArgumentException("'" + text + "' is no length of time, such as 30s, 1m30s or 500ms");
        }
        var time = Duration.ZERO;
        for (var part = PART.matcher(text); part.find(); ) {
            time = time.plusNanos(Math.round(Double.parseDouble(part.group(1)) * nanos(part.group(2))));
        }
        return time;
    }

    private static long nanos(String unit) {
        return switch (unit) {
            case "h" -> 3_600_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "s" -> 1_000_000_000L;
            default -> 1_000_000L;
        };
    }
}
