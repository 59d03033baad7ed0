package koker.oci;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import koker.cgroup.Cgroups;
import koker.cgroup.ContainerCgroup;
import koker.cgroup.Freezer;
import koker.kernel.Calls;
import koker.kernel.Signal;
import koker.plan.HostStep;
import koker.plan.Lens;
import koker.plan.NthStep;
import koker.plan.Plan;
import koker.process.RunningProcess;
import koker.runtime.Planner;
import koker.spec.SpecFile;
import koker.trace.Recording;
import koker.trace.Trace;

/** The verbs of an OCI runtime (runtime.md, "Operations"), and those that runc adds. Engines call one at a time, each in a process of its own. */
public final class OciRuntime {
    /** How long a process may take to go when it was killed. */
    private static final Duration AFTER_KILL = Duration.ofSeconds(10);

    private final Settings settings;
    private final Trace.Detail detail;
    private final Function<Trace, Lens> lens;
    private Optional<Means> means = Optional.empty();

    /**
     * One that tells as much as {@code detail} says.
     *
     * @param lens how steps are looked at, by someone who tells what is done meanwhile
     */
    public OciRuntime(Settings settings, Trace.Detail detail, Function<Trace, Lens> lens) {
        this.settings = settings;
        this.detail = detail;
        this.lens = lens;
    }

    /**
     * Creates a container: all is there, and its process waits.
     *
     * @throws OciException if that cannot be; nothing is left
     */
    public void create(String id, CreateOptions options) throws IOException {
        var creation = creation("create", id, options, true);
        if (settings.dryRun()) {
            creation.rehearse(means.orElseThrow(), true);
        } else {
            creation.create(means.orElseThrow());
        }
    }

    /**
     * Creates a container and starts it, and returns at once.
     *
     * @throws OciException if that cannot be; nothing is left
     */
    public void runDetached(String id, CreateOptions options) throws IOException {
        var creation = creation("run", id, options, true);
        if (settings.dryRun()) {
            creation.rehearse(means.orElseThrow(), false);
        } else {
            creation.start(means.orElseThrow());
        }
    }

    /**
     * Runs a container to its end, and returns its exit status.
     *
     * @param keep whether its state is kept then
     * @throws OciException if that cannot be; nothing is left
     */
    public int run(String id, CreateOptions options, boolean keep) throws IOException {
        var creation = creation("run", id, options, false);
        if (settings.dryRun()) {
            creation.rehearse(means.orElseThrow(), false);
            return 0;
        }
        var status = creation.run(means.orElseThrow());
        if (!keep) {
            try {
                delete(id, true);
            } catch (RuntimeException | IOException e) {
                means.orElseThrow().warn("the container is not deleted: " + e.getMessage());
            }
        }
        return status;
    }

    private Creation creation(String verb, String id, CreateOptions options, boolean detached) throws IOException {
        var creation = Creation.of(StateFolder.of(settings.root(), id), options, settings, detached);
        creation.check();
        begin(verb, id, creation.annotations());
        return creation;
    }

    /**
     * Lets the process of a container that was created become its command.
     *
     * @throws OciException if it does not wait for that
     */
    public void start(String id) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        try (var _ = folder.lock(begin("start", id, state.annotations()))) {
            start(folder, state);
        }
    }

    private void start(StateFolder folder, State state) {
        var status = status(folder, state);
        if (status == Status.STOPPED) {
            throw new OciException("cannot start a container that has stopped");
        }
        if (status == Status.PAUSED) {
            throw new OciException("cannot start a container in the paused state");
        }
        if (status != Status.CREATED) {
            throw new OciException("cannot start an already running container");
        }
        var maker = means.orElseThrow().maker();
        var file = folder.gate().toString();
        var gate = maker.make(new HostStep.OpenGate(file))
                .get(HostStep.OpenGate.GATE)
                .intValue();
        if (gate < 0) {
            throw new OciException("cannot start a container that has stopped");
        }
        var hooks = hooks(folder, state);
        try {
            hooks.ifPresent(late -> late.beforeCommand(state.pid()));
            maker.make(new HostStep.LetStart(gate, file));
            tell("Container started", fields("pid", state.pid()));
            hooks.ifPresent(late -> late.afterStart(state.pid()));
        } catch (OciException e) {
            signal(state, Signal.SIGKILL);
            throw e;
        }
    }

    /**
     * Runs a further command in a container, and returns its exit status; 0 at once if nobody waits for it.
     *
     * @throws OciException if that cannot be; no process is left
     */
    public int exec(String id, ExecOptions options) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        var status = status(folder, state);
        if (status == Status.STOPPED || status == Status.CREATING) {
            throw new OciException("cannot exec in a stopped container");
        }
        if (status == Status.PAUSED && !options.ignorePaused()) {
            throw new OciException("cannot exec in a paused container (use --ignore-paused)");
        }
        var execution = Execution.of(folder, state, options);
        return execution.run(begin("exec", id, state.annotations()));
    }

    /**
     * Stops all processes of a container where they are.
     *
     * @throws OciException if it does not run
     */
    public void pause(String id) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        var status = status(folder, state);
        if (status != Status.RUNNING && status != Status.CREATED) {
            throw new OciException("container not running or created: " + status);
        }
        var freezer = freezer(state);
        freezer.stop(begin("pause", id, state.annotations()).maker());
    }

    /**
     * Lets them go on.
     *
     * @throws OciException if it is not paused
     */
    public void resume(String id) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        if (status(folder, state) != Status.PAUSED) {
            throw new OciException("container not paused");
        }
        begin("resume", id, state.annotations());
        thaw(state);
    }

    /**
     * Limits a container anew; what {@code resources} does not name stays as it is, and so do devices, whatever it says of them: engines send all
     * that a container has, but for those that it has always.
     *
     * @param resources as config.json has linux.resources
     * @throws OciException if it has stopped
     */
    public void update(String id, String resources) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        if (status(folder, state) == Status.STOPPED) {
            throw new OciException("container not running");
        }
        if (state.cgroup() == null) {
            throw new OciException("the container has no cgroup that could be limited");
        }
        var asked = SpecFile.readResources(Path.of("the resources"), resources).withDevices(List.of());
        var cgroups = Cgroups.ofHost();
        var limits = cgroups.complete(state.cgroup(), asked);
        var steps = cgroups.limit(state.cgroup(), limits);
        var made = begin("update", id, state.annotations());
        try (var _ = folder.lock(made)) {
            if (state.unit() != null && !settings.dryRun()) {
                SystemdCgroup.of(made, state).change(limits, cgroups);
            }
            steps.forEach(made.maker()::make);
        }
    }

    /** The processes of a container, as the host sees them. */
    public List<Integer> processes(String id) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        begin("ps", id, state.annotations());
        var processes = cgroup(state).processes();
        return processes.isEmpty() && state.isAlive() ? List.of(state.pid()) : processes;
    }

    /** What the processes of a container use. */
    public Statistics statistics(String id) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        if (status(folder, state) == Status.STOPPED) {
            throw new OciException("container with id " + id + " is not running");
        }
        if (state.cgroup() == null) {
            throw new OciException("the container has no cgroup that could tell what it uses");
        }
        var cgroups = Cgroups.ofHost();
        return new Statistics(id, cgroups.accounts(state.cgroup()), cgroups.outOfMemory(state.cgroup()));
    }

    /**
     * What there is to say of a container.
     *
     * @throws OciException if there is none of that name
     */
    public Description describe(String id) throws IOException {
        var folder = folder(id);
        return description(folder, state(folder));
    }

    /**
     * What there is to say of all containers.
     *
     * @param damaged is told, in a line, of one of which nothing can be said
     */
    public List<Description> list(Consumer<String> damaged) throws IOException {
        var all = new ArrayList<Description>();
        for (var folder : StateFolder.all(settings.root())) {
            try {
                var state = folder.read();
                if (state.isPresent()) {
                    all.add(description(folder, state.get()));
                }
            } catch (OciException | IOException e) {
                damaged.accept("load container " + folder.id() + ": " + e.getMessage());
            }
        }
        return all;
    }

    private static Description description(StateFolder folder, State state) {
        var status = status(folder, state);
        return new Description(
                state.id(),
                status,
                status == Status.STOPPED ? 0 : state.pid(),
                state.bundle(),
                state.rootfs(),
                state.created(),
                state.annotations(),
                state.owner());
    }

    /**
     * Sends a signal to a container's first process; or to all of its processes, as it is with SIGKILL if the kernel does not end them with the
     * first one.
     *
     * @throws OciException if it does not run, unless it was to be {@code all}
     */
    public void kill(String id, Signal signal, boolean all) throws IOException {
        var folder = folder(id);
        var state = state(folder);
        begin("kill", id, state.annotations());
        var kills = signal.value() == Signal.SIGKILL.value();
        if ((all || kills && state.sharesPids()) && state.cgroup() != null) {
            var processes = cgroup(state);
            if (!all && !state.isAlive() && processes.processes().isEmpty()) {
                throw new OciException("container not running");
            }
            processes.signal(signal);
        } else if (!signal(state, signal)) {
            if (!all) {
                throw new OciException("container not running");
            }
        } else if (kills && isPaused(state)) {
            thaw(state); // or it would not end
        }
    }

    /** Sends a signal to its first process; returns whether that was there. */
    private boolean signal(State state, Signal signal) {
        return state.isAlive() && running(state).signal(signal);
    }

    private RunningProcess running(State state) {
        var made = means.orElseThrow();
        return new RunningProcess(made.kernel(), made.maker(), state.process());
    }

    /**
     * Removes a container that has stopped, or was never started.
     *
     * @param force whether one that runs is killed, and one that is not there is no error
     * @throws OciException if it runs, or is not there
     */
    public void delete(String id, boolean force) throws IOException {
        var folder = StateFolder.of(settings.root(), id);
        if (force && !folder.exists()) {
            return;
        }
        folder = folder(id);
        if (means.isEmpty()) { // or it is a run that ends
            var annotations = folder.read().map(State::annotations).orElse(Map.of());
            begin("delete", id, annotations);
        }
        try (var _ = folder.lock(means.orElseThrow())) {
            if (folder.exists()) { // or another one has deleted it meanwhile
                delete(folder, force);
            }
        }
    }

    private void delete(StateFolder folder, boolean force) throws IOException {
        var state = folder.read();
        if (!force && state.isPresent()) {
            var status = status(folder, state.get());
            // As runc has it: containerd and others delete what they have created without force.
            if (status != Status.STOPPED && status != Status.CREATED && status != Status.CREATING) {
                throw new OciException("cannot delete container " + folder.id() + " that is not stopped: " + status);
            }
        }
        remove(folder);
    }

    /** Ends what is left of a container, and removes what is kept of it. */
    private void remove(StateFolder folder) throws IOException {
        var state = folder.read();
        if (state.isPresent()) {
            var paused = isPaused(state.get());
            if (signal(state.get(), Signal.SIGKILL) && paused) {
                thaw(state.get()); // or it would not end
            }
            if (state.get().isAlive() && !running(state.get()).awaitEnd(AFTER_KILL)) {
                throw new OciException("container init still running: process "
                        + state.get().pid() + " does not end, though it was killed; see what it waits for: cat /proc/"
                        + state.get().pid() + "/stack");
            }
            if (state.get().unit() != null && !settings.dryRun()) {
                SystemdCgroup.of(means.orElseThrow(), state.get()).stop();
            }
            cgroup(state.get()).remove();
        }
        var hooks = state.flatMap(each -> hooks(folder, each));
        folder.remove(means.orElseThrow().maker());
        hooks.ifPresent(ContainerHooks::afterStop);
        tell("Container deleted", fields("id", folder.id()));
    }

    /** The hooks that are run after the container was created, if there are any. */
    private Optional<ContainerHooks> hooks(StateFolder folder, State state) {
        // koker may have been killed before it copied config.json, or when that was removed.
        if (!state.hooks() || !Files.exists(folder.path().resolve("config.json"))) {
            return Optional.empty();
        }
        var spec = SpecFile.read(folder.path()).inCgroup(state.cgroup());
        var planner = state.equip(new Planner(spec, Path.of(state.bundle()), Cgroups.ofHost()));
        return Optional.of(new ContainerHooks(means.orElseThrow(), planner, spec, state));
    }

    private ContainerCgroup cgroup(State state) {
        var made = means.orElseThrow();
        return new ContainerCgroup(made.kernel(), made.maker(), state.cgroups(), state.found());
    }

    private StateFolder folder(String id) {
        var folder = StateFolder.of(settings.root(), id);
        if (!folder.exists()) {
            throw new OciException("container does not exist");
        }
        return folder;
    }

    private static State state(StateFolder folder) throws IOException {
        return folder.read().orElseThrow(() -> new OciException("container does not exist"));
    }

    private static Status status(StateFolder folder, State state) {
        if (state.pid() == 0) {
            return Status.CREATING;
        }
        if (!state.isAlive()) {
            return Status.STOPPED;
        }
        if (isPaused(state)) {
            return Status.PAUSED;
        }
        return Files.exists(folder.gate()) ? Status.CREATED : Status.RUNNING;
    }

    private static boolean isPaused(State state) {
        var freezer = Freezer.of(state.cgroups());
        return freezer.isPresent() && freezer.get().isWanted();
    }

    private static Freezer freezer(State state) {
        return Freezer.of(state.cgroups())
                .orElseThrow(() -> new OciException("the container has no cgroup whose processes could be stopped"));
    }

    private void thaw(State state) {
        means.orElseThrow().maker().make(freezer(state).freeze(false));
    }

    /** What would be done, where nothing is. */
    public Plan plan() {
        return means.map(Means::plan).orElse(new Plan(List.of()));
    }

    /** What the user wanted changed about the steps, and what never came. */
    public List<NthStep> unmet() {
        return means.map(Means::unmet).orElse(List.of());
    }

    /** What there is to tell of what was done, beside errors. */
    public List<String> warnings() {
        return means.map(Means::warnings).orElse(List.of());
    }

    /** The recording of what is done, which is ended by whoever knows how that ends. */
    public Optional<Recording> recording() {
        return means.flatMap(Means::recording);
    }

    /** Ends koker with {@code status}, if it has made system calls: Java would first wait for threads that are inside one. */
    public void exit(int status) {
        if (means.isPresent() && means.get().kernel().madeCalls()) {
            trace().heading("Exit", Map.of());
            means.get().kernel().transfer(Calls.exit(status));
        }
    }

    private Means begin(String verb, String id, Map<String, String> annotations) throws IOException {
        var begun = Means.of(settings, detail, lens, verb, id, annotations);
        means = Optional.of(begun);
        return begun;
    }

    private Trace trace() {
        return means.orElseThrow().trace();
    }

    /** A sentence of the story of what was done. */
    private void tell(String message, Map<String, ?> fields) {
        if (!settings.dryRun()) {
            trace().info(message, fields);
        }
    }
}
