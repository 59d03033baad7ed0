package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.Fault;
import koker.plan.Launch;
import koker.plan.Runner;
import koker.plan.Step;
import koker.plan.StepException;
import koker.runtime.Planner;
import koker.spec.Spec;
import koker.trace.Trace;

/** One run of a container in the foreground, from the first step of its plan to the end of its process. */
final class Session {
    private final Kernel kernel;
    private final Trace trace;
    private final Cgroups cgroups;
    private final ContainerFolder folder;

    Session(Engine engine, ContainerFolder folder) {
        this.kernel = engine.kernel();
        this.trace = engine.trace();
        this.cgroups = engine.cgroups();
        this.folder = folder;
    }

    /**
     * Runs what {@code spec} says, and returns how it ended.
     *
     * @throws EngineException if a step fails; no process is left
     */
    State.End run(State state, Spec spec, boolean interactive, Optional<Fault> fault) throws IOException {
        var terminal = spec.process().terminal();
        var plan = new Planner(spec, folder.path(), cgroups).plan();
        var streams = terminal
                ? Streams.replaced(kernel)
                : Streams.passed(
                        kernel, trace, interactive, spec.process().user().uid());
        var signals = Signals.caught(kernel, trace);
        Launch launch;
        try {
            launch = new Runner(kernel, trace, fault).launch(plan, streams.inside());
        } catch (StepException e) {
            throw explain(e);
        } catch (IllegalArgumentException e) {
            throw new EngineException("cannot start the container: " + e.getMessage());
        }
        try {
            // Beside the process, which meanwhile makes its container, and runs no command before it met koker.
            var started = System.currentTimeMillis();
            folder.write(state.with(new State.Run(ProcessId.of(launch.pid()), Self.process(), started, 0, false)));
            var status = terminal
                    ? withTerminal(launch, streams, signals, interactive)
                    : withStreams(launch, streams, signals);
            var outOfMemory = cgroups.outOfMemory(folder.cgroupsPath());
            if (outOfMemory) {
                trace.warn(
                        "Out of memory: a process wanted more than the container's limit allows, and was killed",
                        Map.of());
            }
            trace.info("Container ended", fields("status", status));
            return new State.End(status, started, System.currentTimeMillis(), outOfMemory, 0, false, null);
        } catch (StepException e) {
            reap(launch.pid());
            throw explain(e);
        } catch (RuntimeException | IOException e) {
            kernel.call(Calls.kill(launch.pid(), Signal.SIGKILL).tolerating(Errno.ESRCH));
            reap(launch.pid());
            throw e;
        }
    }

    private int withStreams(Launch launch, Streams streams, Signals signals) {
        launch.meet();
        launch.finish();
        signals.pass(launch.pid(), () -> {});
        trace.info("Container started", fields("pid", launch.pid()));
        streams.begin();
        return end(launch.pid(), streams);
    }

    private int withTerminal(Launch launch, Streams streams, Signals signals, boolean interactive) {
        launch.meet();
        trace.heading("Take terminal", Map.of());
        var process = (int) kernel.call(Calls.pidfdOpen(launch.pid()));
        var master = (int) kernel.call(Calls.pidfdGetfd(process, launch.result(Step.OpenTerminal.MASTER)));
        kernel.call(Calls.close(process));
        launch.proceed();
        launch.meet();
        launch.finish();
        signals.pass(launch.pid(), () -> Terminal.size(kernel, 0).ifPresent(size -> {
            trace.heading("Size terminal", fields("rows", size.height(), "columns", size.width()));
            kernel.call(Calls.setWindowSize(master, size.height(), size.width()));
        }));
        trace.info("Container started", fields("pid", launch.pid()));
        if (!interactive) {
            streams.connect(master, false);
            return end(launch.pid(), streams);
        }
        try (var _ = Terminal.raw(kernel, trace)) {
            streams.connect(master, true);
            return end(launch.pid(), streams);
        }
    }

    private int end(int pid, Streams streams) {
        var status = reap(pid);
        streams.drain();
        return status;
    }

    /** Waits for the process, and returns its status. */
    private int reap(int pid) {
        trace.heading("Wait for process", fields("pid", pid));
        var info = new byte[128];
        while (kernel.call(Calls.waitid(pid, info).tolerating(Errno.EINTR)) < 0) {
            // a signal came, which another thread passes on
        }
        return EndFile.status(ByteBuffer.wrap(info));
    }

    /** What a user is told of a step that failed, and with what status koker exits. */
    static EngineException explain(StepException e) {
        var command = e.step() instanceof Step.Exec || e.step() instanceof Step.Init;
        if (!command || e.errno().isEmpty()) {
            return new EngineException("cannot start the container: " + e.getMessage());
        }
        var missing = e.errno().get() == Errno.ENOENT || e.errno().get() == Errno.ENOTDIR;
        return new EngineException(
                e.getMessage(), missing ? EngineException.NOT_FOUND : EngineException.NOT_EXECUTABLE);
    }
}
