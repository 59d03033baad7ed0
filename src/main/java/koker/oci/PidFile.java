package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file of an engine's that is to hold the number of a process, without a line's end, as engines do not expect one. */
record PidFile(Path path) {
    /** Writes {@code pid}: whoever reads the file finds all of it. */
    void write(int pid) throws IOException {
        var next = path.resolveSibling("." + path.getFileName());
        Files.writeString(next, Integer.toString(pid));
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
