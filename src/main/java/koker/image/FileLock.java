package koker.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock on one byte of a file, held against the other processes and the other threads of this one; the kernel releases
 * it when the process ends, however it ends (fcntl_locking(2)).
 *
 * <p>Such a lock belongs to the whole process and is lost when the process closes the file, however often it has it
 * open. So each file is opened once, for all threads, and closed when none uses it.
 */
final class FileLock implements AutoCloseable {
    private static final long PAUSE_NANOS = 5_000_000;
    private static final Map<Path, Shared> SHARED = new HashMap<>();

    private final Shared shared;
    private final ReentrantLock threads;
    private final java.nio.channels.FileLock processes;

    private FileLock(Shared shared, ReentrantLock threads, java.nio.channels.FileLock processes) {
        this.shared = shared;
        this.threads = threads;
        this.processes = processes;
    }

    private static final class Shared {
        final Path file;
        final FileChannel channel;
        final Map<Long, ReentrantLock> positions = new HashMap<>();
        int users;

        Shared(Path file) throws IOException {
            this.file = file;
            this.channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
    }

    /** Waits until nobody else holds the byte at {@code position}. */
    static FileLock hold(Path file, long position) throws IOException {
        return hold(file, position, false);
    }

    /** Waits until nobody else holds the byte at {@code position} alone; others may hold it in the same way, in other processes. */
    static FileLock holdShared(Path file, long position) throws IOException {
        return hold(file, position, true);
    }

    private static FileLock hold(Path file, long position, boolean withOthers) throws IOException {
        var shared = open(file);
        var threads = threads(shared, position);
        threads.lock();
        try {
            return new FileLock(shared, threads, wait(shared.channel, position, withOthers));
        } catch (IOException | RuntimeException e) {
            threads.unlock();
            release(shared);
            throw e;
        }
    }

    /**
     * Asks again and again: the kernel believes two processes that wait for one another's locks to be stuck (EDEADLK),
     * even if other threads of theirs will release them (fcntl_locking(2), "Deadlock detection").
     */
    private static java.nio.channels.FileLock wait(FileChannel channel, long position, boolean withOthers)
            throws IOException {
        while (true) {
            var lock = channel.tryLock(position, 1, withOthers);
            if (lock != null) {
                return lock;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                throw new FileLockInterruptionException();
            }
        }
    }

    /** Takes the byte at {@code position} if nobody holds it, this thread included. */
    static Optional<FileLock> tryHold(Path file, long position) throws IOException {
        var shared = open(file);
        var threads = threads(shared, position);
        if (!threads.isHeldByCurrentThread() && threads.tryLock()) {
            try {
                var processes = shared.channel.tryLock(position, 1, false);
                if (processes != null) {
                    return Optional.of(new FileLock(shared, threads, processes));
                }
            } catch (IOException | RuntimeException e) {
                threads.unlock();
                release(shared);
                throw e;
            }
            threads.unlock();
        }
        release(shared);
        return Optional.empty();
    }

    /** Lets the next one have it. */
    void release() throws IOException {
        try {
            processes.release();
        } finally {
            threads.unlock();
            release(shared);
        }
    }

    /** As {@link #release}. */
    @Override
    public void close() {
        try {
            release();
        } catch (IOException e) {
            throw ImageException.because("cannot unlock " + shared.file, e);
        }
    }

    private static Shared open(Path file) throws IOException {
        synchronized (SHARED) {
            var path = file.toAbsolutePath().normalize();
            var shared = SHARED.get(path);
            if (shared == null) {
                shared = new Shared(path);
                SHARED.put(path, shared);
            }
            shared.users++;
            return shared;
        }
    }

    private static ReentrantLock threads(Shared shared, long position) {
        synchronized (SHARED) {
            return shared.positions.computeIfAbsent(position, first -> new ReentrantLock());
        }
    }

    private static void release(Shared shared) throws IOException {
        synchronized (SHARED) {
            if (--shared.users == 0) {
                SHARED.remove(shared.file);
                shared.channel.close();
            }
        }
    }
}
