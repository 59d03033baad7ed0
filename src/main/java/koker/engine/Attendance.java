package koker.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    /** Looks after the container {@code id} from now on. */
    static Attendance begin(Path folder, String id) throws IOException {
        // Under its name the file is never seen unlocked.
        var unnamed = folder.resolve("." + id);
        var channel = FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var lock = channel.lock();
        var file = folder.resolve(id);
        Files.move(unnamed, file, StandardCopyOption.ATOMIC_MOVE);
        return new Attendance(file, channel, lock);
    }

    /** The containers that somebody looks after, or did. */
    static List<String> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
    }

    /** Takes over the container {@code id}, unless somebody looks after it. */
    static Optional<Attendance> takeOver(Path folder, String id) throws IOException {
        var file = folder.resolve(id);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var channel = FileChannel.open(file, StandardOpenOption.WRITE);
        var lock = channel.tryLock();
        if (lock == null) {
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
