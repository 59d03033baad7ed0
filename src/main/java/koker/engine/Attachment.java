package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.plan.SupervisorStep;
import koker.process.Signals;
import koker.process.Terminal;
import koker.process.Transfer;

/**
 * Connects the user with a container that a supervisor looks after. What the container writes is read from its log; what the user types goes
 * straight to it, by a copy of the supervisor's descriptor.
 */
final class Attachment {
    private static final int BUFFER = 1 << 16;

    private final Engine engine;
    private final Container container;
    private final boolean terminal;

    Attachment(Engine engine, Container container, boolean terminal) {
        this.engine = engine;
        this.container = container;
        this.terminal = terminal;
    }

    /** The other end of the container's standard input, or of its terminal, which the supervisor has; nothing if that has just ended. */
    Optional<Integer> input() {
        var pid = container.state().run().keeper().pid();
        engine.trace().heading("Take input", fields("of", pid));
        var kernel = engine.kernel();
        var keeper = (int) kernel.call(Calls.pidfdOpen(pid).tolerating(Errno.ESRCH));
        if (keeper < 0) {
            return Optional.empty();
        }
        var taken = (int) kernel.call(Calls.pidfdGetfd(keeper, terminal ? SupervisorStep.OUTPUT : SupervisorStep.INPUT)
                .tolerating(Errno.EBADF, Errno.ESRCH));
        kernel.call(Calls.close(keeper));
        if (taken == -Errno.EBADF.number()) {
            throw new EngineException("container " + container.title()
                    + " has no open standard input; make it with -i, or attach with --no-stdin");
        }
        return taken < 0 ? Optional.empty() : Optional.of(taken);
    }

    /**
     * Stays until the container has ended, and returns its exit status; or until the user types {@code keys}, and returns 0.
     *
     * @param log what it writes from now on
     * @param input where to pass standard input on, if at all
     * @param passSignals whether signals are passed on, too
     */
    int run(LogFile log, Optional<Integer> input, DetachKeys keys, boolean passSignals) throws IOException {
        try (var follower = new LogFollower(engine, container, log)) {
            if (passSignals && container.isAlive()) {
                Signals.caught(engine.kernel(), engine.trace(), Signals.Manner.PATIENTLY)
                        .pass(container.pid(), () -> input.ifPresent(this::resize), _ -> follower.stop());
            }
            if (input.isPresent() && terminal) {
                resize(input.get());
                var user = Terminal.ofUser(engine.kernel());
                try (var _ = user.map(each -> Terminal.raw(engine.kernel(), engine.trace(), each))
                        .orElse(null)) {
                    begin(input.get(), keys, follower);
                    copy(follower);
                }
            } else {
                input.ifPresent(descriptor -> begin(descriptor, DetachKeys.parse(""), follower));
                copy(follower);
            }
        }
        if (keys.areTyped()) {
            engine.trace().info("Detached; the container goes on", Map.of());
            return 0;
        }
        var end = container.folder().described() ? container.folder().read().end() : null;
        return end == null ? 0 : end.status();
    }

    private void resize(int input) {
        if (terminal) {
            Terminal.ofUser(engine.kernel())
                    .flatMap(user -> Terminal.size(engine.kernel(), user))
                    .ifPresent(size -> {
                        engine.trace().heading("Size terminal", fields("rows", size.height(), "columns", size.width()));
                        engine.kernel()
                                .call(Calls.setWindowSize(input, size.height(), size.width())
                                        .tolerating(Errno.EIO));
                    });
        }
    }

    private void copy(LogFollower follower) throws IOException {
        var transfer = new Transfer(engine.kernel());
        for (var piece = follower.next(); piece.isPresent(); piece = follower.next()) {
            var bytes = piece.get().bytes();
            if (!transfer.write(piece.get().stream() == 2 ? 2 : 1, bytes, bytes.length)) {
                throw new IOException("nobody reads what the container writes");
            }
        }
    }

    private void begin(int input, DetachKeys keys, LogFollower follower) {
        Thread.ofPlatform().daemon().name("input").start(() -> {
            pass(input, keys);
            if (keys.areTyped()) {
                follower.stop();
            }
        });
    }

    private void pass(int to, DetachKeys keys) {
        var transfer = new Transfer(engine.kernel());
        var buffer = new byte[BUFFER];
        var open = true;
        while (open && !keys.areTyped()) {
            var count = transfer.read(0, buffer);
            var passed = count > 0 ? keys.pass(buffer, count) : new byte[0];
            open = count > 0 && transfer.write(to, passed, passed.length);
        }
        transfer.close(to);
    }
}
