package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import koker.image.UnpackLimits;
import koker.kernel.Signal;
import koker.plan.SupervisorStep;
import koker.process.Terminal;
import koker.spec.SpecFile;

/** The containers of a host: made, run, looked after and removed, without a daemon. */
public final class Containers {
    private final Household household;
    private final Engine engine;
    private final Images images;
    private final Directory directory;
    private final Cleaner cleaner;

    /**
     * Those of {@code household}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     * @param limits how much a layer may be when it is unpacked
     */
    public Containers(Household household, Optional<Path> embedded, UnpackLimits limits) {
        this.household = household;
        this.engine = household.engine();
        this.images = new Images(engine, embedded, limits);
        this.directory = household.directory();
        this.cleaner = household.cleaner();
    }

    /**
     * Makes a container, and returns its ID.
     *
     * @throws EngineException if it cannot be made; nothing is left behind
     */
    public String create(RunOptions options) {
        return household.attempt("cannot make a container", () -> {
            household.prepare();
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
        return household.attempt("cannot make a container", () -> {
            household.prepare();
            try (var creation = make(options)) {
                new Detached(engine, creation.folder(), true)
                        .start(creation.state(), creation.spec(), creation.attendance(), Restarts.NONE);
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
        return household.attempt("cannot make a container", () -> {
            refuseWithoutTerminal(options.interactive() && options.terminal());
            household.prepare();
            try (var creation = make(options)) {
                var end = new Session(engine)
                        .run(creation.folder(), creation.state(), creation.spec(), options.interactive());
                if (!options.removed()) {
                    cleaner.cleanHost(creation.folder(), creation.state());
                    creation.folder().write(creation.folder().read().with(end)); // others may have renamed it
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
    public String start(String name, List<String> command) {
        return household.attempt("cannot start container " + name, () -> {
            household.prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine, folder)) {
                start(folder, command, Restarts.NONE, new Detached(engine, folder, true));
            }
            return folder.id();
        });
    }

    /** Whether there is a container for each of {@code names}. */
    public boolean areAll(List<String> names) {
        return household.attempt("cannot look at the containers", () -> {
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
        household.attempt("cannot stop container " + name, () -> {
            household.prepare();
            stop(household.find(name), timeout, false);
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
        household.attempt("cannot kill container " + name, () -> {
            household.prepare();
            var container = household.alive(name, "kill");
            var ending = new Ending(engine);
            if (Ending.isBy(container, signal)) {
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
        household.attempt("cannot restart container " + name, () -> {
            household.prepare();
            var container = household.find(name);
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
        start(name, List.of());
    }

    /** Stops all processes of a container where they are, or lets them go on. */
    public void pause(String name, boolean paused) {
        household.attempt("cannot " + (paused ? "pause" : "unpause") + " container " + name, () -> {
            household.prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine, folder)) {
                var container = Container.of(folder, engine);
                Household.refusePause(container, paused);
                var freezer = engine.cgroups()
                        .freezer(folder.cgroupsPath())
                        .orElseThrow(
                                () -> new EngineException("this host has no cgroup whose processes can be stopped"));
                // Who lists containers asks the kernel only of those that may be paused.
                if (paused) {
                    folder.write(container.state().paused(true));
                    freezer.stop(engine.runner());
                } else {
                    engine.runner().make(freezer.freeze(false));
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
        return household.attempt("cannot wait for container " + name, () -> {
            household.prepare();
            var container = household.find(name);
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

    /** Gives a container another name. */
    public void rename(String name, String newName) {
        household.attempt("cannot rename container " + name, () -> {
            household.prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine, folder)) {
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

    /** What the supervisor of a container leaves to koker: to start it again, or to remove it. */
    public void finish(String id) {
        household.attempt("cannot finish container " + id, () -> {
            var folder = directory.folder(id);
            var attendance =
                    Attendance.inherit(engine.kernel(), engine.home().attended(), id, SupervisorStep.ATTENDANCE);
            try (var _ = ContainerLock.hold(engine, folder)) {
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
                    start(folder, List.of(), Restarts.after(end), new Detached(engine, folder, true));
                }
            }
            return null;
        });
    }

    /**
     * Removes a container, by name, ID, or the beginning of its ID.
     *
     * @param force whether one that runs is killed first
     * @throws EngineException if there is no such container, or it is running
     */
    public void remove(String name, boolean force) {
        household.attempt("cannot remove container " + name, () -> {
            household.prepare();
            var folder = directory.find(name);
            State state;
            try {
                state = folder.read();
            } catch (EngineException damaged) {
                if (!folder.described()) {
                    throw damaged; // somebody else removes it at this moment
                }
                try (var _ = ContainerLock.hold(engine, folder)) {
                    household.askedCleaner().remove(folder, directory.names(folder));
                }
                return null;
            }
            var container = Container.of(folder, engine);
            Household.refuseRemoval(container, force);
            if (container.isAlive()) {
                new Ending(engine).kill(container, false);
            }
            var lock = ContainerLock.holdIfThere(engine, folder);
            if (lock.isPresent()) { // if not, somebody else has removed it
                try (var _ = lock.get();
                        var _ = new Ending(engine).relieve(folder)) {
                    household.askedCleaner().discard(folder, folder.read());
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
        return household.attempt("cannot remove the containers that do not run", () -> {
            household.prepare();
            return new Pruning(engine, cleaner, filters).of(directory.list());
        });
    }

    /**
     * Changes what a container may use, and when it is started again; at once if it runs.
     *
     * @throws EngineException if that cannot be; nothing is changed then
     */
    public void update(String name, UpdateOptions options) {
        household.attempt("cannot update container " + name, () -> {
            household.prepare();
            var folder = directory.find(name);
            try (var _ = ContainerLock.hold(engine, folder)) {
                new Update(engine, Container.of(folder, engine)).make(options);
            }
            return null;
        });
    }

    private void start(ContainerFolder folder, List<String> command, Restarts restarts, Detached detached)
            throws IOException {
        var container = Container.of(folder, engine);
        Household.refuseAlive(container);
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
            detached.start(state, command.isEmpty() ? spec : spec.running(command), attendance, restarts);
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
        var lock = ContainerLock.holdIfThere(engine, folder);
        if (lock.isEmpty()) {
            return;
        }
        try (var _ = lock.get()) {
            if (!Container.of(folder, engine).isAlive()) {
                try (var _ = new Ending(engine).relieve(folder)) {
                    var state = folder.read();
                    if (!state.wasNeverStarted()) {
                        folder.write(state.stopped(toRestart));
                        household.askedCleaner().settle(folder);
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

    private Creation make(RunOptions options) throws IOException {
        return Creation.of(engine, images, directory, cleaner, options);
    }

    /**
     * Runs a further command in a container that runs, and returns its exit status; 0 at once if it is detached.
     *
     * @throws EngineException if the container does not run, or the command cannot be started
     */
    public int exec(String name, ExecOptions options) {
        return household.attempt("cannot run a command in container " + name, () -> {
            refuseWithoutTerminal(options.interactive() && options.terminal());
            household.prepare();
            var container = household.alive(name, "run a command in");
            Household.refusePaused(container);
            return new Exec(engine, container, options).run();
        });
    }

    /**
     * Starts a container that does not run and stays with it until it has ended, or the user leaves it; returns its exit status.
     *
     * @param command replaces its command, this once; empty keeps it
     * @param interactive whether standard input is passed on, too
     * @throws EngineException if there is none, it runs, or it cannot be started
     */
    public int startAttached(String name, List<String> command, boolean interactive, DetachKeys keys) {
        return household.attempt("cannot start container " + name, () -> {
            household.prepare();
            var folder = directory.find(name);
            var terminal = SpecFile.read(folder.path()).process().terminal();
            refuseWithoutTerminal(interactive && terminal);
            var detached = new Detached(engine, folder, !interactive);
            LogFile log;
            try (var _ = ContainerLock.hold(engine, folder)) {
                Files.write(folder.log(), new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                log = LogFile.fromNow(folder);
                start(folder, command, Restarts.NONE, detached);
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
        return household.attempt("cannot attach to container " + name, () -> {
            household.prepare();
            var container = household.alive(name, "attach to");
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

    private void refuseWithoutTerminal(boolean wanted) {
        if (wanted && !Terminal.is(engine.kernel(), 0)) {
            throw new EngineException("the input device is not a TTY; leave out -t, or do not pass it on");
        }
    }
}
