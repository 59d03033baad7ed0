package koker.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import koker.plan.Step;
import koker.plan.Supervision;

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
 * @param end the file that says how the container ended
 * @param memoryEvents the file of its cgroup that tells of memory that ran out; empty for none
 * @param cgroups the folders that make up its cgroup
 * @param attendance the file that says that it is looked after
 * @param more whether koker has something to do when it has ended
 * @param delay how long after
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
        String end,
        String memoryEvents,
        List<String> cgroups,
        String attendance,
        boolean more,
        Duration delay,
        Step.Exec koker) {
    /** The plan, for a supervisor that waits for koker at the descriptor {@code meetingPoint}. */
    public Supervision plan(int meetingPoint) {
        var before = List.<Step>of(new Step.NewSession(), new Step.NameProcess(name), new Step.ShedMemory());
        var after = new ArrayList<Step>();
        var descriptors = new ArrayList<>(from);
        descriptors.add(meetingPoint);
        var numbers = new ArrayList<>(as);
        numbers.add(Step.MEETING_POINT);
        after.add(new Step.KeepDescriptors(descriptors, numbers));
        after.add(new Step.ChangeFolder("/"));
        after.add(new Step.Meet("the process of the container"));
        if (terminal) {
            after.add(new Step.TakeTerminal());
            after.add(new Step.Meet("the terminal of the container"));
        }
        if (!init) {
            after.add(new Step.ShedContainer());
        }
        after.add(new Step.KeepLog(terminal ? 1 : 2, log, logLimit));
        after.add(new Step.RecordEnd(end, memoryEvents));
        after.add(new Step.Retire(cgroups, attendance, more, delay, koker));
        return new Supervision(before, after);
    }
}
