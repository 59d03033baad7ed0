package koker.trace;

import java.util.Map;

/** What system calls are made for: a step of a plan, or something else that koker does. */
public interface Subject {
    /** What happens, in a few words. */
    String title();

    /** What it happens to: names and values, in the order to show them. */
    Map<String, ?> about();

    /** The name by which it is known, whatever it happens to: {@code make-cgroup}. */
    String name();
}
