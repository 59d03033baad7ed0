package koker.image;

import java.io.IOException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.KernelException;
import koker.kernel.OpenFlag;

/**
 * A lock on one byte of a file, held against other processes and other threads of this one alike: it belongs to the file as it was opened for
 * the lock, fcntl_locking(2), "Open file description locks". The kernel releases it when the process ends, however it ends.
 */
final class FileLock implements AutoCloseable {
    private static final long PAUSE_NANOS = 5_000_000;

    private final Kernel kernel;
    private final int descriptor;

    private FileLock(Kernel kernel, int descriptor) {
        this.kernel = kernel;
        this.descriptor = descriptor;
    }

    /** Waits until nobody else holds the byte at {@code position}. */
    static FileLock hold(Kernel kernel, Path file, long position) throws IOException {
        return hold(kernel, file, position, false);
    }

    /** Waits until nobody else holds the byte at {@code position} alone; others may hold it in the same way. */
    static FileLock holdShared(Kernel kernel, Path file, long position) throws IOException {
        return hold(kernel, file, position, true);
    }

    /** Asks again and again: a thread that waited in fcntl(2) could not be interrupted. */
    private static FileLock hold(Kernel kernel, Path file, long position, boolean shared) throws IOException {
        var lock = open(kernel, file);
        while (!lock.take(file, position, shared)) {
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                lock.close();
                throw new FileLockInterruptionException();
            }
        }
        return lock;
    }

    /** Takes the byte at {@code position} if nobody holds it. */
    static Optional<FileLock> tryHold(Kernel kernel, Path file, long position) throws IOException {
        var lock = open(kernel, file);
        if (lock.take(file, position, false)) {
            return Optional.of(lock);
        }
        lock.close();
        return Optional.empty();
    }

    private static FileLock open(Kernel kernel, Path file) throws IOException {
        try {
            var open = Calls.create(file.toString(), 0644, OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC);
            return new FileLock(kernel, (int) kernel.transfer(open));
        } catch (KernelException e) {
            throw new FileSystemException(file.toString(), null, ImageException.reason(e));
        }
    }

    private boolean take(Path file, long position, boolean shared) throws IOException {
        try {
            return kernel.transfer(
                            Calls.tryToLockByte(descriptor, position, shared).tolerating(Errno.EAGAIN))
                    == 0;
        } catch (KernelException e) {
            close();
            throw new FileSystemException(file.toString(), null, ImageException.reason(e));
        }
    }

    /** Lets the next one have it. */
    @Override
    public void close() {
        kernel.transfer(Calls.close(descriptor));
    }
}
