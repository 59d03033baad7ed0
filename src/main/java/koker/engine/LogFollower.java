package koker.engine;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.process.ProcessId;

/** Waits for what a container adds to its log, until it has ended. */
final class LogFollower implements AutoCloseable {
    private final Engine engine;
    private final LogFile log;
    private final ProcessId keeper;
    private final int changes;
    private final int process;
    private final Ends bell = new Ends();
    private volatile boolean stopped;
    private boolean closed;

    /** A follower of {@code log}, the log of {@code container}. */
    LogFollower(Engine engine, Container container, LogFile log) {
        this.engine = engine;
        this.log = log;
        this.keeper =
                container.state().run() == null ? null : container.state().run().keeper();
        engine.trace().heading("Watch log", Map.of());
        this.changes = (int) engine.kernel().call(Calls.watcher());
        engine.kernel().call(Calls.pipe(bell));
        engine.kernel().call(Calls.watch(changes, container.folder().path().toString()));
        this.process = keeper == null
                ? -1
                : (int) engine.kernel().call(Calls.pidfdOpen(keeper.pid()).tolerating(Errno.ESRCH));
    }

    /** Ends the waiting, of another thread; nothing, if it has ended. */
    synchronized void stop() {
        stopped = true;
        if (!closed) {
            engine.kernel().transfer(Calls.write(bell.second(), "."));
        }
    }

    /** The next piece, once it is there; empty when the container has ended, and all is told, or there shall be no more. */
    Optional<LogFile.Piece> next() throws IOException {
        while (true) {
            var alive = keeper != null && keeper.isAlive();
            var piece = log.next();
            if (piece.isPresent() || !alive || stopped) {
                return piece;
            }
            engine.kernel()
                    .transfer(Calls.awaitInput(List.of(changes, process, bell.first()))
                            .tolerating(Errno.EINTR));
            engine.kernel().transfer(Calls.read(changes, new byte[4096]).tolerating(Errno.EAGAIN));
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true; // others may get the numbers of what is closed here
        engine.kernel().call(Calls.close(changes));
        engine.kernel().call(Calls.close(bell.first()));
        engine.kernel().call(Calls.close(bell.second()));
        if (process >= 0) {
            engine.kernel().call(Calls.close(process));
        }
        log.close();
    }
}
