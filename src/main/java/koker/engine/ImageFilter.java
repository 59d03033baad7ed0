package koker.engine;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
            case "until" -> TimePoint.parse(filter.value, Instant.now());
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
                image.filter(one -> created(one).isBefore(TimePoint.parse(value, Instant.now())))
                        .isPresent();
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

    private static Instant created(Image image) {
        return Instant.ofEpochMilli(image.createdMillis());
    }
}
