package koker.engine;

import java.nio.file.Path;

/**
 * One end of a copy, as the user gave it.
 *
 * @param container empty for the host
 * @param path on the host, or in the container; {@code -} for a stream
 */
public record CopyPath(String container, String path) {
    /** Reads {@code CONTAINER:PATH}, {@code PATH} or {@code -}: what begins with a slash or a dot is a path of the host. */
    public static CopyPath parse(String text) {
        var colon = text.indexOf(':');
        if (colon <= 0 || text.startsWith("/") || text.startsWith(".") || text.lastIndexOf('/', colon) >= 0) {
            return new CopyPath("", text);
        }
        return new CopyPath(text.substring(0, colon), text.substring(colon + 1));
    }

    boolean isContainer() {
        return !container.isEmpty();
    }

    boolean isStream() {
        return !isContainer() && path.equals("-");
    }

    /** As a path from a root; one that says that it is a folder ends in a slash and a dot. */
    String absolute() {
        var stripped = path.replaceAll("/+$", "");
        return (isContainer()
                        ? "/" + stripped
                        : Path.of("").toAbsolutePath().resolve(path).toString())
                + (isFolder() ? "/." : "");
    }

    /** Whether only what is in the folder is meant: the path ends in a dot. */
    boolean isContents() {
        return path.equals(".") || path.equals("..") || path.endsWith("/.") || path.endsWith("/..") || name().isEmpty();
    }

    /** Whether it says by itself that it is a folder. */
    boolean isFolder() {
        return path.endsWith("/") || isContents();
    }

    /** The last name in the path; empty for a root. */
    String name() {
        var stripped = path.replaceAll("/+$", "");
        return stripped.substring(stripped.lastIndexOf('/') + 1);
    }

    /** As the user gave it. */
    @Override
    public String toString() {
        return isContainer() ? container + ":" + path : path;
    }
}
