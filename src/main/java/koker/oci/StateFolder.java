package koker.oci;

import static koker.trace.Trace.fields;

import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
import koker.plan.EndStep;
import koker.plan.HostStep;
import koker.plan.Maker;
import koker.plan.Runner;
import koker.plan.Step;
import koker.plan.StepException;

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

    /** Those of all containers, in the order of their names. What is no folder is none of koker's. */
    static List<StateFolder> all(Path root) throws IOException {
        var all = new ArrayList<StateFolder>();
        try (var folders = Files.newDirectoryStream(root)) {
            for (var folder : folders) {
                if (Files.isDirectory(folder)) {
                    all.add(new StateFolder(folder));
                }
            }
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
    void make(Runner runner) throws IOException {
        if (!Files.isDirectory(path.getParent())) {
            var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(path.getParent(), closed);
        }
        try {
            runner.make(step());
        } catch (StepException e) {
            throw e.errno().equals(Optional.of(Errno.EEXIST))
                    ? new OciException("container with given ID already exists", e)
                    : e;
        }
    }

    /** The step that makes it. */
    Step step() {
        return new HostStep.MakeStateFolder(path.toString(), PRIVATE);
    }

    /** Waits until nobody else changes the container; nobody does until the lock is closed, or this process ends. */
    Lock lock(Means means) {
        if (means.rehearses()) {
            return new Lock(this, means, 0, false);
        }
        means.trace().heading("Lock container", fields("path", path));
        var folder = (int) means.kernel().call(Calls.openat(path.toString(), OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC));
        means.kernel().call(Calls.lock(folder));
        means.trace().noHeading();
        return new Lock(this, means, folder, true);
    }

    /** The folder is locked as long as a descriptor is open; if nothing is changed, it is not. */
    static final class Lock implements AutoCloseable {
        private final StateFolder folder;
        private final Means means;
        private final int descriptor;
        private boolean open;

        private Lock(StateFolder folder, Means means, int descriptor, boolean open) {
            this.folder = folder;
            this.means = means;
            this.descriptor = descriptor;
            this.open = open;
        }

        /** Lets others change the container. */
        @Override
        public void close() {
            if (open) {
                open = false;
                means.trace().heading("Unlock container", fields("path", folder.path));
                means.kernel().call(Calls.close(descriptor));
                means.trace().noHeading();
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
    void remove(Maker maker) {
        // The state goes last, as it says what else there is to remove.
        for (var name : List.of("gate", "config.json", "config.json.new", "state.json.new", "state.json")) {
            var file = path.resolve(name);
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                maker.make(new EndStep.RemoveFile(file.toString()));
            }
        }
        maker.make(new EndStep.RemoveStateFolder(path.toString()));
    }
}
