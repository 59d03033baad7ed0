package koker.engine;

import java.time.Instant;
import java.util.List;

/**
 * Which containers that do not run are to be removed, as the user says it with {@code --filter KIND=VALUE}.
 *
 * @param kind one of those in {@link #DESCRIPTION}
 */
public record PruneFilter(String kind, String value) {
    /** What the help says of it. */
    public static final String DESCRIPTION =
            "Only those with label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME (made before a date, or so long ago: 24h).";

    private static final List<String> KINDS = List.of("until", "label", "label!");

    /**
     * Reads {@code KIND=VALUE}.
     *
     * @throws IllegalArgumentException if koker knows no such filter, or the value is none for it
     */
    public static PruneFilter parse(String text) {
        var equals = text.indexOf('=');
        var filter = new PruneFilter(text.substring(0, Math.max(0, equals)), text.substring(equals + 1));
        if (!KINDS.contains(filter.kind)) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no filter; there are: " + String.join("=, ", KINDS) + "=");
        }
        if (filter.kind.equals("until")) {
            TimePoint.parse(filter.value, Instant.now());
        }
        return filter;
    }

    /** Whether {@code container} is one of those. */
    boolean holds(Container container) {
        return switch (kind) {
            case "until" -> Instant.ofEpochMilli(container.created()).isBefore(TimePoint.parse(value, Instant.now()));
            case "label" -> container.hasLabel(value);
            default -> !container.hasLabel(value);
        };
    }
}
