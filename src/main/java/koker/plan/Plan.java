package koker.plan;

import java.util.List;

/** How a container is made: its steps, in order. Those up to the {@link HostStep.Clone} happen on the host. */
public record Plan(List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }
}
