package koker.cli;

import java.util.List;
import java.util.Optional;
import koker.engine.Stepper;
import koker.plan.Fault;
import koker.plan.Lens;
import koker.plan.NthStep;
import koker.trace.Trace;

/**
 * What the user asks for about how steps are looked at.
 *
 * @param faults which are to fail
 * @param omitted which are to be left out
 * @param stepping whether the user is to be asked before each
 */
record LensRequest(List<Fault> faults, List<NthStep> omitted, boolean stepping) {
    /**
     * A lens that does that.
     *
     * @param trace is told of what the user does meanwhile
     * @throws koker.engine.EngineException if the user is to be asked, and there is no terminal
     */
    Lens lens(Trace trace) {
        return isClear()
                ? Lens.CLEAR
                : new Lens(faults, omitted, stepping ? Optional.of(new Stepper(trace)) : Optional.empty());
    }

    /** Whether that is nothing. */
    boolean isClear() {
        return faults.isEmpty() && omitted.isEmpty() && !stepping;
    }

    /** The first option that asks for something. */
    String option() {
        return stepping ? "--step" : omitted.isEmpty() ? "--fail" : "--skip";
    }

    /** What was asked for, and did not happen, in one line each. */
    static List<String> disappointments(List<NthStep> unmet) {
        return unmet.stream()
                .map(step -> "there was no step " + step + " to change; what is made is shown by -D")
                .toList();
    }
}
