package koker.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * Says that this process looks after a container: a locked file in a folder. The kernel lets go of the lock when the process ends,
 * however it ends; a file that nobody holds names a container that was left in the lurch.
 */
final class Attendance implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;

    private Attendance(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /** Looks after the container {@code id}, which nobody else knows of, from now on. */
    static Attendance begin(Path folder, String id) throws IOException {
        var file = folder.resolve(id);
        while (true) {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            var lock = channel.lock();
            if (Files.exists(file)) {
                return new Attendance(file, channel, lock);
            }
            // Before it was locked somebody took it for one that was left, and removed it.
            channel.close();
        }
    }

    /** The containers that somebody looks after, or did. */
    static List<String> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Takes over the container {@code id}, unless somebody looks after it. */
    static Optional<Attendance> takeOver(Path folder, String id) throws IOException {
        var file = folder.resolve(id);
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            return Optional.empty(); // it has just ended
        }
        var lock = channel.tryLock();
        if (lock == null || !Files.exists(file)) {
            channel.close();
            return Optional.empty();
        }
        return Optional.of(new Attendance(file, channel, lock));
    }

    /** The container needs nobody any more. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
        lock.release();
        channel.close();
    }
}
