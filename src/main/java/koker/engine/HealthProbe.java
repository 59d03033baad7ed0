package koker.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import koker.cgroup.Freezer;
import koker.image.HealthCheck;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.OpenFlag;
import koker.kernel.Signal;
import koker.plan.Launch;
import koker.process.Transfer;
import koker.spec.SpecFile;

/** One check of whether a container that runs is well: a command that is run in it, with a limit of time, and what that says. */
final class HealthProbe {
    private static final int TOO_LONG = -1;

    private final Engine engine;
    private final Container container;
    private final HealthCheck check;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    /**
     * A check of {@code container}.
     *
     * @throws EngineException if there is none for it
     */
    HealthProbe(Engine engine, Container container) {
        this.engine = engine;
        this.container = container;
        this.check = container.state().settings().healthCheck();
        if (check == null) {
            throw new EngineException("container " + container.title()
                    + " has no health check; make it from an image that has one, or with --health-cmd");
        }
    }

    /**
     * Makes the check, and notes what it says; nothing if it says nothing of this life of the container, which has ended or is paused.
     *
     * @throws IOException if that cannot be noted
     */
    Optional<Health> run() throws IOException {
        var start = System.currentTimeMillis();
        var exitCode = Optional.<Integer>empty();
        try {
            exitCode = probe();
        } catch (EngineException e) {
            exitCode = Optional.of(e.status());
            output.writeBytes(e.getMessage().getBytes(StandardCharsets.UTF_8));
        }
        return exitCode.isEmpty()
                ? Optional.empty()
                : note(new Health.Check(start, System.currentTimeMillis(), exitCode.get(), said()));
    }

    private String said() {
        var bytes = output.toByteArray();
        return new String(bytes, 0, Math.min(bytes.length, Health.Check.OUTPUT), StandardCharsets.UTF_8);
    }

    private Optional<Integer> probe() throws IOException {
        var kernel = engine.kernel();
        var command = check.command().orElseThrow();
        var exec = new Exec(
                engine.clear(),
                container,
                new ExecOptions(command, false, false, false, List.of(), Optional.empty(), Optional.empty(), false));
        var nothing = (int) kernel.call(Calls.openat("/dev/null", OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC));
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        var uid = SpecFile.read(container.folder().path()).process().user().uid();
        if (uid != 0) {
            kernel.call(Calls.fchown(pipe.second(), uid, -1)); // who may want to open it again, as /dev/stderr
        }
        try {
            Launch launch;
            try {
                launch = exec.launch(List.of(nothing, pipe.second(), pipe.second()), true);
            } finally {
                kernel.call(Calls.close(pipe.second()));
                kernel.call(Calls.close(nothing));
            }
            return await(launch, pipe.first());
        } finally {
            kernel.call(Calls.close(pipe.first()));
        }
    }

    /** Waits for the process, and returns its exit status. */
    private Optional<Integer> await(Launch launch, int pipe) {
        var kernel = engine.kernel();
        var transfer = new Transfer(kernel);
        var buffer = new byte[2 * Health.Check.OUTPUT];
        var process = (int) kernel.call(Calls.pidfdOpen(launch.pid()));
        var deadline = System.nanoTime() + check.timeout();
        var open = true;
        try {
            while (!isReady(process)) {
                var left = deadline - System.nanoTime();
                if (left <= 0) {
                    return kill(launch);
                }
                var waited = open ? List.of(process, pipe) : List.of(process);
                kernel.transfer(Calls.awaitInput(waited, Duration.ofNanos(left)).tolerating(Errno.EINTR));
                open = open && (!isReady(pipe) || take(transfer, pipe, buffer));
            }
            // Whoever it has left behind may go on to write for ever.
            while (open && output.size() < Health.Check.OUTPUT && isReady(pipe)) {
                open = take(transfer, pipe, buffer);
            }
            return Optional.of(launch.await().code());
        } finally {
            kernel.call(Calls.close(process));
        }
    }

    private boolean isReady(int descriptor) {
        return engine.kernel()
                        .transfer(Calls.awaitInput(descriptor, Duration.ZERO).tolerating(Errno.EINTR))
                > 0;
    }

    private boolean take(Transfer transfer, int pipe, byte[] buffer) {
        var count = transfer.read(pipe, buffer);
        if (count > 0 && output.size() < Health.Check.OUTPUT) {
            output.write(buffer, 0, count);
        }
        return count > 0;
    }

    /** It took too long; all that it has started goes with it. */
    private Optional<Integer> kill(Launch launch) {
        engine.kernel().call(Calls.kill(-launch.pid(), Signal.SIGKILL).tolerating(Errno.ESRCH));
        if (engine.cgroups()
                .freezer(container.folder().cgroupsPath())
                .filter(Freezer::isWanted)
                .isPresent()) {
            return Optional.empty(); // it ends when the container goes on
        }
        launch.await();
        var wrote = said();
        output.reset();
        output.writeBytes(("Health check exceeded timeout ("
                        + Duration.ofNanos(check.timeout()).toMillis() + " ms)" + (wrote.isEmpty() ? "" : ": " + wrote))
                .getBytes(StandardCharsets.UTF_8));
        return Optional.of(TOO_LONG);
    }

    private Optional<Health> note(Health.Check done) throws IOException {
        var folder = container.folder();
        var lock = ContainerLock.holdIfThere(engine, folder);
        if (lock.isEmpty()) {
            return Optional.empty();
        }
        try (var _ = lock.get()) {
            var now = Container.of(folder, engine);
            var run = now.state().run();
            if (!now.isAlive() || !run.process().isSame(container.state().run().process())) {
                return Optional.empty();
            }
            var health = Health.of(folder, now.state()).after(done, check, run.started());
            health.write(folder);
            return Optional.of(health);
        }
    }
}
