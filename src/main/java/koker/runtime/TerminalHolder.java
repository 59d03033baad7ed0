package koker.runtime;

import java.util.List;
import java.util.Set;
import koker.plan.HostStep;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.SupervisorStep;

/**
 * Plans a process of a few pages that holds the outer end of a terminal to which nobody is attached, as its standard input: without it, those
 * inside would be hung up, and whoever writes much would wait for ever.
 */
public final class TerminalHolder {
    private TerminalHolder() {}

    /** The plan; it goes on by itself after the first meeting. */
    public static Plan plan() {
        return new Plan(List.of(
                new HostStep.Clone(Set.of()),
                new ProcessStep.NewSession(),
                new SupervisorStep.NameProcess("koker-terminal"),
                new SupervisorStep.ShedMemory(),
                new ProcessStep.ChangeFolder("/"),
                new ProcessStep.Meet("the terminal to be held"),
                new SupervisorStep.DrainTerminal()));
    }
}
