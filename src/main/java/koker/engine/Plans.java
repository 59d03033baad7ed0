package koker.engine;

import java.nio.file.Path;
import java.util.Optional;
import koker.image.UnpackLimits;
import koker.kernel.Signal;
import koker.plan.Plan;

/** What verbs on the containers of a host would do: the plans that they would follow. Nothing is changed. */
public final class Plans {
    private final Household household;
    private final Engine engine;
    private final Images images;

    /**
     * Those for {@code household}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     */
    public Plans(Household household, Optional<Path> embedded) {
        this.household = household;
        this.engine = household.engine();
        this.images = new Images(engine, embedded, UnpackLimits.DEFAULT);
    }

    /**
     * The plan by which a container would be made, and if {@code started} run.
     *
     * @throws EngineException if it could not be
     */
    public Plan make(RunOptions options, boolean started) {
        return household.attempt("cannot plan a container", () -> new DryRun(engine)
                .make(images, household.directory().next(), options, started));
    }

    /**
     * A program in {@code language}, sh or c, that makes the same container without koker.
     *
     * @throws EngineException if it could not be made, or not without koker
     */
    public String emit(RunOptions options, Language language) {
        return household.attempt(
                "cannot plan a container",
                () -> new Emission(engine, images, household.directory().next()).of(options, language));
    }

    /**
     * The plan by which a container that does not run would be started.
     *
     * @throws EngineException if there is none, it runs, or it could not be started
     */
    public Plan start(String name) {
        return household.attempt("cannot plan the start of container " + name, () -> {
            var container = household.find(name);
            Household.refuseAlive(container);
            return new DryRun(engine).start(container.folder());
        });
    }

    /**
     * The plan by which a further command would be run in a container that runs.
     *
     * @throws EngineException if the container does not run
     */
    public Plan exec(String name, ExecOptions options) {
        return household.attempt("cannot plan a command in container " + name, () -> {
            var container = household.alive(name, "run a command in");
            Household.refusePaused(container);
            return new Exec(engine, container, options).plan();
        });
    }

    /**
     * A program in {@code language}, which can be c alone, that runs the same command in a container that runs.
     *
     * @throws EngineException if the container does not run, or koker is needed for that
     */
    public String emit(String name, ExecOptions options, Language language) {
        return household.attempt("cannot plan a command in container " + name, () -> {
            var container = household.alive(name, "run a command in");
            return new Exec(engine, container, options)
                    .emit(language, household.directory().next());
        });
    }

    /**
     * The plan by which a container would be stopped, if it ends when it is asked to; empty if it does not run.
     *
     * @param timeout seconds that it has; absent for the container's own
     * @throws EngineException if there is none
     */
    public Plan stop(String name, Optional<Integer> timeout) {
        return household.attempt("cannot plan the end of container " + name, () -> new DryRun(engine)
                .stop(household.find(name), timeout));
    }

    /**
     * The plan by which a signal would be sent to a container.
     *
     * @throws EngineException if it does not run
     */
    public Plan kill(String name, Signal signal) {
        return household.attempt("cannot plan a signal to container " + name, () -> new DryRun(engine)
                .kill(household.alive(name, "kill"), signal));
    }

    /**
     * The plan by which a container would be paused, or let go on.
     *
     * @throws EngineException if it does not run, or is that already
     */
    public Plan pause(String name, boolean paused) {
        return household.attempt("cannot plan a pause of container " + name, () -> {
            var container = household.find(name);
            Household.refusePause(container, paused);
            return new DryRun(engine).pause(container, paused);
        });
    }

    /**
     * The plan by which a container would be removed.
     *
     * @param force whether one that runs would be killed first
     * @throws EngineException if there is no such container, or it is running
     */
    public Plan remove(String name, boolean force) {
        return household.attempt("cannot plan the removal of container " + name, () -> {
            var container = household.find(name);
            Household.refuseRemoval(container, force);
            return new DryRun(engine).remove(container);
        });
    }
}
