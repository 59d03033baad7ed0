package koker.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What nobody knows before a step is made, such as the number of a process: numbers that the kernel never gives stand for it, and are shown by
 * what they are.
 */
public final class Unknown {
    /** The first process of the container, as the host knows it. */
    public static final int PID = Integer.MAX_VALUE;
    /** The number of a link. */
    public static final int LINK = PID - 1;
    /** A socket that belongs to the network of the container. */
    public static final int SOCKET_INSIDE = PID - 2;
    /** A socket to the rules for packets. */
    public static final int SOCKET_OF_RULES = PID - 3;
    /** A locked file. */
    public static final int LOCK = PID - 4;
    /** A descriptor of a process. */
    public static final int PROCESS = PID - 5;
    /** A pipe at which a process waits for its start. */
    public static final int GATE = PID - 6;

    private static final List<String> NAMES =
            List.of("pid", "link", "socket inside", "socket", "lock", "process", "gate");

    private final List<String> labels = new ArrayList<>(NAMES);

    /** A number that stands for what the call with that label is going to return. */
    public ToLongFunction<String> results() {
        return label -> {
            if (!labels.contains(label)) {
                labels.add(label);
            }
            return PID - labels.indexOf(label);
        };
    }

    /** {@code text} with names, {@code <pid>}, in the places of such numbers. */
    public String name(String text) {
        var named = text;
        for (var i = 0; i < labels.size(); i++) {
            named = named.replace(Integer.toString(PID - i), "<" + labels.get(i) + ">");
        }
        return named;
    }
}
