package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import koker.kernel.Credentials;

/**
 * Where koker keeps things: what lasts under {@code root}, and what says who is at work under {@code run}.
 *
 * @param root for instance /var/lib/koker
 * @param run for instance /run/koker/var/lib/koker; each root has its own
 */
public record Home(Path root, Path run) {
    /** What is locked while something is changed that all of the host's koker commands share, whatever their root. */
    static final Path LOCK = Path.of("/run/koker");

    /** The home for the state folder {@code root}. */
    public static Home at(Path root) {
        var absolute = root.toAbsolutePath().normalize();
        if (absolute.toString().matches(".*[:,\\\\].*")) {
            throw new EngineException(
                    "the state folder " + absolute
                            + " has a colon, comma or backslash in its name, which OverlayFS would misread; choose another --root");
        }
        return new Home(absolute, LOCK.resolve(absolute.toString().substring(1)));
    }

    /**
     * Makes the folder for what {@code command} is going to store.
     *
     * @throws EngineException if it cannot be made, or the user is not root
     */
    void make(String command) {
        try {
            if (!Credentials.own().isRoot()) {
                throw new EngineException(
                        "koker must " + command + " as root: layers have files of many users; try: sudo koker …");
            }
            // Images hold setuid programs of any kind: no other user of the host may come near them.
            Files.createDirectories(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new EngineException("cannot make " + root + ": " + e.getMessage());
        }
    }

    Path images() {
        return root.resolve("images");
    }

    Path layers() {
        return root.resolve("layers");
    }

    Path containers() {
        return root.resolve("containers");
    }

    Path container(String id) {
        return containers().resolve(id);
    }

    /** Networks of containers. */
    Path networks() {
        return root.resolve("networks");
    }

    /** Names of containers: symbolic links to the folders. */
    Path names() {
        return root.resolve("names");
    }

    /** A locked file for each container that some koker looks after. */
    Path attended() {
        return run.resolve("attended");
    }
}
