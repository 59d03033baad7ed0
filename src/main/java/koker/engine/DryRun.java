package koker.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Signal;
import koker.plan.HostStep;
import koker.plan.Plan;
import koker.plan.Rehearsal;
import koker.plan.Step;
import koker.plan.StepException;
import koker.plan.Unknown;
import koker.runtime.Planner;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** Plans what a verb would do, by what it is planned by otherwise, and changes nothing. Needs no rights but to read. */
final class DryRun {
    private static final int CLOSED = 0710;
    private static final int OPEN = 0755;

    private final Engine engine;
    private final Rehearsal rehearsal;

    /** A run of what {@code engine} would do. */
    DryRun(Engine engine) {
        this.rehearsal = new Rehearsal(engine.clear().runner());
        this.engine = engine.rehearsing(rehearsal);
    }

    /**
     * A container that is to be made in {@code folder}, and if {@code started} to be run.
     *
     * @throws EngineException if the image is not here, or the options do not fit it
     */
    Plan make(Images images, ContainerFolder folder, RunOptions options, boolean started) throws IOException {
        var image = images.look(options.image());
        var defaults = image.config().config();
        ContainerSpec.command(options, defaults);
        var layers = images.unpacked(image);
        var files = new ImageFiles(layers);
        var account = Account.find(files, options.user().orElse(defaults.user()));
        var draft = new Draft(engine, folder, options, defaults);
        var volumes = new HashSet<String>();
        rehearsal.make(new HostStep.MakeStateFolder(folder.path().toString(), CLOSED));
        for (var path : List.of(folder.rootfs(), folder.upper(), folder.work())) {
            rehearsal.make(new HostStep.MakeStateFolder(path.toString(), OPEN));
        }
        if (!draft.volumes().mounts().isEmpty()) {
            rehearsal.make(new HostStep.MakeStateFolder(folder.volumes().toString(), OPEN));
        }
        for (var mount : draft.volumes().mounts()) {
            volumes.add(mount.source());
            rehearsal.make(new HostStep.MakeStateFolder(mount.source(), OPEN));
        }
        if (!started || !options.network().isConnected()) {
            draft.files().steps(List.of()).forEach(rehearsal::make);
        }
        var spec = draft.spec(layers, account, draft.mounts(files));
        return started
                ? start(folder, Draft.state(folder, options, image), spec, volumes)
                : new Plan(rehearsal.steps());
    }

    /** A container that is there, and is to be started. */
    Plan start(ContainerFolder folder) throws IOException {
        return start(folder, folder.read(), SpecFile.read(folder.path()), Set.of());
    }

    /** A container that is to be stopped, if it ends when it is asked to. */
    Plan stop(Container container, Optional<Integer> timeout) throws IOException {
        if (container.isAlive()) {
            end(container, Ending.stopSignal(container));
            ending().await(container, Ending.patience(container, timeout));
            cleaner().cleanHost(container.folder());
        }
        return new Plan(rehearsal.steps());
    }

    /** A container that is to get a signal. */
    Plan kill(Container container, Signal signal) {
        if (Ending.isBy(container, signal)) {
            end(container, signal);
        } else {
            ending().signal(container, signal);
        }
        return new Plan(rehearsal.steps());
    }

    /** A container that is to be removed, and killed before that if it runs. */
    Plan remove(Container container) throws IOException {
        if (container.isAlive()) {
            end(container, Signal.SIGKILL);
            ending().await(container, Ending.AFTER_KILL);
        }
        var name = container.state().name();
        cleaner().remove(container.folder(), name == null ? List.of() : List.of(name));
        return new Plan(rehearsal.steps());
    }

    /** A container whose processes are to be stopped where they are, or to go on. */
    Plan pause(Container container, boolean paused) {
        var freezer = engine.cgroups().freezer(container.folder().cgroupsPath());
        freezer.ifPresent(each -> rehearsal.make(each.freeze(paused)));
        return new Plan(rehearsal.steps());
    }

    private void end(Container container, Signal signal) {
        ending().signal(container, signal);
        ending().thaw(container);
    }

    private Ending ending() {
        return new Ending(engine);
    }

    private Cleaner cleaner() {
        return new Cleaner(engine, new Directory(engine.home()));
    }

    private Plan start(ContainerFolder folder, State state, Spec spec, Set<String> volumes) throws IOException {
        var network = new ContainerNetwork(engine, folder, state, rehearsal);
        var planned = new Planner(network.prepare(spec), folder.path(), engine.cgroups(), volumes)
                .withKeyring(state.id())
                .plan()
                .steps();
        var steps = new ArrayList<>(rehearsal.steps());
        var prepared = steps.size();
        try {
            network.connect(Unknown.PID);
        } catch (StepException e) {
            throw new EngineException("cannot connect the container: " + e.getMessage());
        }
        var connecting = rehearsal.steps().subList(prepared, rehearsal.steps().size());
        for (Step step : planned) {
            steps.add(step);
            if (step instanceof HostStep.Clone) {
                steps.addAll(connecting); // while the process goes its way to where it meets koker
            }
        }
        return new Plan(steps);
    }
}
