package koker.oci;

import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.OpenFlag;

/** The folder of a container below the runtime's root: {@code state.json}, {@code config.json} as it was read, and the gate. */
record StateFolder(Path path) {
    private static final int LONGEST_NAME = 1024;
    private static final int PRIVATE = 0700;

    /**
     * That of the container {@code id}.
     *
     * @throws OciException if that cannot be the name of one
     */
    static StateFolder of(Path root, String id) {
        if (id.isEmpty()) {
            throw new OciException("container id cannot be empty");
        }
        if (id.length() > LONGEST_NAME || id.equals(".") || id.equals("..") || !isPlain(id)) {
            throw new OciException("invalid container ID format: " + id);
        }
        return new StateFolder(root.resolve(id));
    }

    private static boolean isPlain(String id) {
        for (var c : id.toCharArray()) {
            var isPlain =
                    c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "_+.-".indexOf(c) >= 0;
            if (!isPlain) {
                return false;
            }
        }
        return true;
    }

    /** Those of all containers, in the order of their names. */
    static List<StateFolder> all(Path root) throws IOException {
        var all = new ArrayList<StateFolder>();
        try (var folders = Files.newDirectoryStream(root)) {
            folders.forEach(folder -> all.add(new StateFolder(folder)));
        } catch (NoSuchFileException e) {
            return all;
        }
        all.sort((one, other) -> one.path.compareTo(other.path));
        return all;
    }

    /**
     * Makes it, for nobody but the user.
     *
     * @throws OciException if there is one already
     */
    void make(Kernel kernel) throws IOException {
        var call = Calls.mkdir(path.toString(), PRIVATE).tolerating(Errno.EEXIST, Errno.ENOENT);
        var made = kernel.call(call);
        if (made == -Errno.ENOENT.number()) {
            var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(path.getParent(), closed);
            made = kernel.call(call);
        }
        if (made == -Errno.EEXIST.number()) {
            throw new OciException("container with given ID already exists");
        }
    }

    /** Waits until nobody else changes the container; nobody does until the lock is closed, or this process ends. */
    Lock lock(Kernel kernel) {
        var folder = (int) kernel.call(Calls.openat(path.toString(), OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC));
        kernel.call(Calls.lock(folder));
        return new Lock(kernel, folder);
    }

    /** The folder is locked as long as a descriptor is open. */
    static final class Lock implements AutoCloseable {
        private final Kernel kernel;
        private final int descriptor;
        private boolean open = true;

        private Lock(Kernel kernel, int descriptor) {
            this.kernel = kernel;
            this.descriptor = descriptor;
        }

        /** Lets others change the container. */
        @Override
        public void close() {
            if (open) {
                open = false;
                kernel.call(Calls.close(descriptor));
            }
        }
    }

    /** Whether it is there. */
    boolean exists() {
        return Files.isDirectory(path);
    }

    /** The name of the container. */
    String id() {
        return path.getFileName().toString();
    }

    /** The pipe with a name that is there as long as the container waits for its start. */
    Path gate() {
        return path.resolve("gate");
    }

    /** The state; none if whoever created the container did not come so far. */
    Optional<State> read() throws IOException {
        try {
            return Optional.of(State.read(Files.readString(path.resolve("state.json"))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (MalformedJsonException | EOFException | IllegalStateException | NumberFormatException e) {
            throw new OciException(path.resolve("state.json") + ": damaged: " + e.getMessage());
        }
    }

    /** Writes the state, all of it or nothing. */
    void write(Kernel kernel, State state) throws IOException {
        var file = path.resolve("state.json");
        var next = path.resolve("state.json.new");
        Files.writeString(next, state.write());
        kernel.call(Calls.rename(next.toString(), file.toString()));
    }

    /** Removes it, with all that is in it. */
    void remove() throws IOException {
        // The state goes last, as it says what else there is to remove.
        for (var name : List.of("gate", "config.json", "config.json.new", "state.json.new", "state.json")) {
            Files.deleteIfExists(path.resolve(name));
        }
        try {
            Files.deleteIfExists(path);
        } catch (DirectoryNotEmptyException e) {
            throw new OciException(path + " holds files that are not koker's; look at them, and remove them");
        }
    }
}
