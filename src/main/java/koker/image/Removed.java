package koker.image;

import java.util.Set;

/**
 * What was removed.
 *
 * @param images the IDs of the images that are gone
 * @param bytes how many bytes their blobs had
 */
public record Removed(Set<Digest> images, long bytes) {}
