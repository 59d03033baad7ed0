package koker.engine;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.regex.Pattern;

/** A moment as users write it. */
public final class TimePoint {
    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(w|d|h|ms|m|s)");

    private TimePoint() {}

    /**
     * Reads how long before {@code now} (1h30m), seconds since 1970 (with or without a fraction), a date, or a date and a time.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static Instant parse(String text, Instant now) {
        try {
            if (text.matches("(" + PART + ")+")) {
                var time = now;
                for (var part = PART.matcher(text); part.find(); ) {
                    time = time.minus(length(Double.parseDouble(part.group(1)), part.group(2)));
                }
                return time;
            }
            if (text.matches("\\d{1,12}(\\.\\d{1,9})?")) {
                var parts = text.split("\\.");
                var nanos = parts.length == 1 ? 0 : Integer.parseInt((parts[1] + "000000000").substring(0, 9));
                return Instant.ofEpochSecond(Long.parseLong(parts[0]), nanos);
            }
            if (text.matches("\\d{4}-\\d\\d-\\d\\d")) {
                return LocalDate.parse(text)
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant();
            }
            return text.matches(".*(Z|[+-]\\d\\d:\\d\\d)")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no time; give 10m, 2026-01-31, 2026-01-31T12:00:00Z or seconds since 1970");
        }
    }

    private static Duration length(double count, String unit) {
        var millis =
                switch (unit) {
                    case "w" -> 7 * 86_400_000L;
                    case "d" -> 86_400_000L;
                    case "h" -> 3_600_000L;
                    case "m" -> 60_000L;
                    case "ms" -> 1L;
                    default -> 1000L;
                };
        return Duration.ofMillis(Math.round(count * millis));
    }
}
