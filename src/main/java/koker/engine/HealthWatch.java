package koker.engine;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import koker.kernel.KernelException;

/** The checks of a container's health that somebody has scheduled: a supervisor, or for a container in the foreground koker itself. */
final class HealthWatch {
    private final Engine engine;
    private final Container container;

    HealthWatch(Engine engine, Container container) {
        this.engine = engine;
        this.container = container;
    }

    /** Checks the container, unless it has ended or is paused; returns whether the next check is due soon, because it is still starting. */
    boolean check() throws IOException {
        if (container.status() == Container.Status.RUNNING) {
            new HealthProbe(engine, container).run();
        }
        return isStarting();
    }

    /** Checks the container again and again, on a thread that ends with koker. */
    void begin() {
        Thread.ofPlatform().daemon().name("health").start(() -> {
            var soon = isStarting();
            while (true) {
                var check = container.state().settings().healthCheck();
                LockSupport.parkNanos(soon ? check.startInterval() : check.interval());
                try {
                    soon = new HealthWatch(engine, Container.of(container.folder(), engine)).check();
                } catch (IOException | EngineException | KernelException e) {
                    return; // the container has ended
                }
            }
        });
    }

    private boolean isStarting() {
        var run = container.state().run();
        var health = Health.of(container.folder(), container.state());
        return run != null
                && health.isEarly(
                        container.state().settings().healthCheck(), System.currentTimeMillis() - run.started());
    }
}
