package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

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

    /** Checks the container again and again as long as it lives, on a thread that ends with koker. */
    void begin() {
        Thread.ofPlatform().daemon().name("health").start(() -> {
            var check = container.state().settings().healthCheck();
            var process = container.state().run().process();
            var soon = isStarting();
            while (process.isAlive()) {
                LockSupport.parkNanos(soon ? check.startInterval() : check.interval());
                try {
                    soon = new HealthWatch(engine, Container.of(container.folder(), engine)).check();
                } catch (IOException | RuntimeException e) {
                    if (process.isAlive()) {
                        engine.trace().warn("Health not checked", fields("reason", e.getMessage()));
                    }
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
