package koker.oci;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.cgroup.ContainerCgroup;
import koker.cgroup.Freezer;
import koker.kernel.Calls;
import koker.plan.Descriptors;
import koker.plan.HostStep;
import koker.plan.Launch;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.Runner;
import koker.plan.Step;
import koker.plan.StepException;
import koker.plan.Unknown;
import koker.process.Foreground;
import koker.process.ProcessId;
import koker.process.Signals;
import koker.process.Streams;
import koker.runtime.Caller;
import koker.runtime.Planner;
import koker.spec.Spec;
import koker.spec.SpecFile;
import koker.systemd.Scope;
import koker.systemd.SystemdException;

/** A container that is made from a bundle: what it takes, and what is taken away again if that fails. */
final class Creation {
    private final StateFolder folder;
    private final CreateOptions options;
    private final Path bundle;
    private final Spec spec;
    private final Cgroups cgroups;
    private final Planner planner;
    private final Optional<Scope> scope;
    private final Inheritance inheritance;
    private final boolean detached;
    private final List<String> warnings;
    private final List<String> folders;
    private final List<String> found;

    private Creation(
            StateFolder folder,
            CreateOptions options,
            Path bundle,
            Spec spec,
            Cgroups cgroups,
            Optional<Scope> scope,
            Inheritance inheritance,
            boolean detached,
            List<String> warnings) {
        this.warnings = warnings;
        this.folder = folder;
        this.options = options;
        this.bundle = bundle;
        this.spec = spec;
        this.cgroups = cgroups;
        this.scope = scope;
        var own = State.equip(new Planner(spec, bundle, cgroups), folder.id(), options.keyring());
        this.inheritance = inheritance;
        this.detached = detached;
        var path = spec.linux().cgroupsPath();
        this.folders = path == null ? List.of() : cgroups.folders(path);
        this.found = new ArrayList<>();
        for (var each : scope.isPresent() ? List.<String>of() : folders) {
            if (Files.exists(Path.of(each))) {
                found.add(each);
            }
        }
        this.planner = scope.isPresent() ? own.scoped() : found.isEmpty() ? own : own.taking(found);
    }

    /** That of the container in {@code folder}. Nothing is changed yet. */
    static Creation of(StateFolder folder, CreateOptions options, Settings settings, boolean detached)
            throws IOException {
        var bundle = options.bundle().toAbsolutePath().normalize();
        var inheritance = Inheritance.of(System.getenv("LISTEN_FDS"), System.getenv("LISTEN_PID"), options.preserved());
        inheritance.check();
        var read = SpecFile.read(bundle);
        var scope = settings.systemdCgroup() ? Optional.of(scope(read, folder.id())) : Optional.<Scope>empty();
        var cgroup = scope.isPresent() ? scope.get().path() : cgroup(read, folder);
        var grant = Grant.of(read.process());
        var spec = read.inCgroup(cgroup).with(grant.process().adding(inheritance.environment()));
        return new Creation(
                folder, options, bundle, spec, Cgroups.ofHost(), scope, inheritance, detached, grant.warnings());
    }

    private static Scope scope(Spec spec, String id) {
        try {
            return Scope.of(spec.linux().cgroupsPath(), id, SystemdCgroup.isOfSystem());
        } catch (SystemdException e) {
            throw new OciException(e.getMessage(), e);
        }
    }

    /** Whether a container gets a cgroup unasked: root's does, also where all that root sees of cgroups is delegated, as in system containers. */
    private static boolean mayMakeCgroups() {
        return switch (Caller.self()) {
            case ROOT -> true;
            case ROOT_INSIDE ->
                Files.isWritable(
                        Path.of(Cgroups.ofHost().folders("/koker").getFirst()).getParent());
            case USER -> false;
        };
    }

    /** Where the container's cgroup is (config-linux.md, "Cgroups Path"). */
    private static String cgroup(Spec spec, StateFolder folder) {
        var path = spec.linux().cgroupsPath();
        if (path == null || path.isEmpty()) {
            if (!mayMakeCgroups()) {
                return null; // who may make none
            }
            // Containers of the same name may be under different roots.
            var root = Integer.toHexString(folder.path().getParent().hashCode());
            return "/koker-oci-" + root + "-" + folder.id();
        }
        var normal = Path.of("/").resolve(path).normalize().toString();
        if (normal.equals("/")) {
            throw new OciException("linux.cgroupsPath is " + path + ", where all processes are");
        }
        return normal;
    }

    /**
     * Makes sure that the options fit, that there is a root, and that nobody is in the cgroup.
     *
     * @throws OciException if that is not so
     */
    void check() throws IOException {
        Handover.check(spec.process().terminal(), detached, options.consoleSocket());
        if (!Files.isDirectory(rootfs())) {
            throw new OciException("invalid rootfs: stat " + rootfs() + ": no such file or directory");
        }
        if (folder.exists()) {
            throw new OciException("container with given ID already exists");
        }
        if (!found.isEmpty()) {
            checkCgroup();
        }
        if (spec.linux().cgroupsPath() == null && spec.linux().resources() != null) {
            refuseLimits();
        }
    }

    /** Without a cgroup there would be no limits; those on devices are the user's own. */
    private void refuseLimits() {
        var limited = Limited.by(spec.linux().resources());
        if (!limited.isEmpty()) {
            throw new OciException(
                    "linux.resources." + limited.getFirst() + " asks for limits, which take a cgroup, and a"
                            + " user who is not root can make none; leave them out, or name a cgroup that was delegated to the"
                            + " user as linux.cgroupsPath");
        }
    }

    private void checkCgroup() {
        var processes = new HashSet<Integer>();
        for (var folder : found) {
            processes.addAll(ContainerCgroup.processes(folder));
        }
        if (!processes.isEmpty()) {
            throw new OciException("container's cgroup is not empty: " + processes.size()
                    + " process(es) found; see: cat " + found.getFirst() + "/cgroup.procs");
        }
        if (Freezer.of(found).filter(Freezer::isWanted).isPresent()) {
            throw new OciException("container's cgroup unexpectedly frozen: " + found);
        }
    }

    Map<String, String> annotations() {
        return spec.annotations();
    }

    /** Takes down what making the container takes; what is made beside the process, while that waits, it says itself. */
    void rehearse(Means means, boolean created) {
        var plan = created ? planner.created() : detached ? planner.started() : planner.plan();
        tell(means);
        means.maker().make(folder.step());
        if (created) {
            means.maker().make(gate());
        }
        var hooks = hooks(means, state());
        for (var step : plan.steps()) {
            means.maker().make(step);
            if (step instanceof ProcessStep.Meet meeting) {
                hooks.rehearse(meeting);
            }
        }
        if (!created) {
            hooks.afterStart(Unknown.PID);
        }
    }

    /** Makes the container, whose process then waits for its start. */
    void create(Means means) throws IOException {
        var plan = planner.created();
        make(means, (state, _) -> {
            var gate = means.runner().make(gate()).get(HostStep.MakeGate.GATE).intValue();
            var launch = launch(attended(means, hooks(means, state), state), means, plan, gate);
            attempt(means, launch, () -> {
                record(means, launch, state);
                launch.leave();
            });
            means.kernel().call(Calls.close(gate));
            means.trace().info("Container created", fields("pid", launch.pid()));
            return 0;
        });
    }

    /** Makes the container, and starts it. */
    void start(Means means) throws IOException {
        var plan = planner.started();
        make(means, (state, _) -> {
            var hooks = hooks(means, state);
            var launch = launch(attended(means, hooks, state), means, plan, 0);
            attempt(means, launch, () -> {
                record(means, launch, state);
                launch.finish();
                hooks.afterStart(launch.pid());
            });
            means.trace().info("Container started", fields("pid", launch.pid()));
            return 0;
        });
    }

    /** Makes the container, starts it, and returns its exit status when it has ended. */
    int run(Means means) throws IOException {
        var plan = planner.plan();
        return make(means, (state, lock) -> {
            var foreground = Foreground.prepare(
                    means.kernel(), means.trace(), spec.process().terminal(), true, user(), Signals.Manner.ALL);
            var hooks = hooks(means, state);
            var launch = attended(means, hooks, state)
                    .launch(plan, new Descriptors(foreground.inside(), inheritance.count(), 0));
            try (launch) {
                record(means, launch, state);
                lock.close();
                return foreground.attend(launch, "Container started", () -> hooks.afterStart(launch.pid()));
            } catch (RuntimeException | IOException e) {
                launch.kill();
                throw e;
            }
        });
    }

    /** What makes a container, and returns a status. */
    private interface Making {
        int make(State state, StateFolder.Lock lock) throws IOException;
    }

    /** What is done with a process that waits. */
    private interface Meeting {
        void hold() throws IOException;
    }

    private int make(Means means, Making making) throws IOException {
        tell(means);
        folder.make(means.runner());
        var state = state();
        try (var lock = folder.lock(means)) {
            folder.write(means.kernel(), state);
            Files.write(folder.path().resolve("config.json"), Files.readAllBytes(bundle.resolve("config.json")));
            return making.make(state, lock);
        } catch (RuntimeException | IOException e) {
            undo(means, state, e);
            switch (e) {
                case StepException failed -> throw Failure.of(failed);
                case IllegalArgumentException refused -> throw new OciException(refused.getMessage(), refused);
                default -> throw e;
            }
        }
    }

    /** What is kept of the container. */
    private State state() {
        var pids = spec.linux().namespace("pid");
        return new State(
                folder.id(),
                0,
                0,
                Instant.now().toString(),
                bundle.toString(),
                rootfs().toString(),
                spec.annotations(),
                System.getProperty("user.name"),
                spec.linux().cgroupsPath(),
                folders,
                found,
                pids == null || pids.path() != null && !pids.path().isEmpty(),
                scope.map(Scope::slice).orElse(null),
                scope.map(Scope::unit).orElse(null),
                hasLateHooks(),
                options.keyring());
    }

    private void tell(Means means) {
        warnings.forEach(means::warn);
        planner.warnings().forEach(means::warn); // what was found while it was planned
    }

    private ContainerHooks hooks(Means means, State state) {
        return new ContainerHooks(means, planner, spec, state);
    }

    /** A runner who does what the process waits for on its way: hooks, its cgroup, and somebody who decides about its calls. */
    private Runner attended(Means means, ContainerHooks hooks, State state) {
        var runner = means.runner();
        hooks.attend(runner);
        scope.ifPresent(unit -> runner.at(Planner.SCOPE, launch -> {
            new SystemdCgroup(means, unit)
                    .start(folder.id(), launch.pid(), planner.resources(), spec.annotations(), cgroups);
            planner.fillScope().forEach(runner::make);
        }));
        if (spec.linux().seccomp() != null) {
            new ListenerSocket(means.kernel(), means.trace(), spec.linux().seccomp())
                    .attend(runner, state, Status.CREATING);
        }
        return runner;
    }

    private boolean hasLateHooks() {
        var hooks = spec.hooks();
        return !hooks.startContainer().isEmpty()
                || !hooks.poststart().isEmpty()
                || !hooks.poststop().isEmpty();
    }

    /** Takes away what was made; if that fails, too, it came of {@code first}, which is what the user is to be told last. */
    private void undo(Means means, State state, Exception first) {
        try {
            undo(means, state);
        } catch (RuntimeException | IOException more) {
            first.addSuppressed(more);
            means.warn(more.getMessage());
        }
    }

    private void undo(Means means, State state) throws IOException {
        if (options.pidFile().isPresent()) {
            Files.deleteIfExists(options.pidFile().get());
        }
        if (scope.isPresent()) {
            new SystemdCgroup(means, scope.get()).stop();
        }
        new ContainerCgroup(means.kernel(), means.undoing(), state.cgroups(), state.found()).remove();
        hooks(means, state).afterStop();
        folder.remove(means.undoing());
    }

    private Step gate() {
        return new HostStep.MakeGate(folder.gate().toString());
    }

    /** Whose the standard streams are going to be. */
    private long user() throws IOException {
        var uid = spec.process().user().uid();
        return spec.linux().has("user") ? Owners.outside(spec.linux(), uid, 0) : uid;
    }

    private Launch launch(Runner runner, Means means, Plan plan, int gate) throws IOException {
        if (!spec.process().terminal()) {
            Streams.give(means.kernel(), means.trace(), user());
        }
        return runner.launch(plan, new Descriptors(List.of(0, 1, 2), inheritance.count(), gate));
    }

    private void attempt(Means means, Launch launch, Meeting meeting) throws IOException {
        try (launch) {
            new Handover(means, spec.process().terminal(), options.consoleSocket()).meet(launch);
            meeting.hold();
        } catch (RuntimeException | IOException e) {
            launch.kill();
            throw e;
        }
    }

    private void record(Means means, Launch launch, State state) throws IOException {
        if (spec.linux().has("user")) {
            Owners.disagreement(spec.linux(), launch.pid()).ifPresent(means::warn);
        }
        folder.write(means.kernel(), state.with(ProcessId.of(launch.pid())));
        if (options.pidfdSocket().isPresent()) {
            new PidfdSocket(options.pidfdSocket().get()).send(means, launch.pid(), PidfdSocket.FIRST);
        }
        if (options.pidFile().isPresent()) {
            new PidFile(options.pidFile().get()).write(launch.pid());
        }
    }

    private Path rootfs() {
        return bundle.resolve(spec.root().path()).normalize();
    }
}
