package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import koker.process.ProcessId;

/** A file of the user's that holds the number of a container's first process, as the host knows it, as long as there is one. */
record PidFile(Path path) {
    /** Writes {@code pid}: whoever reads the file finds all of it, or what was there before. */
    void write(int pid) throws IOException {
        var next = path.resolveSibling("." + path.getFileName() + ".new");
        Files.writeString(next, pid + "\n");
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes it, if the process is gone that it names: another container's may be there by now. */
    void removeStale() throws IOException {
        try {
            var pid = Files.readString(path).strip();
            if (pid.matches("[0-9]{1,9}") && !ProcessId.isAlive(Integer.parseInt(pid))) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            // The supervisor has done it.
        }
    }
}
