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
