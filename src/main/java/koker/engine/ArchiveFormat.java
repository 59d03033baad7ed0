package koker.engine;

/** What archives of images look like. */
public enum ArchiveFormat {
    /** What {@code docker save} writes. */
    DOCKER,
    /** An OCI layout in a tar. */
    OCI;

    /**
     * Reads {@code docker-archive} or {@code oci-archive}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static ArchiveFormat parse(String text) {
        return switch (text) {
            case "docker-archive" -> DOCKER;
            case "oci-archive" -> OCI;
            default ->
                throw new IllegalArgumentException("'" + text + "' is no format; give docker-archive or oci-archive");
        };
    }
}
