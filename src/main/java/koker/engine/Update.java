package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
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
        if (!options.limits().isEmpty()) {
            limit(options.limits());
        }
        if (options.restart().isPresent()) {
            restart(options.restart().get());
        }
    }

    private void limit(Limits limits) throws IOException {
        var folder = container.folder();
        var spec = SpecFile.read(folder.path());
        var old = Optional.ofNullable(spec.linux().resources()).orElse(Spec.Resources.NONE);
        Spec.Resources wanted;
        try {
            wanted = limits.over(old, engine.cgroups());
        } catch (IllegalArgumentException e) {
            throw new EngineException(e.getMessage());
        }
        if (container.isAlive()) {
            apply(wanted, old);
        }
        SpecFile.write(folder.path(), spec.with(wanted));
    }

    /** Writes the limits that differ to the cgroups; if the kernel refuses one, the others become as they were. */
    private void apply(Spec.Resources wanted, Spec.Resources old) {
        try {
            write(engine.runner(), wanted, old);
        } catch (StepException e) {
            write(engine.clear().runner(), orNone(old), wanted);
            throw new EngineException("cannot limit container " + container.title() + ": " + e.getMessage());
        }
    }

    private void write(Runner runner, Spec.Resources wanted, Spec.Resources old) {
        var different = new Spec.Resources(
                Objects.equals(wanted.memory(), old.memory()) ? null : wanted.memory(),
                Objects.equals(wanted.cpu(), old.cpu()) ? null : wanted.cpu(),
                Objects.equals(wanted.pids(), old.pids()) ? null : wanted.pids(),
                Objects.equals(wanted.blockIO(), old.blockIO()) ? null : wanted.blockIO(),
                wanted.hugepageLimits().equals(old.hugepageLimits()) ? null : wanted.hugepageLimits(),
                null,
                null);
        engine.cgroups().limit(container.folder().cgroupsPath(), different).forEach(runner::make);
    }

    /** The same, with no limit said in words where there is none: that, too, is something to write. */
    private Spec.Resources orNone(Spec.Resources resources) {
        var swap = engine.cgroups().limitsSwap() ? -1L : null;
        return new Spec.Resources(
                resources.memory() != null ? resources.memory() : new Spec.Memory(-1L, null, swap, null),
                resources.cpu() != null ? resources.cpu() : new Spec.Cpu(null, -1L, null, null, null),
                resources.pids() != null ? resources.pids() : new Spec.Pids(-1L),
                resources.blockIO(),
                resources.hugepageLimits(),
                null,
                null);
    }

    private void restart(RestartPolicy policy) throws IOException {
        var folder = container.folder();
        // A supervisor that was started without a policy looks for this file when the container has ended.
        if (policy.mayRestart() && !Files.exists(folder.again())) {
            Files.createFile(folder.again());
        }
        var state = folder.read();
        folder.write(state.with(state.settings().with(policy)));
    }
}
