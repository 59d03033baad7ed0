package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import koker.plan.Runner;
import koker.plan.StepException;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** Changes a container that is there: its config.json, its state, and if it runs its cgroups. The caller holds its lock. */
final class Update {
    private final Engine engine;
    private final Container container;

    Update(Engine engine, Container container) {
        this.engine = engine;
        this.container = container;
    }

    /**
     * Makes {@code options}.
     *
     * @throws EngineException if that cannot be; nothing is changed then
     */
    void make(UpdateOptions options) throws IOException {
        var settings = container.state().settings();
        if (settings.removed()
                && options.restart().filter(RestartPolicy::mayRestart).isPresent()) {
            throw new EngineException(
                    "container " + container.title() + " is removed when it ends, and cannot be started again then");
        }
        if (options.isOfLimits()) {
            limit(options);
        }
        if (options.restart().isPresent()) {
            restart(options.restart().get());
        }
    }

    private void limit(UpdateOptions options) throws IOException {
        var folder = container.folder();
        var spec = SpecFile.read(folder.path());
        var old = Optional.ofNullable(spec.linux().resources())
                .orElseGet(() -> new Spec.Resources(null, null, null, List.of()));
        Spec.Resources wanted;
        try {
            wanted = options.of(Limits.of(old)).resources(engine.cgroups());
        } catch (IllegalArgumentException e) {
            throw new EngineException(e.getMessage());
        }
        if (container.isAlive()) {
            apply(wanted, old);
        }
        SpecFile.write(
                folder.path(),
                spec.with(new Spec.Resources(wanted.memory(), wanted.cpu(), wanted.pids(), old.devices())));
    }

    /** Writes the limits that differ to the cgroups; if the kernel refuses one, the others become as they were. */
    private void apply(Spec.Resources wanted, Spec.Resources old) {
        var memory = !Objects.equals(wanted.memory(), old.memory());
        var cpu = !Objects.equals(wanted.cpu(), old.cpu());
        var pids = !Objects.equals(wanted.pids(), old.pids());
        try {
            write(new Spec.Resources(
                    memory ? wanted.memory() : null,
                    cpu ? wanted.cpu() : null,
                    pids ? wanted.pids() : null,
                    List.of()));
        } catch (StepException e) {
            write(new Spec.Resources(
                    memory ? orNone(old.memory()) : null,
                    cpu ? orNone(old.cpu()) : null,
                    pids ? orNone(old.pids()) : null,
                    List.of()));
            throw new EngineException("cannot limit container " + container.title() + ": " + e.getMessage());
        }
    }

    private void write(Spec.Resources resources) {
        var runner = new Runner(engine.kernel(), engine.trace(), Optional.empty());
        engine.cgroups().limit(container.folder().cgroupsPath(), resources).forEach(runner::make);
    }

    private Spec.Memory orNone(Spec.Memory memory) {
        return memory != null ? memory : new Spec.Memory(-1L, engine.cgroups().limitsSwap() ? -1L : null);
    }

    private static Spec.Cpu orNone(Spec.Cpu cpu) {
        return cpu != null ? cpu : new Spec.Cpu(-1L, null);
    }

    private static Spec.Pids orNone(Spec.Pids pids) {
        return pids != null ? pids : new Spec.Pids(-1L);
    }

    private void restart(RestartPolicy policy) throws IOException {
        var folder = container.folder();
        // A supervisor that was started without a policy looks for this file when the container has ended.
        Files.deleteIfExists(folder.again());
        if (policy.mayRestart()) {
            Files.createFile(folder.again());
        }
        var state = folder.read();
        folder.write(state.with(state.settings().with(policy)));
    }
}
