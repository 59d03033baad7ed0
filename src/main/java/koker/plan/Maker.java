package koker.plan;

import java.util.Map;

/** Makes steps of the host's one by one, as they turn out to be needed; or takes down that it would. */
public sealed interface Maker permits Runner, Rehearsal {
    /**
     * Makes a step, and returns what its calls with labels returned.
     *
     * @throws StepException if it fails
     */
    Map<String, Long> make(Step step);
}
