package koker.network;

import java.nio.file.Path;
import koker.plan.HostStep;
import koker.plan.Maker;

/** Keeps other koker commands from changing meanwhile what networks share: a lock on a folder, which the kernel lifts when koker ends. */
public final class HostLock implements AutoCloseable {
    private final Maker maker;
    private final int descriptor;

    /** Waits until nobody else has the lock on {@code folder}. */
    public HostLock(Maker maker, Path folder) {
        this.maker = maker;
        this.descriptor = maker.make(new HostStep.LockNetworks(folder.toString()))
                .get(HostStep.LockNetworks.LOCK)
                .intValue();
    }

    @Override
    public void close() {
        maker.make(new HostStep.UnlockNetworks(descriptor));
    }
}
