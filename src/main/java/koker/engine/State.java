package koker.engine;

import java.util.List;
import java.util.Map;
import koker.image.HealthCheck;
import koker.process.ProcessId;

/**
 * What koker remembers of a container beside its config.json; kept as state.json in its folder.
 *
 * @param name null if it has none
 * @param image the reference that the user gave
 * @param imageId the digest of the image's configuration
 * @param command what its first process runs
 * @param created milliseconds since 1970
 * @param run null unless it was started, and nobody has written down yet that it has ended
 * @param end null unless it has ended
 * @param removing whether somebody has begun to remove it
 */
record State(
        String id,
        String name,
        String image,
        String imageId,
        List<String> command,
        long created,
        Settings settings,
        Run run,
        End end,
        boolean removing) {
    /**
     * What the user decided when the container was made, or later.
     *
     * @param removed whether it goes when it has ended
     * @param interactive whether standard input is kept open
     * @param restart when it is started again; null for never
     * @param stopSignal the name of the signal that asks it to end
     * @param stopTimeout seconds that it is given for that
     * @param logLimit bytes after which the log starts anew; 0 for none
     * @param labels names and values
     * @param pidfile holds the number of its first process while it runs; null for none
     * @param healthCheck how to find out whether it is well; null for not at all
     * @param network how it is to be connected
     */
    record Settings(
            boolean removed,
            boolean interactive,
            String restart,
            String stopSignal,
            int stopTimeout,
            long logLimit,
            Map<String, String> labels,
            String pidfile,
            HealthCheck healthCheck,
            NetworkRequest network) {
        Settings {
            network = network == null ? NetworkRequest.of(NetworkRequest.NONE) : network;
            labels = labels == null ? Map.of() : labels;
        }

        Settings with(RestartPolicy policy) {
            return new Settings(
                    removed,
                    interactive,
                    policy.toString(),
                    stopSignal,
                    stopTimeout,
                    logLimit,
                    labels,
                    pidfile,
                    healthCheck,
                    network);
        }

        Settings with(NetworkRequest request) {
            return new Settings(
                    removed,
                    interactive,
                    restart,
                    stopSignal,
                    stopTimeout,
                    logLimit,
                    labels,
                    pidfile,
                    healthCheck,
                    request);
        }
    }

    /**
     * One life of the container.
     *
     * @param process its first process
     * @param keeper the process that looks after it: a supervisor, or koker itself
     * @param started milliseconds since 1970
     * @param restarts how often it was started again since the user did
     * @param quickEnds see {@link Restarts#quick}
     * @param stopping whether the user wants it to end, and not to be started again by its policy
     * @param restarting whether the user is about to start it himself then, so that its end is no reason to remove it
     * @param paused whether its processes may be stopped where they are; the kernel knows
     */
    record Run(
            ProcessId process,
            ProcessId keeper,
            long started,
            int restarts,
            int quickEnds,
            boolean stopping,
            boolean restarting,
            boolean paused) {
        Run stopping(boolean toRestart) {
            return new Run(process, keeper, started, restarts, quickEnds, true, toRestart, paused);
        }

        Run paused(boolean yes) {
            return new Run(process, keeper, started, restarts, quickEnds, stopping, restarting, yes);
        }

        /** The end of this life; see {@link End}. */
        End end(int status, long ended, boolean outOfMemory, ProcessId supervisor, String error) {
            return new End(
                    status, started, ended, outOfMemory, restarts, quickEnds, stopping, restarting, supervisor, error);
        }
    }

    /**
     * How it ended.
     *
     * @param status the exit status, or 128 and the number of the signal that ended it
     * @param started milliseconds since 1970; 0 if it never ran
     * @param ended milliseconds since 1970
     * @param outOfMemory whether one of its processes was killed because its memory ran out
     * @param restarts how often it had been started again
     * @param quickEnds see {@link Restarts#quick}
     * @param stopped whether the user wanted it to end
     * @param restarting whether the user is about to start it again
     * @param supervisor which has noted it, and may still be about to clean up or to start the container again; null if there is none
     * @param error why it could not be started; null if it could
     */
    record End(
            int status,
            long started,
            long ended,
            boolean outOfMemory,
            int restarts,
            int quickEnds,
            boolean stopped,
            boolean restarting,
            ProcessId supervisor,
            String error) {
        End byUser(boolean toRestart) {
            return new End(
                    status, started, ended, outOfMemory, restarts, quickEnds, true, toRestart, supervisor, error);
        }
    }

    /** A container that has just been made. */
    static State created(
            String id, String name, String image, String imageId, List<String> command, Settings settings) {
        return new State(id, name, image, imageId, command, System.currentTimeMillis(), settings, null, null, false);
    }

    State named(String newName) {
        return new State(id, newName, image, imageId, command, created, settings, run, end, removing);
    }

    State with(Settings newSettings) {
        return new State(id, name, image, imageId, command, created, newSettings, run, end, removing);
    }

    State with(Run newRun) {
        return new State(id, name, image, imageId, command, created, settings, newRun, null, removing);
    }

    State with(End newEnd) {
        return new State(id, name, image, imageId, command, created, settings, null, newEnd, removing);
    }

    State paused(boolean yes) {
        return with(run.paused(yes));
    }

    /** The same, when the user wants the container to end, perhaps {@code toRestart} it. */
    State stopped(boolean toRestart) {
        if (run != null) {
            return with(run.stopping(toRestart));
        }
        return end == null ? this : with(end.byUser(toRestart));
    }

    boolean wasNeverStarted() {
        return run == null && end == null;
    }

    /** Whether nothing of the container is to be left. */
    boolean toBeRemoved() {
        return removing || settings.removed && (end == null || !end.restarting);
    }

    State beingRemoved() {
        return new State(id, name, image, imageId, command, created, settings, run, end, true);
    }

    /** How to speak of the container. */
    String title() {
        return name == null ? id : name;
    }
}
