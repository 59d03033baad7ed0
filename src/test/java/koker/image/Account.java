package koker.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who runs the tests. */
final class Account {
    static final int UID = attribute("unix:uid");
    static final int GID = attribute("unix:gid");

    private Account() {}

    private static int attribute(String name) {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
