package koker.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import koker.plan.ProcessStep;
import koker.plan.Runner;
import koker.plan.Unknown;
import koker.runtime.Planner;
import koker.spec.Hooks;
import koker.spec.Spec;

/** The hooks of a container at the moments of its life (runtime.md, "Lifecycle"). */
final class ContainerHooks {
    private final HookRunner programs;
    private final Hooks hooks;
    private final State state;

    /** Those of {@code spec}, for the container that {@code state} is about, and {@code planner} plans. */
    ContainerHooks(Means means, Planner planner, Spec spec, State state) {
        this.programs =
                new HookRunner(means, planner, Optional.ofNullable(spec.linux().seccomp()), state);
        this.hooks = spec.hooks();
        this.state = state;
    }

    /** Has hooks run whenever a process of {@code runner} waits for that. */
    void attend(Runner runner) {
        runner.at(Planner.HOOKS, launch -> beforeRoot(launch.pid()));
        runner.at(Planner.START_HOOKS, launch -> beforeCommand(launch.pid()));
    }

    /** Takes down those for which a process waits at {@code meeting}. */
    void rehearse(ProcessStep.Meet meeting) {
        switch (meeting.reason()) {
            case Planner.HOOKS -> beforeRoot(Unknown.PID);
            case Planner.START_HOOKS -> beforeCommand(Unknown.PID);
            default -> {} // no hook's
        }
    }

    /** All is mounted, and the root has not changed yet. */
    private void beforeRoot(int pid) {
        var description = description(Status.CREATING, pid);
        programs.outside("prestart", hooks.prestart(), description);
        programs.outside("createRuntime", hooks.createRuntime(), description);
        if (!hooks.createContainer().isEmpty()) {
            programs.inside("createContainer", hooks.createContainer(), inside(Status.CREATING, pid), pid, false);
        }
    }

    /** The container is to become its command. */
    void beforeCommand(int pid) {
        if (!hooks.startContainer().isEmpty()) {
            programs.inside("startContainer", hooks.startContainer(), inside(Status.CREATED, pid), pid, true);
        }
    }

    /** It has become its command. */
    void afterStart(int pid) {
        programs.outside("poststart", hooks.poststart(), description(Status.RUNNING, pid));
    }

    /** It is gone. */
    void afterStop() {
        programs.outsideAnyhow("poststop", hooks.poststop(), description(Status.STOPPED, 0));
    }

    /** For hooks in the container's namespaces, where the process has another number. */
    private String inside(Status status, int pid) {
        if (pid == Unknown.PID) {
            return description(status, pid);
        }
        try (var lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            var numbers = lines.filter(line -> line.startsWith("NSpid:"))
                    .map(line -> line.substring(line.lastIndexOf('\t') + 1).strip())
                    .findFirst();
            return description(status, numbers.map(Integer::parseInt).orElse(pid));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String description(Status status, int pid) {
        return describe(state, status, pid);
    }

    /** The state of the container, as JSON. */
    static String describe(State state, Status status, int pid) {
        try {
            return new Description(
                            state.id(),
                            status,
                            pid,
                            state.bundle(),
                            state.rootfs(),
                            state.created(),
                            state.annotations(),
                            state.owner())
                    .json();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
