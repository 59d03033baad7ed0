package koker.plan;

import java.util.List;
import koker.kernel.Event.Side;

/**
 * How a container is made: its steps, in order. Those up to the {@link HostStep.Clone} happen on the host.
 *
 * @param side who the process is that the plan starts
 */
public record Plan(List<Step> steps, Side side) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /** One that starts a container's process, if that is in a namespace of one, or of its own; otherwise a program beside it. */
    public Plan(List<Step> steps) {
        this(steps, side(steps));
    }

    /**
     * The number of the step that makes the process, from 0.
     *
     * @throws IllegalArgumentException if there is none
     */
    public int start() {
        for (var i = 0; i < steps.size(); i++) {
            if (steps.get(i) instanceof HostStep.Clone) {
                return i;
            }
        }
        throw new IllegalArgumentException("the plan starts no process");
    }

    private static Side side(List<Step> steps) {
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
