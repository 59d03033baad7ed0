package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Signal;
import koker.plan.Runner;

/** Ends containers: asks them to, kills them, and waits until they and those who look after them are gone. */
final class Ending {
    private static final Duration AFTER_KILL = Duration.ofSeconds(10);
    private static final Duration FOREVER = Duration.ofDays(365_000);

    private final Engine engine;

    Ending(Engine engine) {
        this.engine = engine;
    }

    /** Asks the container to end by its stop signal, and kills it after {@code timeout} seconds; one that does not run is left alone. */
    void stop(Container container, Optional<Integer> timeout) throws IOException {
        if (!container.isAlive()) {
            return;
        }
        var settings = container.state().settings();
        noteStopping(container);
        signal(container, Signal.parse(settings.stopSignal()));
        thaw(container);
        var patience = timeout.orElse(settings.stopTimeout());
        if (!await(container, patience < 0 ? FOREVER : Duration.ofSeconds(patience))) {
            kill(container);
        }
    }

    /** Kills the container, and waits until it is gone. */
    void kill(Container container) throws IOException {
        noteStopping(container);
        signal(container, Signal.SIGKILL);
        thaw(container);
        if (!await(container, AFTER_KILL)) {
            throw new EngineException("container " + container.title()
                    + " does not end, though it was killed; see what it waits for: cat /proc/"
                    + container.state().run().process().pid() + "/stack");
        }
    }

    /** Sends a signal to the container's first process. */
    void signal(Container container, Signal signal) {
        var process = container.state().run().process();
        engine.trace().heading("Send signal", fields("pid", process.pid(), "signal", signal));
        var descriptor =
                (int) engine.kernel().call(Calls.pidfdOpen(process.pid()).tolerating(Errno.ESRCH));
        if (descriptor >= 0) {
            // Only now nobody else can get its number.
            if (process.isAlive()) {
                engine.kernel().call(Calls.pidfdSendSignal(descriptor, signal).tolerating(Errno.ESRCH));
            }
            engine.kernel().call(Calls.close(descriptor));
        }
    }

    /** Waits until the container has ended. */
    void await(Container container) {
        await(container, FOREVER);
    }

    /** Waits until the container has ended, and whoever looked after it has done what was left; returns whether that is so. */
    private boolean await(Container container, Duration limit) {
        var run = container.state().run();
        if (run == null) {
            return true;
        }
        engine.trace().heading("Wait for end", fields("pid", run.keeper().pid()));
        var descriptor =
                (int) engine.kernel().call(Calls.pidfdOpen(run.keeper().pid()).tolerating(Errno.ESRCH));
        if (descriptor < 0) {
            return true;
        }
        try {
            return !run.keeper().isAlive() || engine.kernel().call(Calls.awaitInput(descriptor, limit)) > 0;
        } finally {
            engine.kernel().call(Calls.close(descriptor));
        }
    }

    private void noteStopping(Container container) throws IOException {
        try (var _ = ContainerLock.hold(engine.kernel(), container.folder())) {
            var state = container.folder().read();
            if (state.run() != null) {
                container.folder().write(state.with(state.run().stopped()));
            }
        }
    }

    private void thaw(Container container) {
        var cgroup = container.folder().cgroupsPath();
        if (engine.cgroups().isFrozen(cgroup)) {
            new Runner(engine.kernel(), engine.trace(), Optional.empty())
                    .make(engine.cgroups().freeze(cgroup, false));
        }
    }
}
