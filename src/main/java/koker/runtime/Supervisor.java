package koker.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.plan.HealthChecks;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.plan.Supervision;
import koker.plan.SupervisorStep;

/**
 * Plans the supervisor of a container that nobody waits for: a process of a few pages that keeps the container's output, notes how it
 * ends, and takes away what it leaves.
 *
 * @param name what ps(1) shows, 15 characters at most
 * @param terminal whether the container has a terminal, which the supervisor then holds
 * @param init whether the container has an init, which goes on to run its part of the program
 * @param from descriptors of this process that the supervisor keeps
 * @param as the numbers that they get
 * @param log the file that keeps the output
 * @param logLimit bytes after which it starts anew; 0 for none
 * @param checks whether it is well, from time to time
 * @param end the file that says how the container ended
 * @param pidfile a file that is there as long as the container runs
 * @param memoryEvents the file of its cgroup that tells of memory that ran out; empty for none
 * @param cgroups the folders that make up its cgroup
 * @param reservations files that say what is reserved for it
 * @param attendance the file that says that it is looked after
 * @param more whether koker has something to do when it has ended
 * @param again a file that is there if koker has something to do then, though at first it had not
 * @param delay how long it waits; empty for not at all
 * @param koker what does it
 */
public record Supervisor(
        String name,
        boolean terminal,
        boolean init,
        List<Integer> from,
        List<Integer> as,
        String log,
        long logLimit,
        Optional<HealthChecks> checks,
        String end,
        Optional<String> pidfile,
        String memoryEvents,
        List<String> cgroups,
        List<String> reservations,
        String attendance,
        boolean more,
        String again,
        Optional<SupervisorStep.Retire.Delay> delay,
        ProcessStep.Exec koker) {
    /** The plan, for a supervisor that waits for koker at the descriptor {@code meetingPoint}. */
    public Supervision plan(int meetingPoint) {
        var before = List.<Step>of(
                new ProcessStep.NewSession(), new SupervisorStep.NameProcess(name), new SupervisorStep.ShedMemory());
        var after = new ArrayList<Step>();
        var descriptors = new ArrayList<>(from);
        descriptors.add(meetingPoint);
        var numbers = new ArrayList<>(as);
        numbers.add(Step.MEETING_POINT);
        after.add(new SupervisorStep.KeepDescriptors(descriptors, numbers));
        after.add(new ProcessStep.ChangeFolder("/"));
        after.add(new ProcessStep.Meet("the process of the container"));
        if (terminal) {
            after.add(new SupervisorStep.TakeTerminal());
            after.add(new ProcessStep.Meet("the terminal of the container"));
        }
        if (!init) {
            after.add(new SupervisorStep.ShedContainer());
        }
        after.add(new SupervisorStep.KeepLog(terminal ? 1 : 2, log, logLimit, checks));
        after.add(new SupervisorStep.RecordEnd(end, pidfile, memoryEvents));
        after.add(new SupervisorStep.Retire(cgroups, reservations, attendance, more, again, delay, koker));
        return new Supervision(before, after);
    }
}
