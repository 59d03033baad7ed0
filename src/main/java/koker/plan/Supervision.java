package koker.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * What a supervisor does, the process that looks after a container when koker has gone: its steps before it clones the container's process,
 * and those after.
 */
public record Supervision(List<Step> before, List<Step> after) {
    public Supervision {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /** All of them, in order. */
    List<Step> all() {
        var steps = new ArrayList<>(before);
        steps.addAll(after);
        return steps;
    }
}
