package koker.engine;

import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.OpenFlag;

/** Keeps other koker commands from changing a container meanwhile: a lock on its folder, which needs no file, and which the kernel lifts. */
final class ContainerLock implements AutoCloseable {
    private final Kernel kernel;
    private final int descriptor;

    private ContainerLock(Kernel kernel, int descriptor) {
        this.kernel = kernel;
        this.descriptor = descriptor;
    }

    /**
     * Waits until nobody else has it.
     *
     * @throws EngineException if the container is gone by then
     */
    static ContainerLock hold(Kernel kernel, ContainerFolder folder) {
        return holdIfThere(kernel, folder)
                .orElseThrow(() -> new EngineException("container " + folder.id() + " has just been removed"));
    }

    /** Waits until nobody else has it; nothing if the container is gone by then. */
    static Optional<ContainerLock> holdIfThere(Kernel kernel, ContainerFolder folder) {
        var open = Calls.openat(folder.path().toString(), OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC);
        var descriptor = (int) kernel.call(open.tolerating(Errno.ENOENT));
        if (descriptor < 0) {
            return Optional.empty();
        }
        kernel.call(Calls.lock(descriptor));
        if (!folder.described()) {
            kernel.call(Calls.close(descriptor));
            return Optional.empty();
        }
        return Optional.of(new ContainerLock(kernel, descriptor));
    }

    /** A copy of the descriptor in another process does not keep the lock. */
    @Override
    public void close() {
        kernel.call(Calls.unlock(descriptor));
        kernel.call(Calls.close(descriptor));
    }
}
