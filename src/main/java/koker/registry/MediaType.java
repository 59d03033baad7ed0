package koker.registry;

import java.util.List;

/** What registries have: OCI's types (OCI image-spec 1.1, media-types.md) and Docker's, which are the same inside. */
final class MediaType {
    /** What a manifest is that does not say so itself. */
    static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    private static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    private static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    private static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    private static final List<String> FOREIGN_LAYERS = List.of(
            "application/vnd.docker.image.rootfs.foreign.", "application/vnd.oci.image.layer.nondistributable.");

    /** What koker understands, as the header Accept. */
    static final String ACCEPTED = String.join(", ", OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST);

    private MediaType() {}

    static boolean isIndex(String type) {
        return type.equals(OCI_INDEX) || type.equals(DOCKER_LIST);
    }

    static boolean isManifest(String type) {
        return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
    }

    /** Whether a manifest with a configuration of this type is an image. */
    static boolean isImageConfig(String type) {
        return type.equals(OCI_CONFIG) || type.equals(DOCKER_CONFIG);
    }

    /** Whether a layer of this type is not for registries to give away. */
    static boolean isForeign(String type) {
        return FOREIGN_LAYERS.stream().anyMatch(type::startsWith);
    }
}
