package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import koker.cgroup.Cgroups;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.plan.Launch;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.StepException;
import koker.process.Foreground;
import koker.process.ProcessId;
import koker.process.Signals;
import koker.runtime.Planner;
import koker.spec.Spec;
import koker.trace.Trace;

/** A process in the foreground, from the first step of its plan to its end: a container's first one, or a further one. */
final class Session {
    private final Engine engine;
    private final Kernel kernel;
    private final Trace trace;
    private final Cgroups cgroups;

    Session(Engine engine) {
        this.engine = engine;
        this.kernel = engine.kernel();
        this.trace = engine.trace();
        this.cgroups = engine.cgroups();
    }

    /** What the process is, in the words of the story. */
    private enum Role {
        CONTAINER("cannot start the container", "Container started"),
        COMMAND("cannot run the command", "Command started");

        private final String failure;
        private final String success;

        Role(String failure, String success) {
            this.failure = failure;
            this.success = success;
        }
    }

    /** Starts a plan's process with certain standard streams. */
    private interface Start {
        Launch with(List<Integer> stdio);
    }

    /** What is to be done once there is a process, while it waits for koker. */
    private interface Note {
        void of(Launch launch) throws IOException;
    }

    /**
     * Runs the container of {@code folder} as {@code spec} says, and returns how it ended.
     *
     * @throws EngineException if a step fails; no process is left
     */
    State.End run(ContainerFolder folder, State state, Spec spec, boolean interactive) throws IOException {
        var runner = engine.runner().beside(ContainerNetwork.steps(state));
        var network = new ContainerNetwork(engine, folder, state, runner);
        var plan = new Planner(network.prepare(spec), folder.path(), cgroups)
                .withKeyring(state.id())
                .plan();
        var started = System.currentTimeMillis();
        var status = attend(spec, interactive, Role.CONTAINER, stdio -> runner.launch(plan, stdio), launch -> {
            folder.writeStarted(state.with(
                    new State.Run(ProcessId.of(launch.pid()), Self.process(), started, 0, 0, false, false, false)));
            network.connect(launch);
            if (state.settings().healthCheck() != null) {
                new HealthWatch(engine, Container.of(folder, engine)).begin();
            }
        });
        var outOfMemory = cgroups.outOfMemory(folder.cgroupsPath());
        if (outOfMemory) {
            trace.warn(
                    "Out of memory: a process wanted more than the container's limit allows, and was killed", Map.of());
        }
        trace.info("Container ended", fields("status", status));
        return new State.End(status, started, System.currentTimeMillis(), outOfMemory, 0, 0, false, false, null, null);
    }

    /**
     * Runs {@code plan}, which enters a container to run the process of {@code spec} there, and returns its exit status.
     *
     * @throws EngineException if a step fails; no process is left
     */
    int exec(Plan plan, Spec spec, boolean interactive) throws IOException {
        var runner = engine.runner();
        var status = attend(spec, interactive, Role.COMMAND, stdio -> runner.launch(plan, stdio), _ -> {});
        trace.info("Command ended", fields("status", status));
        return status;
    }

    private int attend(Spec spec, boolean interactive, Role role, Start start, Note note) throws IOException {
        var process = spec.process();
        var foreground = Foreground.prepare(
                kernel, trace, process.terminal(), interactive, process.user().uid(), Signals.Manner.PATIENTLY);
        Launch launch;
        try {
            launch = start.with(foreground.inside());
        } catch (StepException e) {
            throw explain(role.failure, e);
        } catch (IllegalArgumentException e) {
            throw new EngineException(role.failure + ": " + e.getMessage());
        }
        try (launch) {
            // Beside the process, which meanwhile goes its way, and runs no command before it met koker.
            note.of(launch);
            return foreground.attend(launch, role.success, () -> {});
        } catch (StepException e) {
            // If it was koker's own step that failed, the process waits.
            launch.kill();
            throw explain(role.failure, e);
        } catch (RuntimeException | IOException e) {
            launch.kill();
            throw e;
        }
    }

    /** What a user is told of a step that failed, and with what status koker exits. */
    static EngineException explain(String failure, StepException e) {
        var command = e.step() instanceof ProcessStep.Exec || e.step() instanceof ProcessStep.Init;
        if (!command || e.errno().isEmpty()) {
            return new EngineException(failure + ": " + e.getMessage(), EngineException.FAILED, e);
        }
        var missing = e.errno().get() == Errno.ENOENT || e.errno().get() == Errno.ENOTDIR;
        return new EngineException(
                e.getMessage(), missing ? EngineException.NOT_FOUND : EngineException.NOT_EXECUTABLE, e);
    }
}
