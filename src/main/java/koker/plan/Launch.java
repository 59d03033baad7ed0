package koker.plan;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import koker.kernel.Calls;
import koker.kernel.Child;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.ExitStatus;
import koker.kernel.Kernel;
import koker.kernel.Operation;
import koker.kernel.Signal;
import koker.kernel.SystemCall;
import koker.trace.Trace;

/**
 * A process on its way from clone to its command, in which koker meets it where the plan says so. When it is there, or is not to come there, this
 * is to be closed.
 */
public final class Launch implements AutoCloseable {
    private final Kernel kernel;
    private final Trace trace;
    private final Side side;
    private final List<Runner.Entry> inside;
    private final int first;
    private final Child child;
    private final int meetingPoint;
    private final IntSupplier pid;
    private final Halts halts;
    private final Map<String, Consumer<Launch>> duties;
    private int told;
    private int last;
    private boolean ended;

    /**
     * A process that runs {@code inside}, the part of the program of {@code child} that begins at the call number {@code first}.
     *
     * @param duties what is done at its meetings, by the reasons for those
     */
    Launch(
            Kernel kernel,
            Trace trace,
            Side side,
            List<Runner.Entry> inside,
            int first,
            Child child,
            int meetingPoint,
            IntSupplier pid,
            Halts halts,
            Map<String, Consumer<Launch>> duties) {
        this.duties = duties;
        this.kernel = kernel;
        this.trace = trace;
        this.side = side;
        this.inside = inside;
        this.first = first;
        this.child = child;
        this.meetingPoint = meetingPoint;
        this.pid = pid;
        this.halts = halts;
    }

    /** The process, as the host knows it. */
    public int pid() {
        return last == 0 ? pid.getAsInt() : last;
    }

    /** The same, of the process that the call labelled {@code label} has made. */
    Launch of(String label) {
        return new Launch(
                kernel, trace, side, inside, first, child, meetingPoint, () -> child.result(label), halts, duties);
    }

    /** What the call labelled {@code label} returned to the process. */
    public int result(String label) {
        return child.result(label);
    }

    /**
     * Waits until the process is at a meeting that somebody has a duty at, does that, and lets the process go on.
     *
     * @throws StepException if one of its steps fails
     */
    void attend() {
        if (!advances()) {
            conclude();
            throw new IllegalStateException("the process ran its command before it met koker");
        }
        duty().ifPresent(duty -> duty.accept(this));
        proceed();
    }

    /** What is to be done at the meeting that the process waits at. */
    private Optional<Consumer<Launch>> duty() {
        return inside.get(told).step() instanceof ProcessStep.Meet meet
                ? Optional.ofNullable(duties.get(meet.reason()))
                : Optional.empty();
    }

    /**
     * Waits until the process is at the next meeting.
     *
     * @throws StepException if one of its steps fails
     */
    public void meet() {
        if (!arrives()) {
            conclude();
            throw new IllegalStateException("the process ran its command before it met koker");
        }
    }

    /** Lets the process go on. */
    public void proceed() {
        trace.heading("Let go", Map.of());
        kernel.call(Calls.write(meetingPoint, ".").tolerating(Errno.EPIPE));
    }

    /** Waits until the process has ended, and returns how. */
    public ExitStatus await() {
        trace.heading("Wait for process", Map.of("pid", pid()));
        return end();
    }

    /** Ends the process, which is not to go on, and waits for it; nothing, if it has been waited for. */
    public void kill() {
        if (!ended) {
            kernel.call(Calls.kill(pid(), Signal.SIGKILL).tolerating(Errno.ESRCH));
            end();
        }
    }

    private ExitStatus end() {
        var status = ExitStatus.await(kernel, pid());
        ended = true; // another process may get its number
        return status;
    }

    /** Never meets the process again: if it waits, it ends. All that can be asked for from now on is which process it is. */
    @Override
    public void close() {
        part();
        child.close();
    }

    /** The same, where another process runs a part of the same program. */
    void part() {
        last = pid();
        trace.heading("Part from process", Map.of());
        kernel.call(Calls.close(meetingPoint));
    }

    /**
     * Lets the process go on until it has become its command.
     *
     * @throws StepException if one of its steps fails
     */
    public void finish() {
        proceed();
        complete();
    }

    /**
     * The same, of a process that waits nowhere now: it is let go at meetings where something is to be done, and not before that is done.
     *
     * @throws StepException if one of its steps fails
     */
    public void complete() {
        if (arrives()) {
            throw new IllegalStateException("the process waits for a meeting that koker does not know of");
        }
        conclude();
    }

    /**
     * Lets the process go on until it waits for its start, which koker does not wait for.
     *
     * @throws StepException if one of its steps fails
     */
    public void leave() {
        proceed();
        if (arrives()) {
            throw new IllegalStateException("the process waits for a meeting that koker does not know of");
        }
        if (!child.made(first + parting())) {
            conclude();
        }
    }

    /** The call by which a process that is going to wait for its start leaves koker; -1 if there is none. */
    private int parting() {
        for (var i = inside.size() - 1; i >= 0; i--) {
            var entry = inside.get(i);
            if (entry.step() instanceof ProcessStep.AwaitStart && entry.call().operation() == SystemCall.CLOSE) {
                return i;
            }
        }
        return -1;
    }

    /** Waits for the next meeting; at those where something is to be done, or the user to be asked, the process goes on when that is done. */
    private boolean arrives() {
        while (true) {
            var arrived = advances();
            if (arrived && duty().isPresent()) {
                duty().get().accept(this);
                proceed();
                continue;
            }
            if (!arrived || !halts.ask(inside.get(told).step(), pid())) {
                return arrived;
            }
            proceed();
        }
    }

    private boolean advances() {
        var arrived = kernel.transfer(Calls.read(meetingPoint, new byte[1]).tolerating(Errno.ECONNRESET)) > 0;
        if (!arrived && parting() >= 0 && child.begun(first + parting())) {
            child.awaitReturn(first + parting()); // koker may hear of it before it has returned
        }
        Step current = null;
        for (; told < inside.size(); told++) {
            var entry = inside.get(told);
            if (entry.step() != current) {
                current = entry.step();
                trace.heading(current);
            }
            // The byte that says that the process is there may be here before the call that sent it has returned.
            if (arrived && current instanceof ProcessStep.Meet && entry.call().operation() == SystemCall.WRITE) {
                child.awaitReturn(first + told);
            }
            if (!child.report(first + told, entry.call(), side) && !isPassedOver(told)) {
                break;
            }
        }
        trace.noHeading(); // what koker does next is no part of the step that the process made last
        return arrived;
    }

    /** Whether the process has jumped over the entry, to a later one of the same step. */
    private boolean isPassedOver(int index) {
        if (child.begun(first + index)) {
            return false;
        }
        var step = inside.get(index).step();
        for (var later = index + 1; later < inside.size() && inside.get(later).step() == step; later++) {
            if (child.begun(first + later)) {
                return true;
            }
        }
        return false;
    }

    /** Finds out how the process ended its program: as its command, or at a step that failed. */
    private void conclude() {
        Runner.Entry refused = null;
        var reason = Errno.ENOENT;
        for (var i = 0; i < inside.size(); i++) {
            var entry = inside.get(i);
            if (refused != null && entry.call().operation() != SystemCall.EXECVE) {
                break;
            }
            if (!child.made(first + i)) {
                if (entry.call().operation() instanceof Operation.Special || isPassedOver(i)) {
                    continue; // a jump
                }
                if (child.begun(first + i) && entry.call().operation() == SystemCall.EXECVE) {
                    return;
                }
                throw new StepException(entry.step());
            }
            var error = child.error(first + i);
            if (error.isPresent() && entry.call().operation() == SystemCall.EXECVE) {
                // As execvp(3) has it: a program that was found, but refused, says more than one that was not found.
                refused = entry;
                reason = error.get() == Errno.ENOENT ? reason : error.get();
            } else if (error.isPresent() && !entry.call().tolerated().contains(error.get())) {
                throw entry.failed(error.get());
            }
        }
        if (refused != null) {
            throw refused.failed(reason);
        }
    }
}
