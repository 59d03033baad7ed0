package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import koker.cgroup.Cgroups;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.Launch;
import koker.plan.Runner;
import koker.plan.Step;
import koker.plan.StepException;
import koker.runtime.Planner;
import koker.spec.SpecFile;
import koker.trace.Trace;

/** One run of a container in the foreground, from the first step of its plan to the end of its process. */
final class Session {
    private static final int CLD_EXITED = 1;

    private final Kernel kernel;
    private final Trace trace;
    private final Cgroups cgroups;
    private final ContainerFolder folder;

    Session(Kernel kernel, Trace trace, Cgroups cgroups, ContainerFolder folder) {
        this.kernel = kernel;
        this.trace = trace;
        this.cgroups = cgroups;
        this.folder = folder;
    }

    /**
     * Runs what config.json says, and returns the exit status, or 128 and the number of the signal that ended the process.
     *
     * @throws EngineException if a step fails; no process is left
     */
    int run(State state, RunOptions options) throws IOException {
        var spec = SpecFile.read(folder.path());
        var plan = new Planner(spec, folder.path(), cgroups).plan();
        var streams = options.terminal()
                ? Streams.replaced(kernel)
                : Streams.passed(
                        kernel,
                        trace,
                        options.interactive(),
                        spec.process().user().uid());
        var signals = Signals.caught(kernel, trace);
        Launch launch;
        try {
            launch = new Runner(kernel, trace, options.fault()).launch(plan, streams.inside());
        } catch (StepException e) {
            throw explain(e);
        } catch (IllegalArgumentException e) {
            throw new EngineException("cannot start the container: " + e.getMessage());
        }
        try {
            // Beside the process, which meanwhile makes its container, and runs no command before it met koker.
            folder.write(state.running(launch.pid(), startTime(launch.pid())));
            var status = options.terminal()
                    ? withTerminal(launch, streams, signals, options.interactive())
                    : withStreams(launch, streams, signals);
            if (cgroups.outOfMemory(folder.cgroupsPath())) {
                trace.warn(
                        "Out of memory: a process wanted more than the container's limit allows, and was killed",
                        Map.of());
            }
            trace.info("Container ended", fields("status", status));
            return status;
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
        var status = info[24] & 0xff;
        return info[8] == CLD_EXITED ? status : 128 + status;
    }

    private EngineException explain(StepException e) {
        var command = e.step() instanceof Step.Exec || e.step() instanceof Step.Init;
        if (!command || e.errno().isEmpty()) {
            return new EngineException("cannot start the container: " + e.getMessage());
        }
        var missing = e.errno().get() == Errno.ENOENT || e.errno().get() == Errno.ENOTDIR;
        return new EngineException(
                e.getMessage(), missing ? EngineException.NOT_FOUND : EngineException.NOT_EXECUTABLE);
    }

    /** When the process {@code pid} started, in ticks since boot: field 22 of /proc/PID/stat, proc_pid_stat(5). */
    private static long startTime(int pid) throws IOException {
        var stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        // The second field, the command's name in brackets, may hold anything.
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[19]);
    }
}
