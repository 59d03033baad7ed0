package koker.process;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.Launch;
import koker.plan.ProcessStep;
import koker.plan.StepException;
import koker.trace.Trace;

/** A process that koker waits for: the user's streams or terminal are its, and so are the signals that koker gets. */
public final class Foreground {
    /** How long a process may take to end when its user's terminal is gone. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Kernel kernel;
    private final Trace trace;
    private final boolean terminal;
    private final Optional<Integer> user;
    private final boolean interactive;
    private final Streams streams;
    private final Signals signals;

    private Foreground(
            Kernel kernel,
            Trace trace,
            boolean terminal,
            Optional<Integer> user,
            boolean interactive,
            Streams streams,
            Signals signals) {
        this.kernel = kernel;
        this.trace = trace;
        this.terminal = terminal;
        this.user = user;
        this.interactive = interactive;
        this.streams = streams;
        this.signals = signals;
    }

    /** What is done when a process has become its command. */
    public interface Begun {
        /** Does it. */
        void run() throws IOException;
    }

    /**
     * Gets ready for a process of the user {@code uid}. From now on signals wait for it.
     *
     * @param terminal whether it opens a terminal, as {@link ProcessStep.OpenTerminal} does
     * @param interactive whether standard input is passed on
     * @param manner which signals are passed on
     */
    public static Foreground prepare(
            Kernel kernel, Trace trace, boolean terminal, boolean interactive, long uid, Signals.Manner manner) {
        var streams = terminal ? Streams.replaced(kernel) : Streams.passed(kernel, trace, interactive, uid);
        var user = terminal ? Terminal.ofUser(kernel) : Optional.<Integer>empty();
        return new Foreground(
                kernel, trace, terminal, user, interactive, streams, Signals.caught(kernel, trace, manner));
    }

    /** The descriptors that are to be 0, 1 and 2 in the process. */
    public List<Integer> inside() {
        return streams.inside();
    }

    /**
     * Lets the process become its command, and returns its status when it has ended.
     *
     * @param success what the story says when it has begun
     * @param begun what is done then
     * @throws StepException if one of its steps fails
     * @throws IOException if what is done when it has begun fails
     */
    public int attend(Launch launch, String success, Begun begun) throws IOException {
        return terminal ? withTerminal(launch, success, begun) : withStreams(launch, success, begun);
    }

    private int withStreams(Launch launch, String success, Begun begun) throws IOException {
        launch.meet();
        launch.finish();
        signals.pass(launch.pid(), () -> {}, this::hangUp);
        trace.info(success, fields("pid", launch.pid()));
        begun.run();
        streams.begin();
        return end(launch);
    }

    private int withTerminal(Launch launch, String success, Begun begun) throws IOException {
        launch.meet();
        var master = takeTerminal(kernel, trace, launch);
        trace.heading("Hold terminal", Map.of());
        streams.hold(master);
        resize(master);
        launch.proceed();
        launch.meet();
        launch.finish();
        signals.pass(launch.pid(), () -> resize(master), this::hangUp);
        trace.info(success, fields("pid", launch.pid()));
        begun.run();
        if (!interactive) {
            streams.connect(master, false);
            return end(launch);
        }
        try (var _ = user.map(each -> Terminal.raw(kernel, trace, each)).orElse(null)) {
            streams.connect(master, true);
            return end(launch);
        }
    }

    private void resize(int master) {
        user.flatMap(each -> Terminal.size(kernel, each)).ifPresent(size -> {
            trace.heading("Size terminal", fields("rows", size.height(), "columns", size.width()));
            kernel.call(Calls.setWindowSize(master, size.height(), size.width()));
        });
    }

    /** Nobody can reach the process any more, which, as the first of its namespace, may not hear of a SIGHUP. */
    private void hangUp(int process) {
        trace.heading("Pass signal", fields("signal", Signal.SIGHUP));
        kernel.call(Calls.pidfdSendSignal(process, Signal.SIGHUP).tolerating(Errno.ESRCH));
        kernel.transfer(Calls.awaitInput(process, GRACE).tolerating(Errno.EINTR));
        kernel.call(Calls.pidfdSendSignal(process, Signal.SIGKILL).tolerating(Errno.ESRCH));
    }

    /** Gets the outer end of the terminal that a process has opened, which waits. */
    public static int takeTerminal(Kernel kernel, Trace trace, Launch launch) {
        trace.heading("Take terminal", Map.of());
        var process = (int) kernel.call(Calls.pidfdOpen(launch.pid()));
        var master = (int) kernel.call(Calls.pidfdGetfd(process, launch.result(ProcessStep.OpenTerminal.MASTER)));
        kernel.call(Calls.close(process));
        return master;
    }

    private int end(Launch launch) {
        var status = launch.await();
        streams.drain();
        return status.code();
    }
}
