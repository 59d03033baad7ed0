package koker.engine;

import java.time.Duration;

/**
 * How often a container was started again since its user started it.
 *
 * @param count how often
 * @param quick how often in a row, at last, after it had run for a short time only; the next start waits accordingly
 */
record Restarts(int count, int quick) {
    /** The user has just started it. */
    static final Restarts NONE = new Restarts(0, 0);

    /** What ran so long did not fail at once: the waiting begins anew. As in Docker. */
    static final Duration LONG_RUN = Duration.ofSeconds(10);

    /** After one more, because the container came to {@code end}. */
    static Restarts after(State.End end) {
        var quick = end.ended() - end.started() < LONG_RUN.toMillis();
        return new Restarts(end.restarts() + 1, quick ? end.quickEnds() + 1 : 1);
    }
}
