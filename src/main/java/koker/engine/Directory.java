package koker.engine;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Which containers there are, and by what names and IDs they are known. */
final class Directory {
    private static final int ID_BYTES = 6;

    private final Home home;

    Directory(Home home) {
        this.home = home;
    }

    /** The folder for the container {@code id}, whether there is one or not. */
    ContainerFolder folder(String id) {
        return new ContainerFolder(id, home.container(id));
    }

    /** A folder for a container that is to be. */
    ContainerFolder next() throws IOException {
        // The kernel's own generator; Java's takes longer to set up than a container to start.
        try (var random = Files.newInputStream(Path.of("/dev/urandom"))) {
            return folder(HexFormat.of().formatHex(random.readNBytes(ID_BYTES)));
        }
    }

    /** All containers, the ones that are just being made left out. */
    List<ContainerFolder> list() throws IOException {
        var all = new ArrayList<ContainerFolder>();
        var ids = home.containers().toFile().list();
        if (ids != null) {
            for (var id : ids) {
                var folder = folder(id);
                if (folder.described()) {
                    all.add(folder);
                }
            }
        }
        return all;
    }

    /**
     * The container that {@code text} names, by name, ID, or the beginning of an ID.
     *
     * @throws EngineException if there is none, or more than one
     */
    ContainerFolder find(String text) throws IOException {
        var found = matching(text);
        if (found.isEmpty()) {
            throw new EngineException("no container '" + text + "'; see: koker ps -a");
        }
        if (found.size() > 1) {
            throw new EngineException(
                    "'" + text + "' is the beginning of " + found.size() + " containers' IDs; give more of it");
        }
        return found.getFirst();
    }

    /** Whether {@code text} names one container. */
    boolean has(String text) throws IOException {
        return matching(text).size() == 1;
    }

    /** The container that has the name {@code text}, or else all with IDs that begin so. */
    List<ContainerFolder> matching(String text) throws IOException {
        var found = new ArrayList<ContainerFolder>();
        if (!text.isEmpty() && !text.contains("/")) {
            var link = home.names().resolve(text);
            var owner = Files.isSymbolicLink(link) ? owner(link) : Optional.<String>empty();
            if (owner.isPresent()) {
                found.add(folder(owner.get()));
                return found;
            }
            for (var folder : list()) {
                if (folder.id().startsWith(text)) {
                    found.add(folder);
                }
            }
        }
        return found;
    }

    /**
     * Gives a container a name.
     *
     * @throws EngineException if another one has it
     */
    void name(String name, ContainerFolder folder) throws IOException {
        var link = home.names().resolve(name);
        while (true) {
            try {
                Files.createSymbolicLink(link, Path.of("../containers").resolve(folder.id()));
                return;
            } catch (FileAlreadyExistsException e) {
                var owner = owner(link);
                if (owner.isPresent() && Files.exists(home.container(owner.get()))) {
                    throw new EngineException("the name '" + name + "' is in use by container " + owner.get()
                            + "; remove that first: koker container rm " + name);
                }
                if (owner.isPresent()) {
                    Files.deleteIfExists(link); // what it named is gone
                }
            }
        }
    }

    /** Takes a name away from a container, if it has it. */
    void unname(String name, ContainerFolder folder) throws IOException {
        var link = link(name, folder);
        if (link.isPresent()) {
            Files.delete(link.get());
        }
    }

    /** The symbolic link that gives the container its name, unless another one has that name by now. */
    Optional<Path> link(String name, ContainerFolder folder) throws IOException {
        var link = home.names().resolve(name);
        return Files.isSymbolicLink(link) && owner(link).equals(Optional.of(folder.id()))
                ? Optional.of(link)
                : Optional.empty();
    }

    /** All names of a container, which has one at most, unless its state is damaged. */
    List<String> names(ContainerFolder folder) throws IOException {
        var names = new ArrayList<String>();
        var all = home.names().toFile().list();
        for (var name : all == null ? new String[0] : all) {
            if (owner(home.names().resolve(name)).equals(Optional.of(folder.id()))) {
                names.add(name);
            }
        }
        return names;
    }

    /** The ID of the container that has the name; nothing if another koker has just taken that away. */
    private static Optional<String> owner(Path link) throws IOException {
        try {
            return Optional.of(Files.readSymbolicLink(link).getFileName().toString());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
