package koker.engine;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import koker.image.Image;
import koker.image.ImageReference;
import koker.image.Listed;

/**
 * Which images a command is about, as the user says it with {@code --filter KEY=VALUE}.
 *
 * @param key one of those in {@link #DESCRIPTION}
 * @param value what it is compared with
 */
public record ImageFilter(String key, String value) {
    /** What the help says of it. */
    public static final String DESCRIPTION =
            "Only those with reference=PATTERN, dangling=BOOL, label=KEY[=VALUE], label!=KEY[=VALUE], before=IMAGE,"
                    + " since=IMAGE, until=TIME (a date, or how long ago: 24h).";

    private static final List<String> KEYS =
            List.of("reference", "dangling", "label", "label!", "before", "since", "until");
    private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(h|m|s|d|w)");

    /**
     * Reads {@code KEY=VALUE}.
     *
     * @throws IllegalArgumentException if koker knows no such filter, or the value is none for it
     */
    public static ImageFilter parse(String text) {
        int equals = text.indexOf('=');
        var filter = new ImageFilter(text.substring(0, Math.max(0, equals)), text.substring(equals + 1));
        if (!KEYS.contains(filter.key)) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no filter; there are: " + String.join("=, ", KEYS) + "=");
        }
        switch (filter.key) {
            case "dangling" -> filter.truth();
            case "until" -> filter.time(Instant.now());
            case "reference" -> filter.pattern();
            default -> {}
        }
        return filter;
    }

    /** The filter for a repository, a name, or a pattern of either. */
    public static ImageFilter reference(String pattern) {
        return parse("reference=" + pattern);
    }

    /** Whether {@code listed}, one of {@code all}, is one of those. */
    boolean holds(Listed listed, ImageSearch all) {
        var image = listed.image();
        return switch (key) {
            case "dangling" -> listed.name().isEmpty() == truth();
            case "reference" -> listed.name().filter(this::isLike).isPresent();
            case "label" -> image.filter(this::hasLabel).isPresent();
            case "label!" -> image.filter(this::hasLabel).isEmpty();
            case "until" ->
                image.filter(one -> created(one).isBefore(time(Instant.now()))).isPresent();
            case "before" ->
                image.filter(one -> created(one).isBefore(created(all.image(value))))
                        .isPresent();
            default ->
                image.filter(one -> created(one).isAfter(created(all.image(value))))
                        .isPresent();
        };
    }

    private boolean isLike(ImageReference name) {
        var pattern = pattern();
        return pattern.matches(Path.of(name.familiar()))
                || pattern.matches(Path.of(name.familiarRepository()))
                || pattern.matches(Path.of(name.canonical()));
    }

    private boolean hasLabel(Image image) {
        int equals = value.indexOf('=');
        var label = equals < 0 ? value : value.substring(0, equals);
        var is = Optional.ofNullable(image.config().config().labels().get(label));
        return is.isPresent() && (equals < 0 || is.get().equals(value.substring(equals + 1)));
    }

    private boolean truth() {
        return switch (value) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw new IllegalArgumentException("dangling is true or false, not '" + value + "'");
        };
    }

    private PathMatcher pattern() {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + value);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("'" + value + "' is no pattern: " + e.getDescription());
        }
    }

    /** A time as Docker takes it: how long before {@code now}, seconds since 1970, a date, or a date and a time. */
    private Instant time(Instant now) {
        var duration = DURATION.matcher(value);
        try {
            if (value.matches("(" + DURATION + ")+")) {
                var time = now;
                while (duration.find()) {
                    time = time.minus(length(Double.parseDouble(duration.group(1)), duration.group(2)));
                }
                return time;
            }
            if (value.matches("\\d{1,15}")) {
                return Instant.ofEpochSecond(Long.parseLong(value));
            }
            if (value.matches("\\d{4}-\\d\\d-\\d\\d")) {
                return LocalDate.parse(value)
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant();
            }
            return value.matches(".*(Z|[+-]\\d\\d:\\d\\d)")
                    ? Instant.parse(value)
                    : LocalDateTime.parse(value).atZone(ZoneId.systemDefault()).toInstant();
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "'" + value + "' is no time; give 24h, 2026-01-31 or 2026-01-31T12:00:00Z");
        }
    }

    private static Duration length(double count, String unit) {
        var seconds =
                switch (unit) {
                    case "w" -> 7 * 86400;
                    case "d" -> 86400;
                    case "h" -> 3600;
                    case "m" -> 60;
                    default -> 1;
                };
        return Duration.ofMillis(Math.round(count * seconds * 1000));
    }

    private static Instant created(Image image) {
        return Instant.ofEpochMilli(image.createdMillis());
    }
}
