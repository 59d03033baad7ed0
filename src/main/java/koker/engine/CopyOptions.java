package koker.engine;

/**
 * What is copied where.
 *
 * @param source a path in a container or on the host, or the standard input
 * @param target a path on the host or in a container, or the standard output
 * @param keepOwners whether copies belong to whom the originals belong, and not to root
 * @param followLink whether a source that is a link stands for what it leads to
 * @param quiet whether nothing is said of it
 */
public record CopyOptions(CopyPath source, CopyPath target, boolean keepOwners, boolean followLink, boolean quiet) {
    /**
     * The container that one of the paths is in.
     *
     * @throws EngineException if none of them is, or both are
     */
    String container() {
        if (source.isContainer() == target.isContainer()) {
            throw new EngineException(
                    source.isContainer()
                            ? "koker does not copy between containers; copy to the host first, or pipe one cp into another"
                            : "neither of the two is in a container; name it as in CONTAINER:/path");
        }
        return source.isContainer() ? source.container() : target.container();
    }
}
