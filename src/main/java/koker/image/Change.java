package koker.image;

import java.nio.charset.StandardCharsets;

/**
 * One thing that a container has changed.
 *
 * @param path from the root, without a slash before it; its chars are bytes
 * @param marked of what is gone: whether the upper folder has a whiteout for it; of a folder: whether that is opaque, so that nothing
 *     of the image shows in it
 */
public record Change(Kind kind, String path, boolean marked) {
    /** What was done, by the letter that Docker has for it. */
    public enum Kind {
        ADDED("A"),
        CHANGED("C"),
        DELETED("D");

        private final String letter;

        Kind(String letter) {
            this.letter = letter;
        }

        /** A, C or D. */
        public String letter() {
            return letter;
        }
    }

    /** The path as it is shown: what could break a line or steer a terminal by its number. */
    public String shown() {
        var text = new String(EntryName.bytes("/" + path), StandardCharsets.UTF_8);
        return ImageException.oneLine(text);
    }
}
