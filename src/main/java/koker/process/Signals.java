package koker.process;

import static koker.trace.Trace.fields;

import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.trace.Trace;

/**
 * Passes the signals that koker gets on to the container. A container that ignores them can still be ended: at the third SIGTERM or
 * SIGINT it is killed.
 */
public final class Signals {
    private static final int PATIENCE = 3;
    private static final List<Signal> PASSED = List.of(
            Signal.SIGHUP,
            Signal.SIGINT,
            Signal.SIGQUIT,
            Signal.SIGUSR1,
            Signal.SIGUSR2,
            Signal.SIGALRM,
            Signal.SIGTERM,
            Signal.SIGCONT,
            Signal.SIGWINCH);

    private final Kernel kernel;
    private final Trace trace;
    private final int pipe;
    private final boolean hasTerminal;

    private Signals(Kernel kernel, Trace trace, int pipe) {
        this.kernel = kernel;
        this.trace = trace;
        this.pipe = pipe;
        hasTerminal = Terminal.is(kernel, 0);
    }

    /** From now on signals wait for {@link #pass} instead of ending koker. */
    public static Signals caught(Kernel kernel, Trace trace) {
        trace.heading("Catch signals", Map.of());
        var ends = new Ends();
        kernel.call(Calls.pipe(ends));
        kernel.catchSignals(PASSED, ends.second());
        return new Signals(kernel, trace, ends.first());
    }

    /**
     * Passes signals on to the process {@code pid}.
     *
     * @param resized is called instead when the window's size has changed
     * @param hungUp is called instead, with a pidfd of the process, when koker's terminal is gone
     */
    public void pass(int pid, Runnable resized, IntConsumer hungUp) {
        trace.heading("Watch process", fields("pid", pid));
        var process = (int) kernel.call(Calls.pidfdOpen(pid).tolerating(Errno.ESRCH));
        if (process < 0) {
            return; // it has ended already
        }
        Thread.ofPlatform().daemon().name("signals").start(() -> {
            var impatience = 0;
            var number = new byte[8];
            while (kernel.transfer(Calls.read(pipe, number).tolerating(Errno.EINTR)) != 0) {
                var signal = Signal.of(number[0]);
                if (signal == Signal.SIGWINCH) {
                    resized.run();
                    continue;
                }
                if (signal == Signal.SIGHUP && hasTerminal && !Terminal.is(kernel, 0)) {
                    hungUp.accept(process);
                    continue;
                }
                if ((signal == Signal.SIGTERM || signal == Signal.SIGINT) && ++impatience == PATIENCE) {
                    trace.warn("Killing the container, which did not end at the third " + signal, Map.of());
                    signal = Signal.SIGKILL;
                }
                trace.heading("Pass signal", fields("signal", signal));
                kernel.call(Calls.pidfdSendSignal(process, signal).tolerating(Errno.ESRCH));
            }
        });
    }
}
