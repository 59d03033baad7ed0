package koker.engine;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import koker.image.Change;
import koker.image.Digest;
import koker.image.UnpackLimits;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.Fault;
import koker.plan.Runner;
import koker.plan.SupervisorStep;
import koker.spec.SpecFile;
import koker.trace.Trace;

/** The containers of a host: made, run, looked after and removed, without a daemon. */
public final class Containers {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Engine engine;
    private final Images images;
    private final Directory directory;
    private final Cleaner cleaner;

    /**
     * The containers under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     * @param limits how much a layer may be when it is unpacked
     */
    public Containers(Home home, Trace trace, Optional<Path> embedded, UnpackLimits limits) {
        this.engine = new Engine(home, new Kernel(trace), trace);
        this.images = new Images(home, trace, embedded, limits, engine.kernel());
        this.directory = new Directory(home);
        this.cleaner = new Cleaner(engine, directory);
    }

    /**
     * Makes a container, and returns its ID.
     *
     * @throws EngineException if it cannot be made; nothing is left behind
     */
    public String create(RunOptions options) {
        return attempt("cannot make a container", () -> {
            prepare();
            try (var creation = make(options)) {
                creation.keep();
                return creation.folder().id();
            }
        });
    }

    /**
     * Makes a container and starts it; a supervisor looks after it. Returns its ID.
     *
     * @throws EngineException if it cannot be run; nothing is left behind
     */
    public String runDetached(RunOptions options) {
        return attempt("cannot make a container", () -> {
            prepare();
            try (var creation = make(options)) {
                new Detached(engine, creation.folder(), true)
                        .start(
                                creation.state(),
                                creation.spec(),
                                creation.attendance(),
                                Restarts.NONE,
                                options.fault());
                creation.leave();
                return creation.folder().id();
            }
        });
    }

    /**
     * Runs a container until its command ends, and returns the command's exit status, or 128 and the number of the signal that ended it.
     *
     * @throws EngineException if it cannot be run; nothing is left behind
     */
    public int run(RunOptions options) {
        return attempt("cannot make a container", () -> {
            refuseWithoutTerminal(options.interactive() && options.terminal());
            prepare();
            try (var creation = make(options)) {
                var end = new Session(engine)
                        .run(
                                creation.folder(),
                                creation.state(),
                                creation.spec(),
                                options.interactive(),
                                options.fault());
                if (!options.removed()) {
                    cleaner.cleanHost(creation.folder(), creation.state());
                    creation.folder().write(creation.state().with(end));
                    creation.keep();
                }
                return end.status();
            }
        });
    }

    /**
     * Starts a container that does not run, and returns its ID.
     *
     * @param command replaces its command, this once; empty keeps it
     * @throws EngineException if there is none, it runs, or it cannot be started
     */
    public String start(String name, List<String> command, Optional<Fault> fault) {
        return attempt("cannot start container " + name, () -> {
            prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                start(folder, command, Restarts.NONE, new Detached(engine, folder, true), fault);
            }
            return folder.id();
        });
    }

    /**
     * The containers that are to be started when the machine has started, the oldest first: those that were started before, and whose policy
     * wants them to run always, or unless their user has stopped them.
     */
    public List<String> dueAtBoot() {
        return list().reversed().stream()
                .filter(container -> container.isDueAtBoot() && !isAttended(container))
                .map(Container::title)
                .toList();
    }

    private boolean isAttended(Container container) {
        return attempt(
                "cannot look at the containers",
                () -> Attendance.isHeld(
                        engine.home().attended(), container.folder().id()));
    }

    /** Whether there is a container for each of {@code names}. */
    public boolean areAll(List<String> names) {
        return attempt("cannot look at the containers", () -> {
            for (var name : names) {
                if (!directory.has(name)) {
                    return false;
                }
            }
            return true;
        });
    }

    /**
     * Asks a container to end, and after {@code timeout} kills it.
     *
     * @param timeout seconds; absent for the container's own
     */
    public void stop(String name, Optional<Integer> timeout) {
        attempt("cannot stop container " + name, () -> {
            prepare();
            stop(find(name), timeout, false);
            return null;
        });
    }

    private void stop(Container container, Optional<Integer> timeout, boolean toRestart) throws IOException {
        if (container.isAlive()) {
            new Ending(engine).stop(container, timeout, toRestart);
        }
        settle(container.folder(), toRestart);
    }

    /**
     * Sends a signal to a container; one that is to end it also keeps it from being started again.
     *
     * @throws EngineException if it has no process
     */
    public void kill(String name, Signal signal) {
        attempt("cannot kill container " + name, () -> {
            prepare();
            var container = find(name);
            refuseDead(container, "kill");
            var ending = new Ending(engine);
            if (signal == Signal.SIGKILL
                    || signal.name().equals(container.state().settings().stopSignal())) {
                ending.end(container, signal, false);
            } else {
                ending.signal(container, signal);
            }
            return null;
        });
    }

    /**
     * Stops the container, if it runs, and starts it.
     *
     * @throws EngineException if it cannot be started, or would be removed before
     */
    public void restart(String name, Optional<Integer> timeout) {
        attempt("cannot restart container " + name, () -> {
            prepare();
            var container = find(name);
            if (container.isAlive()
                    && container.state().settings().removed()
                    && !Files.exists(container.folder().log())) {
                throw new EngineException("container " + name + " runs in the foreground of process "
                        + container.state().run().keeper().pid()
                        + ", which removes it when it ends; run it with -d to restart it");
            }
            stop(container, timeout, true);
            return null;
        });
        start(name, List.of(), Optional.empty());
    }

    /** Stops all processes of a container where they are, or lets them go on. */
    public void pause(String name, boolean paused) {
        attempt("cannot " + (paused ? "pause" : "unpause") + " container " + name, () -> {
            prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                var container = Container.of(folder, engine);
                refuseDead(container, paused ? "pause" : "unpause");
                if (paused == (container.status() == Container.Status.PAUSED)) {
                    throw new EngineException(
                            "container " + name + " is " + (paused ? "already paused" : "not paused"));
                }
                var runner = new Runner(engine.kernel(), engine.trace(), Optional.empty());
                var freeze = engine.cgroups().freeze(folder.cgroupsPath(), paused);
                // Who lists containers asks the kernel only of those that may be paused.
                if (paused) {
                    folder.write(container.state().paused(true));
                    runner.make(freeze);
                } else {
                    runner.make(freeze);
                    folder.write(container.state().paused(false));
                }
            }
            return null;
        });
    }

    /**
     * Waits until a container has ended, and returns its exit status; 0 if it was never started.
     *
     * @throws EngineException if it was removed before its status could be read
     */
    public int await(String name) {
        return attempt("cannot wait for container " + name, () -> {
            prepare();
            var container = find(name);
            if (container.state().run() == null && container.state().end() == null) {
                return 0;
            }
            var end = new Ending(engine).await(container);
            if (end.isEmpty()) {
                cleaner.sweep(); // if those who looked after it were killed, too, nobody has noted its end
                end = Optional.ofNullable(container.folder().read().end());
            }
            return end.map(State.End::status)
                    .orElseThrow(() -> new EngineException("nobody has noted how container " + name + " ended"));
        });
    }

    /**
     * Waits until the checks of a container say that it is well.
     *
     * @throws EngineException if it is not checked, or ends before
     */
    public void awaitHealthy(String name) {
        attempt("cannot wait for container " + name, () -> {
            prepare();
            while (true) {
                var container = find(name);
                refuseDead(container, "wait for the health of");
                new HealthProbe(engine, container); // refuses one that is not checked
                if (container.health().filter(Health.HEALTHY::equals).isPresent()) {
                    return null;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        });
    }

    /**
     * Checks whether a container that runs is well, and returns what is known of that then.
     *
     * @throws EngineException if it does not run, or there is no check for it
     */
    public Checked checkHealth(String name) {
        return attempt("cannot check container " + name, () -> {
            prepare();
            var container = find(name);
            refuseDead(container, "check");
            refusePaused(container);
            var health = new HealthProbe(engine, container).run();
            if (health.isEmpty()) {
                throw new EngineException("container " + name + " ended or was paused before the check");
            }
            var last = health.get().log().getLast();
            return new Checked(health.get().status(), last.exitCode() == 0);
        });
    }

    /**
     * What a check has said.
     *
     * @param status starting, healthy or unhealthy: what this and earlier checks come to
     * @param well whether this one says that the container is well
     */
    public record Checked(String status, boolean well) {}

    /** The check that a supervisor wants; returns whether the next one is due soon. No other containers are looked at. */
    public boolean checkHealthAsScheduled(String id) {
        return attempt("cannot check container " + id, () -> {
            var container = Container.of(directory.folder(id), engine);
            return new HealthWatch(engine, container).check();
        });
    }

    /** Gives a container another name. */
    public void rename(String name, String newName) {
        attempt("cannot rename container " + name, () -> {
            prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                var state = folder.read();
                directory.name(newName, folder);
                folder.write(state.named(newName));
                if (state.name() != null) {
                    directory.unname(state.name(), folder);
                }
            }
            return null;
        });
    }

    /**
     * Runs a further command in a container that runs, and returns its exit status; 0 at once if it is detached.
     *
     * @throws EngineException if the container does not run, or the command cannot be started
     */
    public int exec(String name, ExecOptions options) {
        return attempt("cannot run a command in container " + name, () -> {
            refuseWithoutTerminal(options.interactive() && options.terminal());
            prepare();
            var container = find(name);
            refuseDead(container, "run a command in");
            refusePaused(container);
            return new Exec(engine, container, options).run();
        });
    }

    /**
     * Prints what a container that nobody waited for has written, each stream to its own.
     *
     * @throws EngineException if it has no log
     */
    public void logs(String name, LogOptions options, OutputStream out, OutputStream errors) {
        attempt("cannot read the log of container " + name, () -> {
            prepare();
            var container = find(name);
            var log = LogFile.whole(container.folder());
            if (log.isEmpty()) {
                if (container.status() == Container.Status.CREATED) {
                    return null;
                }
                throw new EngineException("container " + name
                        + " has no log: it ran in the foreground, and its output went where koker's did; use run -d");
            }
            var printer = new LogPrinter(options, out, errors);
            try (var read = log.get()) {
                for (var piece = read.next(); piece.isPresent(); piece = read.next()) {
                    printer.add(piece.get());
                }
                printer.flush();
                if (options.follow()) {
                    try (var follower = new LogFollower(engine, container, read)) {
                        for (var piece = follower.next(); piece.isPresent(); piece = follower.next()) {
                            printer.add(piece.get());
                            printer.flush();
                        }
                    }
                }
                printer.finish();
            }
            return null;
        });
    }

    private ContainerFiles files(String name) throws IOException {
        return new ContainerFiles(engine, directory.find(name));
    }

    private Container find(String name) throws IOException {
        return Container.of(directory.find(name), engine);
    }

    private void refuseWithoutTerminal(boolean wanted) {
        if (wanted && !Terminal.is(engine.kernel(), 0)) {
            throw new EngineException("the input device is not a TTY; leave out -t, or do not pass it on");
        }
    }

    private static void refusePaused(Container container) {
        if (container.status() == Container.Status.PAUSED) {
            throw new EngineException("container " + container.title()
                    + " is paused; let it go on first: koker unpause " + container.title());
        }
    }

    private static void refuseDead(Container container, String verb) {
        if (!container.isAlive()) {
            throw new EngineException("cannot " + verb + " container " + container.title() + ": it is "
                    + container.status() + "; start it first: koker start " + container.title());
        }
    }

    /**
     * Starts a container that does not run and stays with it until it has ended, or the user leaves it; returns its exit status.
     *
     * @param command replaces its command, this once; empty keeps it
     * @param interactive whether standard input is passed on, too
     * @throws EngineException if there is none, it runs, or it cannot be started
     */
    public int startAttached(
            String name, List<String> command, boolean interactive, DetachKeys keys, Optional<Fault> fault) {
        return attempt("cannot start container " + name, () -> {
            prepare();
            var folder = directory.find(name);
            var terminal = SpecFile.read(folder.path()).process().terminal();
            refuseWithoutTerminal(interactive && terminal);
            var detached = new Detached(engine, folder, !interactive);
            LogFile log;
            try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                Files.write(folder.log(), new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                log = LogFile.fromNow(folder);
                start(folder, command, Restarts.NONE, detached, fault);
            }
            var attachment = new Attachment(engine, Container.of(folder, engine), terminal);
            var input = interactive && terminal ? attachment.input() : detached.input();
            return attachment.run(log, input, keys, true);
        });
    }

    /**
     * Stays with a container that runs until it has ended, or the user leaves it; returns its exit status.
     *
     * @param interactive whether standard input is passed on
     * @param passSignals whether signals are passed on
     * @throws EngineException if it does not run, or runs in the foreground of another koker
     */
    public int attach(String name, boolean interactive, DetachKeys keys, boolean passSignals) {
        return attempt("cannot attach to container " + name, () -> {
            prepare();
            var container = find(name);
            refuseDead(container, "attach to");
            if (!Files.exists(container.folder().log())) {
                throw new EngineException("container " + name + " runs in the foreground of process "
                        + container.state().run().keeper().pid() + ", which alone has its streams");
            }
            var terminal = SpecFile.read(container.folder().path()).process().terminal();
            var passed =
                    interactive && (terminal || container.state().settings().interactive());
            refuseWithoutTerminal(passed && terminal);
            var attachment = new Attachment(engine, container, terminal);
            var log = LogFile.fromNow(container.folder());
            return attachment.run(log, passed ? attachment.input() : Optional.empty(), keys, passSignals);
        });
    }

    /** What the supervisor of a container leaves to koker: to start it again, or to remove it. */
    public void finish(String id) {
        attempt("cannot finish container " + id, () -> {
            var folder = directory.folder(id);
            var attendance =
                    Attendance.inherit(engine.kernel(), engine.home().attended(), id, SupervisorStep.ATTENDANCE);
            try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                var state = folder.read();
                cleaner.cleanHost(folder, state);
                if (state.toBeRemoved()) {
                    cleaner.discard(folder, state);
                    attendance.close();
                    return null;
                }
                folder.write(state);
                attendance.close();
                var end = state.end();
                if (end != null && !end.stopped() && RestartPolicy.of(state).restarts(end.status(), end.restarts())) {
                    start(folder, List.of(), Restarts.after(end), new Detached(engine, folder, true), Optional.empty());
                }
            }
            return null;
        });
    }

    /** All containers, the youngest first, as they are at this moment. Nobody is waited for. */
    public List<Container> list() {
        return list(false, all -> all);
    }

    /**
     * What {@code view} makes of them, beside which those are searched for that nobody looks after any more; if there are some, it is done
     * again.
     *
     * @param brief whether only that is asked for which a list shows by itself; then it takes less time
     */
    public <T> T list(boolean brief, Function<List<Container>, T> view) {
        return attempt("cannot list the containers", () -> {
            makeFolders();
            var list = new ContainerList(engine, directory);
            var seen = view.apply(list.containers(brief));
            return cleaner.sweep() ? view.apply(list.containers(brief)) : seen;
        });
    }

    /**
     * A container as it is at this moment, by name, ID, or the beginning of its ID.
     *
     * @throws EngineException if there is no such container
     */
    public Container get(String name) {
        return attempt("cannot look at container " + name, () -> {
            prepare();
            return find(name);
        });
    }

    /** All that is known of a container, as JSON with the names that Docker gives it. */
    public JsonObject inspect(String name) {
        return attempt("cannot inspect container " + name, () -> {
            prepare();
            var container = find(name);
            return new ContainerDescription(
                            container, SpecFile.read(container.folder().path()))
                    .json();
        });
    }

    /**
     * The namespaces of a container beside the host's.
     *
     * @throws EngineException if it does not run
     */
    public List<Namespaces> namespaces(String name) {
        return attempt("cannot look into container " + name, () -> {
            prepare();
            var container = find(name);
            refuseDead(container, "look into");
            return Namespaces.of(container.pid());
        });
    }

    /**
     * What ps(1) says of the container's processes: a header and a line for each.
     *
     * @param options of ps; none for -ef
     * @throws EngineException if it does not run
     */
    public List<String> top(String name, List<String> options) {
        return attempt("cannot show the processes of container " + name, () -> {
            prepare();
            var container = find(name);
            refuseDead(container, "show the processes of");
            return new Top(engine.cgroups().processes(container.folder().cgroupsPath())).lines(options);
        });
    }

    /** What each of {@code containers} uses at this moment. */
    public List<Stats> stats(List<Container> containers) {
        return containers.stream()
                .map(container -> Stats.of(container, engine.cgroups()))
                .toList();
    }

    /**
     * Copies files between a container and the host.
     *
     * @throws EngineException if there is no such container or file, or something else is where the copy should go
     */
    public void copy(CopyOptions options) {
        attempt("cannot copy", () -> {
            prepare();
            files(options.container()).copy(options);
            return null;
        });
    }

    /** What a container has changed of its image's files, sorted by path. */
    public List<Change> changes(String name) {
        return attempt("cannot look into container " + name, () -> {
            prepare();
            return files(name).changes();
        });
    }

    /**
     * Writes a container's root to a tar, without what is mounted there.
     *
     * @param file absent for standard output
     * @throws EngineException if that is a terminal
     */
    public void export(String name, Optional<Path> file) {
        attempt("cannot export container " + name, () -> {
            prepare();
            files(name).export(file);
            return null;
        });
    }

    /** Makes an image of a container, which {@code archives} takes over, and returns its ID. */
    public Digest commit(String name, Archives archives, CommitOptions options) {
        return attempt("cannot commit container " + name, () -> {
            prepare();
            return files(name).commit(archives, options);
        });
    }

    /**
     * Removes a container, by name, ID, or the beginning of its ID.
     *
     * @param force whether one that runs is killed first
     * @throws EngineException if there is no such container, or it is running
     */
    public void remove(String name, boolean force) {
        attempt("cannot remove container " + name, () -> {
            prepare();
            var folder = directory.find(name);
            State state;
            try {
                state = folder.read();
            } catch (EngineException damaged) {
                if (!folder.described()) {
                    throw damaged; // somebody else removes it at this moment
                }
                try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                    cleaner.remove(folder, directory.names(folder));
                }
                return null;
            }
            var container = Container.of(folder, engine);
            if (container.isAlive()) {
                if (!force) {
                    throw new EngineException("container " + name + " is " + container.status()
                            + "; end it first with koker stop, or remove it with -f");
                }
                new Ending(engine).kill(container, false);
            }
            var lock = ContainerLock.holdIfThere(engine.kernel(), folder);
            if (lock.isPresent()) { // if not, somebody else has removed it
                try (var _ = lock.get();
                        var _ = new Ending(engine).relieve(folder)) {
                    cleaner.discard(folder, folder.read());
                }
            }
            return null;
        });
    }

    /**
     * Removes all containers that do not run, and are among {@code filters}.
     *
     * @throws EngineException if one cannot be removed
     */
    public PrunedContainers prune(List<PruneFilter> filters) {
        return attempt("cannot remove the containers that do not run", () -> {
            prepare();
            return new Pruning(engine, cleaner, filters).of(directory.list());
        });
    }

    /**
     * Changes what a container may use, and when it is started again; at once if it runs.
     *
     * @throws EngineException if that cannot be; nothing is changed then
     */
    public void update(String name, UpdateOptions options) {
        attempt("cannot update container " + name, () -> {
            prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine.kernel(), folder)) {
                new Update(engine, Container.of(folder, engine)).make(options);
            }
            return null;
        });
    }

    /**
     * Ends koker with {@code status}, if it has made system calls: Java would first wait 300 ms for threads that are inside one, and may be for
     * ever.
     */
    public void exit(int status) {
        if (!engine.kernel().madeCalls()) {
            return;
        }
        engine.trace().heading("Exit", Map.of());
        engine.kernel().transfer(Calls.exit(status));
    }

    private void start(
            ContainerFolder folder, List<String> command, Restarts restarts, Detached detached, Optional<Fault> fault)
            throws IOException {
        var container = Container.of(folder, engine);
        if (container.isAlive()) {
            throw new EngineException("container " + container.title() + " is already " + container.status());
        }
        if (container.status() == Container.Status.REMOVING) {
            throw new EngineException("container " + container.title() + " is being removed");
        }
        var attendance = new Ending(engine).relieve(folder);
        var state = folder.read();
        var started = false;
        try {
            cleaner.cleanHost(folder, state);
            if (state.run() != null) {
                LogFile.trim(folder); // nobody has noted its end
            }
            folder.write(state); // what a supervisor has noted is in state.json from now on
            var spec = SpecFile.read(folder.path());
            detached.start(state, command.isEmpty() ? spec : spec.running(command), attendance, restarts, fault);
            started = true;
        } finally {
            if (started) {
                attendance.leave();
            } else {
                cleaner.cleanHost(folder, state);
                folder.write(state);
                attendance.close();
            }
        }
    }

    /** Does what is left to do for a container that the user has stopped, unless another one has started it again by now. */
    private void settle(ContainerFolder folder, boolean toRestart) throws IOException {
        var lock = ContainerLock.holdIfThere(engine.kernel(), folder);
        if (lock.isEmpty()) {
            return;
        }
        try (var _ = lock.get()) {
            if (!Container.of(folder, engine).isAlive()) {
                try (var _ = new Ending(engine).relieve(folder)) {
                    var state = folder.read();
                    if (!state.wasNeverStarted()) {
                        folder.write(state.stopped(toRestart));
                        cleaner.settle(folder);
                    }
                }
            }
        } catch (EngineException e) {
            if (folder.described()) {
                throw e;
            }
            // Whoever ran it in the foreground has removed it.
        }
    }

    private void prepare() throws IOException {
        makeFolders();
        engine.cgroups(); // before anything is made: without them nothing could be removed either
        cleaner.sweep();
    }

    private void makeFolders() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            throw new EngineException("koker must run as root: it makes namespaces and mounts; try: sudo koker …");
        }
        var home = engine.home();
        // Images hold setuid programs of any kind: no other user of the host may come near them.
        var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (var folder : List.of(home.root(), home.layers(), home.containers(), home.names())) {
            Files.createDirectories(folder, closed);
        }
    }

    private Creation make(RunOptions options) throws IOException {
        return Creation.of(engine, images, directory, cleaner, options);
    }

    /** What a verb does, which may fail at the files that koker keeps. */
    private interface Verb<T> {
        T act() throws IOException;
    }

    private <T> T attempt(String failure, Verb<T> verb) {
        try {
            return verb.act();
        } catch (IOException e) {
            throw new EngineException(failure + " under " + engine.home().root() + ": " + reason(e));
        } catch (UncheckedIOException e) {
            throw new EngineException(failure + " under " + engine.home().root() + ": " + reason(e.getCause()));
        }
    }

    /** The system's own words, and what they are about. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file";
            case FileSystemException system
            when system.getReason() != null -> system.getFile() + ": " + system.getReason();
            default -> e.getMessage();
        };
    }
}
