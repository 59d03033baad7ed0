package koker.engine;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Whether containers are well. */
public final class HealthChecker {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Household household;
    private final Engine engine;

    /** For those of {@code household}. */
    public HealthChecker(Household household) {
        this.household = household;
        this.engine = household.engine();
    }

    /**
     * Waits until the checks of a container say that it is well.
     *
     * @throws EngineException if it is not checked, or ends before
     */
    public void awaitHealthy(String name) {
        household.attempt("cannot wait for container " + name, () -> {
            household.prepare();
            while (true) {
                var container = household.alive(name, "wait for the health of");
                new HealthProbe(engine, container); // refuses one that is not checked
                if (container.health().filter(Health.HEALTHY::equals).isPresent()) {
                    return null;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        });
    }

    /**
     * Checks whether a container that runs is well, and returns what is known of that then.
     *
     * @throws EngineException if it does not run, or there is no check for it
     */
    public Checked checkHealth(String name) {
        return household.attempt("cannot check container " + name, () -> {
            household.prepare();
            var container = household.alive(name, "check");
            Household.refusePaused(container);
            var health = new HealthProbe(engine, container).run();
            if (health.isEmpty()) {
                throw new EngineException("container " + name + " ended or was paused before the check");
            }
            var last = health.get().log().getLast();
            return new Checked(health.get().status(), last.exitCode() == 0);
        });
    }

    /**
     * What a check has said.
     *
     * @param status starting, healthy or unhealthy: what this and earlier checks come to
     * @param well whether this one says that the container is well
     */
    public record Checked(String status, boolean well) {}

    /** The check that a supervisor wants; returns whether the next one is due soon. No other containers are looked at. */
    public boolean checkHealthAsScheduled(String id) {
        return household.attempt("cannot check container " + id, () -> {
            var container = Container.of(household.directory().folder(id), engine);
            return new HealthWatch(engine, container).check();
        });
    }
}
