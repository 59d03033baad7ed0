package koker.image;

/**
 * A layer of an image: an archive of what it changes (OCI image-spec 1.1, layer.md).
 *
 * @param blob the archive as it is stored, compressed or not
 * @param diffId the digest of the archive uncompressed, by which the unpacked layer is known
 */
public record Layer(Descriptor blob, Digest diffId) {}
