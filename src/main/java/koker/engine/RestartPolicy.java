package koker.engine;

import java.time.Duration;
import java.util.Locale;

/**
 * When a container that has ended is started again.
 *
 * @param when as the user says it
 * @param most how often at most, for on-failure; 0 for as often as it fails
 */
public record RestartPolicy(When when, int most) {
    /** How long to wait before the first start again. */
    static final Duration FIRST = Duration.ofMillis(100);

    private static final int DOUBLINGS = 9;

    /** The kinds of policies, as in Docker. */
    public enum When {
        NO,
        ON_FAILURE,
        ALWAYS,
        UNLESS_STOPPED
    }

    /**
     * Reads {@code no}, {@code on-failure[:N]}, {@code always} or {@code unless-stopped}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static RestartPolicy parse(String text) {
        if (text.matches("on-failure:[0-9]{1,6}")) {
            return new RestartPolicy(When.ON_FAILURE, Integer.parseInt(text.substring(text.indexOf(':') + 1)));
        }
        return switch (text) {
            case "no", "" -> new RestartPolicy(When.NO, 0);
            case "on-failure" -> new RestartPolicy(When.ON_FAILURE, 0);
            case "always" -> new RestartPolicy(When.ALWAYS, 0);
            case "unless-stopped" -> new RestartPolicy(When.UNLESS_STOPPED, 0);
            default ->
                throw new IllegalArgumentException(
                        "'" + text + "' is no restart policy; use no, on-failure[:N], always or unless-stopped");
        };
    }

    static RestartPolicy of(State state) {
        return parse(
                state.settings().restart() == null ? "no" : state.settings().restart());
    }

    @Override
    public String toString() {
        return when.name().toLowerCase(Locale.ROOT).replace('_', '-') + (most > 0 ? ":" + most : "");
    }

    /** Whether there is an end after which the container is started again. */
    boolean mayRestart() {
        return when != When.NO;
    }

    /** Whether it is started again after it ended with {@code status}, and had been started again {@code restarts} times. */
    boolean restarts(int status, int restarts) {
        return switch (when) {
            case NO -> false;
            case ON_FAILURE -> status != 0 && (most == 0 || restarts < most);
            case ALWAYS, UNLESS_STOPPED -> true;
        };
    }

    /** How long to wait before the next start, after so many quick ends: a tenth of a second, then twice as long each time, up to a minute. */
    static Duration delay(int quickEnds) {
        return FIRST.multipliedBy(1L << Math.min(quickEnds, DOUBLINGS));
    }
}
