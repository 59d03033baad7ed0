package koker.plan;

import static koker.kernel.Constant.PR_SET_PDEATHSIG;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Signal;

/**
 * What a supervisor does in its loop to have koker check, from time to time, whether the container is well. It has no clock: ppoll(2) is told
 * how long there is to the next check, and leaves there what is left of that. A check is a child, which becomes koker; ppoll(2) also tells when it
 * has ended, by its PID file descriptor. While there is one, the next is not waited for.
 *
 * @param first from the start to the first check
 * @param interval from the end of a check to the next
 * @param startInterval the same, after a check that ended with the status {@link #SOON}
 * @param koker what makes a check
 */
public record HealthChecks(Duration first, Duration interval, Duration startInterval, ProcessStep.Exec koker) {
    /** The exit status of a check after which the next one is due soon: the container is still starting. */
    public static final int SOON = 3;

    /** Label: how long to the next check. */
    static final String LEFT = "left to the next check";

    /** Label: where to go on when the container writes no more. */
    static final String SILENT = "the container is silent";

    /** No check is due before the one that runs has ended. */
    private static final Duration NEVER = Duration.ofSeconds(Integer.MAX_VALUE);

    /** In the place of a descriptor: none to wait for. */
    static final int NONE = -1;

    private static final String CHECK = "check";
    private static final String PROCESS = "process of the check";
    private static final String CHECKED = "check has ended";
    private static final String NOT_CHECKED = "no check has ended";
    private static final String LATER = "check later";
    private static final String START = "start a check";
    private static final String BECOME = "become a check";
    private static final String CONTAINER = "watched container";
    private static final String STOP = "end the check";

    /** The descriptors that are waited for behind those of the streams: at first, none. */
    static List<Integer> descriptors() {
        return List.of(NONE, NONE);
    }

    /** What comes before the loop. */
    List<Call> before() {
        return List.of(Calls.timeRoom(first).as(LEFT));
    }

    /**
     * What is done each time that the call labelled {@code loop} has waited, after what the container wrote was taken.
     *
     * @param streams how many descriptors that call has before these
     */
    List<Call> round(String loop, int streams) {
        var calls = new ArrayList<Call>();
        var check = streams;
        var container = streams + 1;

        // Has a check ended?
        calls.add(Calls.inputAt(loop, check).on(0, NOT_CHECKED));
        calls.add(Calls.waitid(CHECK, new byte[128]).as(CHECKED).tolerating(Errno.values()));
        calls.add(Calls.close(PROCESS).tolerating(Errno.values()));
        calls.add(Calls.leaveOut(loop, check));
        calls.addAll(Calls.setTime(LEFT, startInterval));
        var status = new Argument.Field(CHECKED, 24);
        // A smaller one comes out as an error.
        calls.add(Calls.subtract(status, SOON).on(0, loop).tolerating(Errno.values()));
        calls.add(Calls.nothing().as(LATER));
        calls.addAll(Calls.setTime(LEFT, interval));
        calls.add(Calls.jump(loop));

        // Has the container ended, though it had closed its streams before?
        calls.add(Calls.inputAt(loop, container).as(NOT_CHECKED).on(0, "not ended"));
        calls.add(Calls.jump(STOP));
        calls.add(Calls.nothing().as("not ended"));

        // Is it time for the next check?
        calls.add(Calls.subtract(new Argument.Field(LEFT, 0), 0).on(0, "less than a second"));
        calls.add(Calls.jump(loop));
        calls.add(Calls.subtract(new Argument.Field(LEFT, 8), 0)
                .as("less than a second")
                .on(0, START));
        calls.add(Calls.jump(loop));
        calls.addAll(start(loop, check));
        return calls;
    }

    private List<Call> start(String loop, int index) {
        var calls = new ArrayList<Call>();
        calls.add(Calls.nothing().as(START));
        calls.add(Calls.fork().as(CHECK).on(0, BECOME).orElse(LATER));
        calls.addAll(Calls.setTime(LEFT, NEVER));
        calls.add(Calls.pidfdOpen(CHECK).as(PROCESS).orElse(CHECKED));
        calls.add(Calls.toTakeIn(PROCESS).as("check to wait for"));
        calls.add(Calls.takeIn(loop, index, "check to wait for"));
        calls.add(Calls.jump(loop));

        // The child: it has nothing of the supervisor's, above all not the lock that says that somebody looks after the
        // container.
        calls.add(Calls.closeRange(3, 0xffffffffL).as(BECOME));
        calls.add(Calls.prctl(PR_SET_PDEATHSIG, Signal.SIGKILL));
        calls.addAll(koker.calls());
        return calls;
    }

    /** What is done when the container has closed its streams, and what when it has ended; then the program goes on at {@code ended}. */
    List<Call> after(String loop, int streams, String ended) {
        return List.of(
                Calls.nothing().as(SILENT),
                Calls.pidfdOpen(HostStep.Clone.PROCESS).as(CONTAINER).orElse(STOP),
                Calls.toTakeIn(CONTAINER).as("container to wait for"),
                Calls.takeIn(loop, streams + 1, "container to wait for"),
                Calls.jump(loop),
                Calls.leftOut(loop, streams).as(STOP).on(0, ended),
                Calls.kill(CHECK, Signal.SIGKILL).tolerating(Errno.values()),
                Calls.waitid(CHECK, new byte[128]).tolerating(Errno.values()),
                Calls.jump(ended));
    }
}
