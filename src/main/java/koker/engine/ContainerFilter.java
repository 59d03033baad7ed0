package koker.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which containers are meant: those that fit one filter of each kind. (As in Docker: {@code status=exited} twice is one or the other,
 * {@code status} and {@code name} both.)
 */
public final class ContainerFilter {
    private static final List<String> KINDS =
            List.of("id", "name", "status", "exited", "health", "network", "label", "ancestor", "before", "since");

    private static final String NO_HEALTH = "none";
    private static final List<String> HEALTHS = List.of(Health.STARTING, Health.HEALTHY, Health.UNHEALTHY, NO_HEALTH);

    private final Map<String, List<String>> values = new TreeMap<>();

    /**
     * The filters that {@code texts} are, each {@code KIND=VALUE}.
     *
     * @throws IllegalArgumentException if one is none
     */
    public ContainerFilter(List<String> texts) {
        for (var text : texts) {
            var parts = text.split("=", 2);
            if (parts.length < 2 || parts[1].isEmpty() || !KINDS.contains(parts[0])) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no filter; filters are KIND=VALUE, and kinds " + String.join(", ", KINDS));
            }
            check(parts[0], parts[1]);
            values.computeIfAbsent(parts[0], _ -> new ArrayList<>()).add(parts[1]);
        }
    }

    /** Whether they ask for a state, and so also for containers that do not run. */
    public boolean asksForState() {
        return values.containsKey("status") || values.containsKey("exited");
    }

    /** Those of {@code all} that fit. */
    public List<Container> of(List<Container> all) {
        var fitting = new ArrayList<Container>();
        for (var container : all) {
            var fits = true;
            for (var filter : values.entrySet()) {
                fits &= filter.getValue().stream().anyMatch(value -> fits(container, filter.getKey(), value, all));
            }
            if (fits) {
                fitting.add(container);
            }
        }
        return fitting;
    }

    private static void check(String kind, String value) {
        if (kind.equals("status")) {
            status(value);
        }
        if (kind.equals("exited") && !value.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("'" + value + "' is no exit status");
        }
        if (kind.equals("health") && !HEALTHS.contains(value)) {
            throw new IllegalArgumentException("'" + value + "' is none of " + String.join(", ", HEALTHS));
        }
    }

    private static boolean fits(Container container, String kind, String value, List<Container> all) {
        return switch (kind) {
            case "id" -> container.id().startsWith(value);
            case "name" -> container.name().contains(value);
            case "status" -> container.status() == status(value);
            case "exited" ->
                container.exitStatus().filter(Integer.valueOf(value)::equals).isPresent();
            case "health" -> container.health().orElse(NO_HEALTH).equals(value);
            case "network" -> container.networks().contains(value);
            case "label" -> container.hasLabel(value);
            case "ancestor" ->
                container.image().equals(value)
                        || container.image().equals(value + ":latest")
                        || container.imageId().startsWith(value)
                        || container.imageId().startsWith("sha256:" + value);
            case "before" -> container.created() < created(value, all);
            case "since" -> container.created() > created(value, all);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static long created(String name, List<Container> all) {
        Predicate<Container> named =
                container -> container.name().equals(name) || container.id().startsWith(name);
        return all.stream()
                .filter(named)
                .findFirst()
                .orElseThrow(() -> new EngineException("no container '" + name + "'; see: koker ps -a"))
                .created();
    }

    private static Container.Status status(String value) {
        return switch (value) {
            case "exited" -> Container.Status.STOPPED; // as Docker has it
            case "created", "running", "paused", "stopped", "removing" ->
                Container.Status.valueOf(value.toUpperCase(Locale.ROOT));
            default ->
                throw new IllegalArgumentException(
                        "'" + value + "' is no state; states are created, running, paused, stopped and removing");
        };
    }
}
