package koker.engine;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A file that appears under its name when all of it is written, and not at all if that fails. Until then it is
 * {@code .NAME.partial}, which the next one to write it goes on with if koker is killed.
 */
final class OutputFile implements AutoCloseable {
    private static final int BUFFER = 1 << 20;

    private final OutputStream raw;
    private final OutputStream stream;
    private final Optional<Path> partial;
    private final Path file;
    private final Thread whenEnded;
    private volatile boolean finished;

    private OutputFile(OutputStream stream, Optional<Path> partial, Path file) {
        this.raw = stream;
        this.stream = new BufferedOutputStream(stream, BUFFER);
        this.partial = partial;
        this.file = file;
        // Signals end Java in a way that passes by all else.
        this.whenEnded = new Thread(this::deletePartial);
        Runtime.getRuntime().addShutdownHook(whenEnded);
    }

    /** The file {@code file}; what is no plain file, as a pipe, is written to as it is. */
    static OutputFile create(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return new OutputFile(Files.newOutputStream(file), Optional.empty(), file);
        }
        var partial = file.resolveSibling("." + file.getFileName() + ".partial");
        var channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            channel.close();
            throw new EngineException("another koker is just writing " + file + "; wait for it, or give another name");
        }
        channel.truncate(0);
        return new OutputFile(Channels.newOutputStream(channel), Optional.of(partial), file);
    }

    /** Standard output. */
    static OutputFile standard() {
        return new OutputFile(new FileOutputStream(FileDescriptor.out), Optional.empty(), Path.of("-"));
    }

    OutputStream stream() {
        return stream;
    }

    /** All is written. */
    void finish() throws IOException {
        stream.flush();
        if (partial.isPresent()) {
            Files.move(partial.get(), file, StandardCopyOption.ATOMIC_MOVE);
            finished = true; // the next one under that name is another koker's
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(whenEnded);
        deletePartial(); // as long as it is locked
        raw.close(); // not the buffer, which would write what is not finished
    }

    private void deletePartial() {
        try {
            if (partial.isPresent() && !finished) {
                Files.deleteIfExists(partial.get());
            }
        } catch (IOException e) {
            return; // the next one to write the file goes on with it
        }
    }
}
