package koker.network;

import java.nio.file.Path;
import java.util.Map;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.kernel.OpenFlag;
import koker.trace.Trace;

/** Keeps other koker commands from changing meanwhile what networks share: a lock on a folder, which the kernel lifts when koker ends. */
public final class HostLock implements AutoCloseable {
    private final Kernel kernel;
    private final Trace trace;
    private final int descriptor;

    /** Waits until nobody else has the lock on {@code folder}. */
    public HostLock(Kernel kernel, Trace trace, Path folder) {
        trace.heading("Lock networks", Map.of());
        this.kernel = kernel;
        this.trace = trace;
        this.descriptor = (int) kernel.call(Calls.openat(folder.toString(), OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC));
        kernel.call(Calls.lock(descriptor));
    }

    @Override
    public void close() {
        trace.heading("Unlock networks", Map.of());
        kernel.call(Calls.unlock(descriptor));
        kernel.call(Calls.close(descriptor));
    }
}
