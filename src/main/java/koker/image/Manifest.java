package koker.image;

import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * One image for one platform: its configuration and its layers, lowest first (OCI image-spec 1.1, manifest.md; Docker's
 * image manifest version 2, schema 2 has the same fields).
 */
public record Manifest(Descriptor config, List<Descriptor> layers) {
    static final String MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";

    /**
     * Reads a manifest.
     *
     * @throws JsonParseException if it is none
     */
    public static Manifest parse(byte[] bytes) {
        return of(Json.parse(bytes));
    }

    static Manifest of(Json json) {
        if (json.has("fsLayers")) {
            throw new JsonParseException("it is a Docker schema 1 manifest, a format given up in 2017");
        }
        // Read one way it is a manifest, read the other an index: CVE-2021-41190.
        if (json.has("manifests")) {
            throw new JsonParseException("it is a manifest and an index at once");
        }
        var config = json.optional("config").orElseThrow(() -> new JsonParseException("config is missing"));
        var layers = new ArrayList<Descriptor>();
        for (var layer : json.objects("layers")) {
            layers.add(Descriptor.of(layer));
        }
        return new Manifest(Descriptor.of(config), List.copyOf(layers));
    }
}
