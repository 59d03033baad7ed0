package koker.oci;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import koker.cgroup.Cgroups;
import koker.kernel.Calls;
import koker.kernel.OpenFlag;
import koker.plan.Descriptors;
import koker.plan.Launch;
import koker.plan.Plan;
import koker.plan.StepException;
import koker.process.Foreground;
import koker.process.ProcessId;
import koker.process.Streams;
import koker.runtime.Planner;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** A container that is made from a bundle: what it takes, and what is taken away again if that fails. */
final class Creation {
    private final StateFolder folder;
    private final CreateOptions options;
    private final Path bundle;
    private final Spec spec;
    private final Cgroups cgroups;
    private final Planner planner;
    private final Inheritance inheritance;
    private final boolean detached;

    private Creation(
            StateFolder folder,
            CreateOptions options,
            Path bundle,
            Spec spec,
            Cgroups cgroups,
            Inheritance inheritance,
            boolean detached) {
        this.folder = folder;
        this.options = options;
        this.bundle = bundle;
        this.spec = spec;
        this.cgroups = cgroups;
        this.planner = new Planner(spec, bundle, cgroups);
        this.inheritance = inheritance;
        this.detached = detached;
    }

    /** That of the container in {@code folder}. Nothing is changed yet. */
    static Creation of(StateFolder folder, CreateOptions options, Settings settings, boolean detached)
            throws IOException {
        var bundle = options.bundle().toAbsolutePath().normalize();
        var inheritance = Inheritance.of(System.getenv("LISTEN_FDS"), System.getenv("LISTEN_PID"), options.preserved());
        inheritance.check();
        var read = SpecFile.read(bundle);
        var cgroup = cgroup(read, folder);
        var spec = read.inCgroup(cgroup).with(read.process().adding(inheritance.environment()));
        return new Creation(folder, options, bundle, spec, Cgroups.ofHost(), inheritance, detached);
    }

    /** Where the container's cgroup is (config-linux.md, "Cgroups Path"). */
    private static String cgroup(Spec spec, StateFolder folder) {
        var path = spec.linux().cgroupsPath();
        if (path == null || path.isEmpty()) {
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
     * Makes sure that the options fit, and that there is a root.
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
    }

    Map<String, String> annotations() {
        return spec.annotations();
    }

    /** Makes the container, whose process then waits for its start. */
    void create(Means means) throws IOException {
        var plan = planner.created();
        make(means, (state, _) -> {
            var gate = openGate(means);
            var launch = launch(means, plan, gate);
            attempt(means, launch, () -> {
                record(launch, state);
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
            var launch = launch(means, plan, 0);
            attempt(means, launch, () -> {
                record(launch, state);
                launch.finish();
            });
            means.trace().info("Container started", fields("pid", launch.pid()));
            return 0;
        });
    }

    /** Makes the container, starts it, and returns its exit status when it has ended. */
    int run(Means means) throws IOException {
        var plan = planner.plan();
        return make(means, (state, lock) -> {
            var process = spec.process();
            var foreground = Foreground.prepare(
                    means.kernel(),
                    means.trace(),
                    process.terminal(),
                    true,
                    process.user().uid());
            var launch = means.runner().launch(plan, new Descriptors(foreground.inside(), inheritance.count(), 0));
            try {
                record(launch, state);
                lock.close();
                return foreground.attend(launch, "Container started");
            } catch (RuntimeException | IOException e) {
                Foreground.kill(means.kernel(), launch.pid());
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
        var own = cgroups.folders(spec.linux().cgroupsPath()).stream()
                .filter(each -> !Files.exists(Path.of(each)))
                .toList();
        folder.make();
        try (var lock = folder.lock(means.kernel())) {
            var state = new State(
                    folder.id(),
                    0,
                    0,
                    Instant.now().toString(),
                    bundle.toString(),
                    rootfs().toString(),
                    spec.annotations(),
                    System.getProperty("user.name"),
                    spec.linux().cgroupsPath(),
                    own);
            folder.write(state);
            Files.copy(bundle.resolve("config.json"), folder.path().resolve("config.json"));
            return making.make(state, lock);
        } catch (StepException e) {
            undo(means, own);
            throw Failure.of(e);
        } catch (RuntimeException | IOException e) {
            undo(means, own);
            throw e;
        }
    }

    private void undo(Means means, List<String> cgroups) throws IOException {
        new CgroupRemoval(means.kernel(), means.trace(), cgroups).remove();
        folder.remove();
        if (options.pidFile().isPresent()) {
            Files.deleteIfExists(options.pidFile().get());
        }
    }

    private int openGate(Means means) {
        means.trace().heading("Make gate", Map.of());
        var path = folder.gate().toString();
        means.kernel().call(Calls.mkfifo(path, 0600));
        // For both directions: so it is always open at the other end, too, and to read from it is to wait.
        return (int) means.kernel().call(Calls.openat(path, OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC));
    }

    private Launch launch(Means means, Plan plan, int gate) {
        if (!spec.process().terminal()) {
            Streams.give(means.kernel(), means.trace(), spec.process().user().uid());
        }
        return means.runner().launch(plan, new Descriptors(List.of(0, 1, 2), inheritance.count(), gate));
    }

    private void attempt(Means means, Launch launch, Meeting meeting) throws IOException {
        try {
            new Handover(means, spec.process().terminal(), options.consoleSocket()).meet(launch);
            meeting.hold();
        } catch (RuntimeException | IOException e) {
            Foreground.kill(means.kernel(), launch.pid());
            throw e;
        }
    }

    private void record(Launch launch, State state) throws IOException {
        folder.write(state.with(ProcessId.of(launch.pid())));
        if (options.pidFile().isPresent()) {
            new PidFile(options.pidFile().get()).write(launch.pid());
        }
    }

    private Path rootfs() {
        return bundle.resolve(spec.root().path()).normalize();
    }
}
