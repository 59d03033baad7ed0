package koker.kernel;

import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A process that runs, or ran, a program of system calls: what has become of its calls. That lies in memory which it shares with this process,
 * until {@link #close}; nothing but the process ID can be asked for after that.
 */
public final class Child implements AutoCloseable {
    private static final int LARGEST_ERROR = 4095;
    private static final long MOMENT = 100_000_000; // nanoseconds, both
    private static final long BREATH = 20_000;

    private final Kernel kernel;
    private final int pid;
    private final Program program;
    private final int first;
    private final Clock clock;
    private final Consumer<Event> observer;
    private boolean closed;

    Child(Kernel kernel, int pid, Program program, int first, Clock clock, Consumer<Event> observer) {
        this.kernel = kernel;
        this.pid = pid;
        this.program = program;
        this.first = first;
        this.clock = clock;
        this.observer = observer;
    }

    /** Its process ID, as the host sees it. */
    public int pid() {
        return pid;
    }

    /** Whether the call number {@code index} of the program was at least begun. */
    public boolean begun(int index) {
        return program().begun(first + index);
    }

    /** Whether the call number {@code index} of the program has returned. */
    public boolean made(int index) {
        return program().made(first + index);
    }

    /** Waits until the call number {@code index} has returned, which is about to; no longer than a moment, as the process may be killed. */
    public void awaitReturn(int index) {
        var deadline = System.nanoTime() + MOMENT;
        while (!made(index) && System.nanoTime() < deadline) {
            // Who only yields is the next again where both share a processor, having run for less time.
            LockSupport.parkNanos(BREATH);
        }
    }

    /**
     * Tells the observer of the call number {@code index}, which is {@code call}, and returns true, if it was made: if it has returned,
     * or is an execve that did not need to.
     *
     * @param side who the process is
     */
    public boolean report(int index, Call call, Event.Side side) {
        var at = first + index;
        if (program().made(at)) {
            tell(
                    program().made(at, call),
                    side,
                    at,
                    program().result(at),
                    program().end(at));
        } else if (program().begun(at) && call.operation() == SystemCall.EXECVE) {
            tell(call, side, at, 0, program().begin(at));
        } else {
            return call.operation() instanceof Operation.Special && program().begun(at);
        }
        return true;
    }

    /** What the call labelled {@code label} returned. */
    public int result(String label) {
        return (int) program().results().applyAsLong(label);
    }

    /** The error of the call number {@code index}, if it was made and failed. */
    public Optional<Errno> error(int index) {
        var at = first + index;
        // As the stub has it: what is less is the result of arithmetic.
        return program().made(at) && program().result(at) < 0 && program().result(at) >= -LARGEST_ERROR
                ? Optional.of(Errno.of(program().result(at)))
                : Optional.empty();
    }

    private void tell(Call call, Event.Side side, int at, long result, long end) {
        if (call.operation() instanceof SystemCall) {
            var start = clock.time(program().begin(at));
            var nanos = clock.span(program().begin(at), end);
            observer.accept(
                    new Event(call, side, result, start, nanos, program().results()));
        }
    }

    /** Gives the memory back on this side; the process, which has it too, goes on. */
    @Override
    public void close() {
        if (!closed) {
            kernel.call(program.unmap());
            closed = true;
        }
    }

    /** A look into memory that was given back would end all of koker. */
    private Program program() {
        if (closed) {
            throw new IllegalStateException("what the process did can be asked for no more");
        }
        return program;
    }
}
