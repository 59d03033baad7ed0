package koker.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import koker.image.Change;
import koker.image.Digest;

/** What is in the roots of containers: copied in and out, compared with the image, exported, and made an image itself. */
public final class ContainerContents {
    private final Household household;

    /** Those of {@code household}'s containers. */
    public ContainerContents(Household household) {
        this.household = household;
    }

    /**
     * Copies files between a container and the host.
     *
     * @throws EngineException if there is no such container or file, or something else is where the copy should go
     */
    public void copy(CopyOptions options) {
        household.attempt("cannot copy", () -> {
            household.prepare();
            files(options.container()).copy(options);
            return null;
        });
    }

    /** What a container has changed of its image's files, sorted by path. */
    public List<Change> changes(String name) {
        return household.attempt("cannot look into container " + name, () -> {
            household.prepare();
            return files(name).changes();
        });
    }

    /**
     * Writes a container's root to a tar, without what is mounted there.
     *
     * @param file absent for standard output
     * @throws EngineException if that is a terminal
     */
    public void export(String name, Optional<Path> file) {
        household.attempt("cannot export container " + name, () -> {
            household.prepare();
            files(name).export(file);
            return null;
        });
    }

    /** Makes an image of a container, which {@code archives} takes over, and returns its ID. */
    public Digest commit(String name, Archives archives, CommitOptions options) {
        return household.attempt("cannot commit container " + name, () -> {
            household.prepare();
            return files(name).commit(archives, options);
        });
    }

    private ContainerFiles files(String name) throws IOException {
        return new ContainerFiles(household.engine(), household.directory().find(name));
    }
}
