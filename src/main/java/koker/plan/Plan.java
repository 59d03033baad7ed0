package koker.plan;

import java.util.List;
import koker.kernel.Event.Side;

/** How a container is made: its steps, in order. Those up to the {@link HostStep.Clone} happen on the host. */
public record Plan(List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /** Who the process is that the plan starts: a container's if it is in a namespace of one, or of its own. */
    Side side() {
        for (var step : steps) {
            if (step instanceof HostStep.Clone clone && !clone.namespaces().isEmpty()
                    || step instanceof NamespaceStep.UnshareUsers
                    || step instanceof NamespaceStep.JoinNamespaces) {
                return Side.CONTAINER;
            }
        }
        return Side.HELPER;
    }
}
