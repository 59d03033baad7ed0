package koker.image;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;

/**
 * An image in the store, for this machine's platform.
 *
 * @param reference the name it was found by; for one found by its ID the name it has, or null where it has none
 * @param manifest the digest of its manifest
 * @param id the digest of its configuration, which Docker calls the image ID
 * @param layers lowest first
 */
public record Image(ImageReference reference, Digest manifest, Digest id, ImageConfig config, List<Layer> layers) {
    /** How many bytes its layers have as they are stored. */
    public long size() {
        long size = 0;
        for (var layer : layers) {
            size += layer.blob().size();
        }
        return size;
    }

    /** When it was made, in milliseconds since 1970; 0 where it does not say. */
    public long createdMillis() {
        try {
            return Instant.parse(config.created()).toEpochMilli();
        } catch (DateTimeParseException e) {
            return 0;
        }
    }
}
