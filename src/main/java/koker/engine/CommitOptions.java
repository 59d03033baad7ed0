package koker.engine;

import java.util.List;
import java.util.Optional;
import koker.image.ImageReference;

/**
 * How an image is made of a container.
 *
 * @param name absent for an image without a name
 * @param author who it is by
 * @param message what its history says of it
 * @param changes of its configuration
 * @param pause whether the container stands still meanwhile
 */
public record CommitOptions(
        Optional<ImageReference> name,
        Optional<String> author,
        Optional<String> message,
        List<ConfigChange> changes,
        boolean pause) {
    /** Whether one of the changes is that instruction. */
    boolean changes(String instruction) {
        return changes.stream().anyMatch(change -> change.instruction().equals(instruction));
    }
}
