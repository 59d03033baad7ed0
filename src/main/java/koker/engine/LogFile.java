package koker.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import koker.plan.SupervisorStep;

/**
 * Reads what a supervisor keeps of a container's output, from one piece to the next; see {@link SupervisorStep.KeepLog}. A piece that is just being
 * written is left for later, and a file that was put aside meanwhile is read to its end first.
 */
final class LogFile implements AutoCloseable {
    /** The most bytes that a supervisor writes at once; more is damage. */
    private static final int LARGEST = 1 << 20;

    /** Where in a header the number of the bytes behind it stands. */
    private static final int LENGTH = 24;

    private final Path current;
    private final Path old;
    private final ByteBuffer header =
            ByteBuffer.allocate(SupervisorStep.KeepLog.HEADER).order(ByteOrder.LITTLE_ENDIAN);
    private FileChannel channel;
    private Object inode;

    private LogFile(ContainerFolder folder) {
        this.current = folder.log();
        this.old = Path.of(folder.log() + ".1");
    }

    /**
     * What was written at once.
     *
     * @param stream 1 for standard output, 2 for standard error
     */
    record Piece(int stream, Instant time, byte[] bytes) {}

    /** The log of a container, from its beginning; empty if it has none. */
    static Optional<LogFile> whole(ContainerFolder folder) throws IOException {
        var log = new LogFile(folder);
        if (Files.exists(log.old)) {
            log.open(log.old);
        } else if (Files.exists(log.current)) {
            log.open(log.current);
        } else {
            return Optional.empty();
        }
        return Optional.of(log);
    }

    /** What is added to the log from now on. */
    static LogFile fromNow(ContainerFolder folder) throws IOException {
        var log = new LogFile(folder);
        log.open(log.current);
        log.channel.position(log.channel.size());
        return log;
    }

    /**
     * Cuts off what a supervisor that was killed has left of a piece, and what cannot be read: what is added later would be taken for the
     * rest of it.
     */
    static void trim(ContainerFolder folder) throws IOException {
        try (var file = FileChannel.open(folder.log(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var header = ByteBuffer.allocate(SupervisorStep.KeepLog.HEADER).order(ByteOrder.LITTLE_ENDIAN);
            var whole = 0L;
            var next = 0L;
            while (next <= file.size()) {
                whole = next;
                var isThere = file.read(header.clear(), whole) == header.capacity();
                var length = header.getLong(LENGTH);
                next = isThere && length >= 0 && length <= LARGEST
                        ? whole + header.capacity() + length
                        : Long.MAX_VALUE;
            }
            if (whole < file.size()) {
                file.truncate(whole);
            }
        } catch (NoSuchFileException e) {
            // It ran in the foreground.
        }
    }

    /**
     * The next piece, if it is there.
     *
     * @throws EngineException if the file is damaged
     */
    Optional<Piece> next() throws IOException {
        var piece = read();
        while (piece.isEmpty() && isAside()) {
            var last = read(); // it may have grown just before it was put aside
            if (last.isPresent()) {
                return last;
            }
            channel.close();
            open(Files.exists(old) && !inode.equals(inode(old)) ? old : current);
            piece = read();
        }
        return piece;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private Optional<Piece> read() throws IOException {
        var start = channel.position();
        header.clear();
        while (header.hasRemaining() && channel.read(header) > 0) {
            // once is nearly always enough
        }
        if (header.hasRemaining()) {
            channel.position(start);
            return Optional.empty();
        }
        var length = header.getLong(LENGTH);
        if (length < 0 || length > LARGEST) {
            throw new EngineException(current + " is damaged at byte " + start + "; the log cannot be read further");
        }
        var bytes = ByteBuffer.allocate((int) length);
        while (bytes.hasRemaining() && channel.read(bytes) > 0) {
            // once is nearly always enough
        }
        if (bytes.hasRemaining()) {
            channel.position(start);
            return Optional.empty();
        }
        var time = Instant.ofEpochSecond(header.getLong(8), header.getLong(16));
        return Optional.of(new Piece((int) header.getLong(0), time, bytes.array()));
    }

    /** A file may be put aside between a look at it and the next. */
    private void open(Path file) throws IOException {
        inode = inode(file);
        channel = FileChannel.open(file);
        while (!inode.equals(inode(file))) {
            channel.close();
            inode = inode(file);
            channel = FileChannel.open(file);
        }
    }

    /** Whether the file that was written to has been put aside. For a moment then there is no other. */
    private boolean isAside() throws IOException {
        try {
            return !inode.equals(inode(current));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }
}
