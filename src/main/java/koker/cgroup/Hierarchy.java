package koker.cgroup;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A mounted cgroup hierarchy.
 *
 * @param folder where it is mounted
 * @param unified whether it is the one of version 2
 * @param controllers of version 1: the controllers, or {@code name=…} for a hierarchy without
 */
record Hierarchy(String folder, boolean unified, Set<String> controllers) {
    private static final List<String> OPTIONS =
            List.of("rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode");

    /**
     * The one of {@code all} that has a controller.
     *
     * @throws CgroupException if there is none
     */
    static Hierarchy of(List<Hierarchy> all, String controller) {
        for (var hierarchy : all) {
            if (hierarchy.controllers().contains(controller)) {
                return hierarchy;
            }
        }
        throw new CgroupException(
                "this host has no cgroup hierarchy with the controller '" + controller + "'; see /proc/cgroups");
    }

    /** The hierarchy that a line of mountinfo tells of, if it does. */
    static Stream<Hierarchy> parse(String line) {
        // 31 23 0:28 /root /mount/point options optional… - type source super,options
        var dash = line.indexOf(" - cgroup"); // most lines are about something else
        if (dash < 0) {
            return Stream.empty();
        }
        var places = line.substring(0, dash).split(" ");
        var words = line.substring(dash + " - ".length()).split(" ");
        if (places.length < 6 || words.length < 3) {
            return Stream.empty();
        }
        var folder = places[4]
                .replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
        return switch (words[0]) {
            case "cgroup2" -> Stream.of(new Hierarchy(folder, true, Set.of()));
            case "cgroup" -> {
                var controllers = new TreeSet<>(Arrays.asList(words[words.length - 1].split(",")));
                controllers.removeAll(OPTIONS);
                yield Stream.of(new Hierarchy(folder, false, controllers));
            }
            default -> Stream.empty();
        };
    }
}
