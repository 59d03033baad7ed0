package koker.process;

import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.trace.Trace;

/** Passes the signals that koker gets on to the container. */
public final class Signals {
    /** Which signals are passed on. */
    public enum Manner {
        /** Those that people send. A container that ignores them can still be ended: at the third SIGTERM or SIGINT it is killed. */
        PATIENTLY,
        /**
         * All that can be sent, and nothing else, as an OCI runtime does. Those stay koker's that stop a job which reads or writes a terminal
         * from the background, or that tell of an error of Java's own.
         */
        ALL
    }

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
    private static final List<String> OTHERS = List.of("ABRT", "STKFLT", "TSTP", "XCPU", "VTALRM", "PROF", "IO", "PWR");

    private final Kernel kernel;
    private final Trace trace;
    private final Ends pipe;
    private final Manner manner;
    private final boolean hasTerminal;

    private Signals(Kernel kernel, Trace trace, Ends pipe, Manner manner) {
        this.kernel = kernel;
        this.trace = trace;
        this.pipe = pipe;
        this.manner = manner;
        hasTerminal = Terminal.ofUser(kernel).isPresent();
    }

    /** From now on signals wait for {@link #pass} instead of ending koker. */
    public static Signals caught(Kernel kernel, Trace trace, Manner manner) {
        trace.heading("Catch signals", Map.of());
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        kernel.catchSignals(PASSED, pipe.second());
        return new Signals(kernel, trace, pipe, manner);
    }

    /** The rest of them: forty calls, which nobody has to wait for. */
    private void catchOthers() {
        var signals = new ArrayList<Signal>();
        for (var name : OTHERS) {
            signals.add(Signal.parse(name));
        }
        signals.addAll(Signal.realTime());
        trace.heading("Catch signals", Map.of());
        kernel.catchSignals(signals, pipe.second());
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
            if (manner == Manner.ALL) {
                catchOthers();
            }
            var impatience = 0;
            var number = new byte[8];
            while (kernel.transfer(Calls.read(pipe.first(), number).tolerating(Errno.EINTR)) != 0) {
                var signal = Signal.of(number[0]);
                if (signal == Signal.SIGWINCH) {
                    resized.run();
                    continue;
                }
                if (signal == Signal.SIGHUP && hasHungUp()) {
                    hungUp.accept(process);
                    continue;
                }
                var isEnd = signal == Signal.SIGTERM || signal == Signal.SIGINT;
                if (manner == Manner.PATIENTLY && isEnd && ++impatience == PATIENCE) {
                    trace.warn("Killing the container, which did not end at the third " + signal, Map.of());
                    signal = Signal.SIGKILL;
                }
                trace.heading("Pass signal", fields("signal", signal));
                kernel.call(Calls.pidfdSendSignal(process, signal).tolerating(Errno.ESRCH));
            }
        });
    }

    /** Whether the user's terminal is gone, where that is not the business of whoever started koker. */
    private boolean hasHungUp() {
        return manner == Manner.PATIENTLY
                && hasTerminal
                && Terminal.ofUser(kernel).isEmpty();
    }
}
