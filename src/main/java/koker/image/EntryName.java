package koker.image;

import static koker.image.ImageException.quote;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an entry of an archive goes: a folder of the layer, and a name in it. Names on Linux are bytes in no particular
 * encoding; in these strings, each char is one of the bytes (ISO 8859-1).
 *
 * @param folder its path from the layer's root, without {@code .}, {@code ..} or needless slashes; empty for the root
 * @param last the name in that folder; {@code .} for the root itself
 */
record EntryName(String folder, String last) {
    private static final EntryName ROOT = new EntryName("", ".");

    /**
     * Reads a name as from the root of the layer: it may go up, but not beyond.
     *
     * @throws ImageException if it does
     */
    static EntryName of(String name) {
        if (name.indexOf('\0') >= 0) {
            throw new ImageException("there is a zero byte in its name");
        }
        var parts = new ArrayList<String>();
        for (var part : name.split("/")) {
            if (part.equals("..")) {
                if (parts.isEmpty()) {
                    throw new ImageException("it leads outside the layer");
                }
                parts.removeLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return of(parts);
    }

    private static EntryName of(List<String> parts) {
        return parts.isEmpty()
                ? ROOT
                : new EntryName(String.join("/", parts.subList(0, parts.size() - 1)), parts.getLast());
    }

    /** The folder as an entry of the one that it is in. */
    EntryName parent() {
        int slash = folder.lastIndexOf('/');
        return folder.isEmpty()
                ? ROOT
                : new EntryName(folder.substring(0, Math.max(slash, 0)), folder.substring(slash + 1));
    }

    /** Another name in the same folder. */
    EntryName sibling(String other) {
        return new EntryName(folder, other);
    }

    boolean isRoot() {
        return last.equals(".");
    }

    /** Its path from the layer's root. */
    String path() {
        return isRoot() ? "" : folder.isEmpty() ? last : folder + "/" + last;
    }

    /** The name in its folder, as the kernel takes it. */
    byte[] bytes() {
        return bytes(last);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A name for a message. */
    static String shown(String name) {
        return quote(new String(bytes(name), StandardCharsets.UTF_8));
    }
}
