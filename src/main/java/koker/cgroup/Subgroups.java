package koker.cgroup;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Cgroups below a container's, for one of its processes (runc(8), {@code exec --cgroup}).
 *
 * @param paths counted from the container's cgroup, by controller; the one of "" holds for all hierarchies
 */
public record Subgroups(Map<String, String> paths) {
    /** The container's cgroup itself. */
    public static final Subgroups NONE = new Subgroups(Map.of());

    private static final String ALL = "";

    /**
     * What {@code words} name: one path alone, or paths of controllers, each as {@code controller[,controller]:path}.
     *
     * @throws CgroupException if they are something else
     */
    public static Subgroups parse(List<String> words) {
        var paths = new HashMap<String, String>();
        for (var word : words) {
            var colon = word.indexOf(':');
            if (colon < 0 && words.size() > 1) {
                throw new CgroupException("invalid --cgroup argument: " + word + " (missing <controller>: prefix)");
            }
            for (var controller : word.substring(0, Math.max(0, colon)).split(",", -1)) {
                if (colon >= 0 && controller.isEmpty()) {
                    throw new CgroupException("invalid --cgroup argument: " + word + " (empty <controller> prefix)");
                }
                if (paths.put(controller, word.substring(colon + 1)) != null) {
                    throw new CgroupException(
                            "invalid --cgroup argument(s): controller " + controller + " specified multiple times");
                }
            }
        }
        return new Subgroups(paths);
    }

    /**
     * Makes sure that there are those controllers.
     *
     * @throws CgroupException if one is missing
     */
    void check(Set<String> controllers) {
        for (var controller : paths.keySet()) {
            if (!controller.equals(ALL) && !controllers.contains(controller)) {
                throw new CgroupException("--cgroup: the container has no cgroup of a controller '" + controller
                        + "'; those are: " + String.join(", ", controllers));
            }
        }
    }

    /**
     * Where the process goes in the hierarchy of {@code controllers}, if the container's cgroup is {@code path}.
     *
     * @throws CgroupException if that would be outside of it, or in two places
     */
    String of(String path, Set<String> controllers) {
        var below = paths.entrySet().stream()
                .filter(entry -> entry.getKey().equals(ALL) || controllers.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .distinct()
                .toList();
        if (below.isEmpty()) {
            return path;
        }
        if (below.size() > 1) {
            throw new CgroupException("--cgroup: " + String.join(" and ", below) + " are for one hierarchy, that of "
                    + String.join(", ", controllers));
        }
        var place = Path.of(path + "/" + below.getFirst()).normalize();
        if (!place.startsWith(path)) {
            throw new CgroupException("--cgroup: " + below.getFirst() + " is not below the container's cgroup");
        }
        return place.toString();
    }
}
