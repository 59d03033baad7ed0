package koker.image;

import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.List;

/** The same image for several platforms, or the images of a layout (OCI image-spec 1.1, image-index.md). */
public record ImageIndex(List<Descriptor> manifests) {
    /** The annotation that names an image in a layout's index.json (OCI image-spec 1.1, annotations.md). */
    static final String REF_NAME = "org.opencontainers.image.ref.name";

    /** The annotation in which containerd and Docker put the whole name, where REF_NAME is but the tag. */
    static final String CONTAINERD_NAME = "io.containerd.image.name";

    /** The annotation in which koker keeps what the registry had under the name: the digest of an index, often. */
    static final String SERVED_DIGEST = "koker.served.digest";

    /**
     * Reads an index, or Docker's manifest list, which has the same fields.
     *
     * @throws JsonParseException if it is none
     */
    public static ImageIndex parse(byte[] bytes) {
        return of(Json.parse(bytes));
    }

    static ImageIndex of(Json json) {
        if (json.has("layers") || json.has("config")) {
            throw new JsonParseException("it is a manifest and an index at once");
        }
        var manifests = new ArrayList<Descriptor>();
        for (var manifest : json.objects("manifests")) {
            manifests.add(Descriptor.of(manifest));
        }
        return new ImageIndex(List.copyOf(manifests));
    }
}
