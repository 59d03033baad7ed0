package koker.image;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pointer to a content: what it is, its digest and its size (OCI image-spec 1.1, descriptor.md).
 *
 * @param mediaType what it is; empty where the writer did not say
 * @param digest the hash of its bytes
 * @param size how many bytes
 * @param annotations of the pointer, not of the content
 * @param urls from where else the content may be fetched; only layers that no registry may give away have some
 */
public record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        Optional<Platform> platform,
        Map<String, String> annotations,
        List<String> urls) {

    /** A pointer to what registries have. */
    public Descriptor(
            String mediaType, Digest digest, long size, Optional<Platform> platform, Map<String, String> annotations) {
        this(mediaType, digest, size, platform, annotations, List.of());
    }

    static Descriptor of(Json json) {
        long size = json.number("size");
        if (size < 0) {
            throw new JsonParseException("size is negative");
        }
        return new Descriptor(
                json.text("mediaType"),
                json.digest("digest"),
                size,
                json.optional("platform").map(Platform::of),
                json.map("annotations"),
                json.texts("urls"));
    }

    /** The same bytes, as something else. */
    Descriptor as(String type) {
        return new Descriptor(type, digest, size, platform, annotations);
    }

    Descriptor withoutAnnotations() {
        return new Descriptor(mediaType, digest, size, platform, Map.of());
    }

    /** As an entry of index.json, under another name or, where it is empty, under none. */
    JsonObject named(Optional<ImageReference> name) {
        var json = new JsonObject();
        json.addProperty("mediaType", mediaType);
        json.addProperty("digest", digest.toString());
        json.addProperty("size", size);
        platform.ifPresent(made -> json.add("platform", made.json()));
        var notes = new JsonObject();
        if (annotations.get(ImageIndex.SERVED_DIGEST) instanceof String served) {
            notes.addProperty(ImageIndex.SERVED_DIGEST, served);
        }
        name.ifPresent(reference -> notes.addProperty(ImageIndex.REF_NAME, reference.canonical()));
        if (!notes.isEmpty()) {
            json.add("annotations", notes);
        }
        return json;
    }
}
