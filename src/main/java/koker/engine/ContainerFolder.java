package koker.engine;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import koker.spec.JsonRecords;

/** A container's folder: an OCI bundle, and beside config.json what koker keeps for it. */
record ContainerFolder(String id, Path path) {
    /** Its cgroup: named so that it can be found without any other file. */
    String cgroupsPath() {
        try {
            return cgroupsPath(Files.exists(cgroupParent()) ? Files.readString(cgroupParent()) : "");
        } catch (IOException e) {
            throw new EngineException(cgroupParent() + " cannot be read: " + e.getMessage());
        }
    }

    /** The same in the cgroup {@code parent}; empty for the root. */
    String cgroupsPath(String parent) {
        return parent + "/koker-" + id;
    }

    /** A file that holds the cgroup that its own is in, if that is not the root. */
    Path cgroupParent() {
        return path.resolve("cgroup-parent");
    }

    Path rootfs() {
        return path.resolve("rootfs");
    }

    /** What the container changes. */
    Path upper() {
        return path.resolve("upper");
    }

    /** OverlayFS's own. */
    Path work() {
        return path.resolve("work");
    }

    /** What a container that nobody waited for has written; see {@link koker.plan.SupervisorStep.KeepLog}. */
    Path log() {
        return path.resolve("log");
    }

    /** How its supervisor says that it has ended. */
    EndFile end() {
        return new EndFile(path.resolve("end"));
    }

    /** A file that is there if koker has something to do when the container has ended, though at its start that was not so. */
    Path again() {
        return path.resolve("again");
    }

    /** What its checks say; see {@link Health}. */
    Path health() {
        return path.resolve("health.json");
    }

    /** How it is connected, while it runs. */
    Path network() {
        return path.resolve("network.json");
    }

    Path volumes() {
        return path.resolve("volumes");
    }

    /** Whether there is a state.json; it is the first file to be written. */
    boolean described() {
        return Files.exists(path.resolve("state.json"));
    }

    boolean exists() {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** Makes the folders; only root may look into them, but the container's root is for all. */
    void make() throws IOException {
        var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x---"));
        var open = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectory(path, closed);
        for (var folder : new Path[] {rootfs(), upper(), work()}) {
            Files.createDirectory(folder, open);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    /**
     * Reads state.json, and what a supervisor may have added since.
     *
     * @throws EngineException if it is missing or damaged
     */
    State read() {
        var state = written();
        try {
            return state.run() == null
                    ? state
                    : end().read(state.run()).map(state::with).orElse(state);
        } catch (IOException e) {
            throw new EngineException(end().path() + " cannot be read: " + e.getMessage());
        }
    }

    private State written() {
        var file = path.resolve("state.json");
        try {
            var state = JsonRecords.read(Files.readString(file), State.class);
            if (state == null || !id.equals(state.id())) {
                throw new EngineException(file + " is damaged: it is not about container " + id);
            }
            return state;
        } catch (NoSuchFileException e) {
            throw new EngineException("no container '" + id + "'");
        } catch (IOException e) {
            throw new EngineException(file + " cannot be read: " + e.getMessage());
        } catch (JsonParseException | NumberFormatException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new EngineException(file + " is damaged: "
                    + cause.getMessage().lines().findFirst().orElse(""));
        }
    }

    /** Writes what is known of a container that has just been started. */
    void writeStarted(State state) throws IOException {
        write(state);
        if (state.settings().pidfile() != null) {
            new PidFile(Path.of(state.settings().pidfile()))
                    .write(state.run().process().pid());
        }
    }

    /**
     * How it is connected, if it is.
     *
     * @throws EngineException if the file is damaged
     */
    Optional<Connections> connections() {
        try {
            return Optional.of(JsonRecords.read(Files.readString(network()), Connections.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new EngineException(network() + " cannot be read: " + e.getMessage());
        } catch (JsonParseException | NullPointerException e) {
            throw new EngineException(network() + " is damaged");
        }
    }

    /** Writes network.json, all of it or nothing. */
    void write(Connections connections) throws IOException {
        var next = path.resolve("network.json.new");
        Files.writeString(next, JsonRecords.write(connections));
        Files.move(next, network(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes state.json, all of it or nothing. */
    void write(State state) throws IOException {
        var next = path.resolve("state.json.new");
        Files.writeString(next, JsonRecords.write(state));
        Files.move(
                next, path.resolve("state.json"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (state.end() != null || state.run() == null) {
            Files.deleteIfExists(end().path()); // what it said is in state.json now
        }
    }
}
