package koker.runtime;

import java.util.List;
import java.util.stream.Stream;

/** The names that koker knows in config.json, each kind in order. */
public final class Vocabulary {
    private Vocabulary() {}

    /** The types of namespaces. */
    public static List<String> namespaces() {
        return sorted(Planner.NAMESPACES.keySet().stream());
    }

    /** The options of mounts, but for those of file systems. */
    public static List<String> mountOptions() {
        return sorted(MountOptions.names());
    }

    /** What a filter of system calls may do about one. */
    public static List<String> actions() {
        return sorted(CallFilter.ACTIONS.keySet().stream());
    }

    /** How it compares arguments. */
    public static List<String> operators() {
        return sorted(CallFilter.OPERATORS.stream());
    }

    /** Whose system calls it is about. */
    public static List<String> architectures() {
        return sorted(CallFilter.ARCHITECTURES.stream());
    }

    /** How the kernel is to take it. */
    public static List<String> filterFlags() {
        return sorted(CallFilter.FLAGS.keySet().stream());
    }

    private static List<String> sorted(Stream<String> names) {
        return names.sorted().toList();
    }
}
