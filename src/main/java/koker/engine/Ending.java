package koker.engine;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import koker.kernel.Signal;
import koker.process.ProcessId;
import koker.process.RunningProcess;

/** Ends containers: asks them to, kills them, and waits until they and those who look after them are gone. */
final class Ending {
    /** How long a container may take to go when it was killed. */
    static final Duration AFTER_KILL = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final Duration FOREVER = Duration.ofDays(365_000);

    private final Engine engine;

    Ending(Engine engine) {
        this.engine = engine;
    }

    /** Asks the container to end by its stop signal, perhaps {@code toRestart} it, and kills it after {@code timeout} seconds. */
    void stop(Container container, Optional<Integer> timeout, boolean toRestart) throws IOException {
        end(container, stopSignal(container), toRestart);
        if (!await(container, patience(container, timeout))) {
            kill(container, toRestart);
        }
    }

    /** The signal that asks the container to end. */
    static Signal stopSignal(Container container) {
        return Signal.parse(container.state().settings().stopSignal());
    }

    /** Whether the signal is one that is to end the container. */
    static boolean isBy(Container container, Signal signal) {
        return signal == Signal.SIGKILL || signal == stopSignal(container);
    }

    /** How long the container has from being asked to being killed; {@code timeout} seconds, or what it is made with. */
    static Duration patience(Container container, Optional<Integer> timeout) {
        int seconds = timeout.orElse(container.state().settings().stopTimeout());
        return seconds < 0 ? FOREVER : Duration.ofSeconds(seconds);
    }

    /** Kills the container, and waits until it is gone. */
    void kill(Container container, boolean toRestart) throws IOException {
        end(container, Signal.SIGKILL, toRestart);
        if (!await(container, AFTER_KILL)) {
            throw new EngineException("container " + container.title()
                    + " does not end, though it was killed; see what it waits for: cat /proc/"
                    + container.state().run().process().pid() + "/stack");
        }
    }

    /** Sends a signal that is to end the container, so that it is not started again; one that is paused goes on. */
    void end(Container container, Signal signal, boolean toRestart) throws IOException {
        noteStopping(container, toRestart);
        signal(container, signal);
        thaw(container);
    }

    /** Sends a signal to the container's first process. */
    void signal(Container container, Signal signal) {
        signal(container.state().run().process(), signal);
    }

    private void signal(ProcessId process, Signal signal) {
        running(process).signal(signal);
    }

    private RunningProcess running(ProcessId process) {
        return new RunningProcess(engine.kernel(), engine.maker(), process);
    }

    /** Waits until the container has ended, and returns how, as soon as whoever looks after it has noted it; nothing if nobody does. */
    Optional<State.End> await(Container container) throws IOException {
        await(container, FOREVER);
        while (true) {
            // In this order: it is noted before nobody looks after the container any more.
            var attended = Attendance.isHeld(
                    engine.kernel(),
                    engine.home().attended(),
                    container.folder().id());
            var end = container.folder().read().end();
            if (end != null || !attended || container.state().run() == null) {
                return Optional.ofNullable(end);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Waits until the container's first process has ended; returns whether that is so. */
    boolean await(Container container, Duration limit) {
        var run = container.state().run();
        return run == null || running(run.process()).awaitEnd(limit);
    }

    /**
     * Looks after a container that has ended, in place of whoever still does; the caller holds its lock.
     *
     * @throws EngineException if that one does not go
     */
    Attendance relieve(ContainerFolder folder) throws IOException {
        var deadline = Instant.now().plus(AFTER_KILL);
        while (true) {
            engine.trace().heading("Look after container", Map.of("id", folder.id()));
            var attendance = Attendance.begin(engine.kernel(), engine.home().attended(), folder.id());
            if (attendance.isPresent()) {
                return attendance.get();
            }
            if (Instant.now().isAfter(deadline)) {
                throw new EngineException(
                        "container " + folder.id() + " is still looked after by another koker; try again");
            }
            // One that has noted the end only cleans up, which is done here too, or waits, for the lock or to start the
            // container again.
            var end = folder.read().end();
            if (end != null && end.supervisor() != null) {
                signal(end.supervisor(), Signal.SIGKILL);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void noteStopping(Container container, boolean toRestart) throws IOException {
        try (var _ = ContainerLock.hold(engine, container.folder())) {
            container.folder().write(container.folder().read().stopped(toRestart));
        }
    }

    void thaw(Container container) {
        var freezer = engine.cgroups().freezer(container.folder().cgroupsPath());
        if (freezer.isPresent() && freezer.get().isWanted()) {
            engine.maker().make(freezer.get().freeze(false));
        }
    }
}
