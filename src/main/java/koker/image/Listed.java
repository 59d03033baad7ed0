package koker.image;

import java.util.Optional;

/**
 * An entry of index.json: an image under one of its names, or without a name.
 *
 * @param entry what is listed, which may be an index above the image
 * @param name empty where it has none
 * @param embedded whether it comes with koker, and is in none of its own files yet
 * @param image empty where it cannot be read, or is not made for this machine
 */
public record Listed(Descriptor entry, Optional<ImageReference> name, boolean embedded, Optional<Image> image) {
    /** Whether that is the digest of its manifest, or of what it was pulled as. */
    public boolean isOf(Digest digest) {
        return entry.digest().equals(digest)
                || digest.toString().equals(entry.annotations().get(ImageIndex.SERVED_DIGEST))
                || image.filter(one -> one.manifest().equals(digest)).isPresent();
    }

    /** What the registry had under its name: the digest to pull the same by. */
    public String served() {
        return entry.annotations()
                .getOrDefault(ImageIndex.SERVED_DIGEST, entry.digest().toString());
    }

    /** The same without its name. */
    public Listed unnamed() {
        return new Listed(entry, Optional.empty(), embedded, image);
    }

    /** What a list shows of it, and of the {@code image} that it is. */
    public ImageSummary summary(Image image) {
        return new ImageSummary(
                name.map(ImageReference::familiarRepository).orElse(""),
                name.flatMap(ImageReference::tag).orElse(""),
                served(),
                image.id().toString(),
                image.createdMillis(),
                image.size());
    }
}
