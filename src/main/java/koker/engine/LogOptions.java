package koker.engine;

import java.time.Instant;
import java.util.Optional;

/**
 * What of a container's log the user wants to see.
 *
 * @param follow whether what is still to come, too, until the container ends
 * @param timestamps whether each line begins with its time
 * @param since the first moment
 * @param until the last moment
 * @param tail the last lines, so many
 */
public record LogOptions(
        boolean follow, boolean timestamps, Optional<Instant> since, Optional<Instant> until, Optional<Integer> tail) {
    /** Whether it matters where a line begins. */
    boolean byLine() {
        return timestamps || since.isPresent() || until.isPresent() || tail.isPresent();
    }
}
