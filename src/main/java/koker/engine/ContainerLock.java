package koker.engine;

import static koker.trace.Trace.fields;

import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.OpenFlag;

/**
 * Keeps other koker commands from changing a container meanwhile: a lock on its folder, which needs no file, and which the kernel lifts. Who
 * only rehearses holds none.
 */
final class ContainerLock implements AutoCloseable {
    private static final int NONE = -1;

    private final Engine engine;
    private final ContainerFolder folder;
    private final int descriptor;

    private ContainerLock(Engine engine, ContainerFolder folder, int descriptor) {
        this.engine = engine;
        this.folder = folder;
        this.descriptor = descriptor;
    }

    /**
     * Waits until nobody else has it.
     *
     * @throws EngineException if the container is gone by then
     */
    static ContainerLock hold(Engine engine, ContainerFolder folder) {
        return holdIfThere(engine, folder)
                .orElseThrow(() -> new EngineException("container " + folder.id() + " has just been removed"));
    }

    /** Waits until nobody else has it; nothing if the container is gone by then. */
    static Optional<ContainerLock> holdIfThere(Engine engine, ContainerFolder folder) {
        if (engine.rehearses()) {
            return folder.described() ? Optional.of(new ContainerLock(engine, folder, NONE)) : Optional.empty();
        }
        var kernel = engine.kernel();
        engine.trace().heading("Lock container", fields("path", folder.path()));
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
        engine.trace().noHeading();
        return Optional.of(new ContainerLock(engine, folder, descriptor));
    }

    /** A copy of the descriptor in another process does not keep the lock. */
    @Override
    public void close() {
        if (descriptor == NONE) {
            return;
        }
        engine.trace().heading("Unlock container", fields("path", folder.path()));
        engine.kernel().call(Calls.unlock(descriptor));
        engine.kernel().call(Calls.close(descriptor));
        engine.trace().noHeading();
    }
}
