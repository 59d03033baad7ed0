package koker.it;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import koker.image.Tar;

/** The image layout of a koker, which has busybox in it; more images are made from that one. */
public record ImageFolder(Path layout) {
    private static final String NAME = "org.opencontainers.image.ref.name";

    /** Adds the image {@code name}: busybox, with {@code layers} on top, and {@code config} added to its configuration. */
    void add(String name, Map<String, Object> config, List<Tar> layers) throws IOException {
        var added = new ArrayList<Stored>();
        for (var layer : layers) {
            var bytes = layer.bytes();
            added.add(new Stored(bytes, sha256(bytes), sha256(bytes)));
        }
        addStored(name, config, added);
    }

    /** A layer as it is stored, and what it is said to be: the digest of its blob, and its diff ID. */
    record Stored(byte[] bytes, String digest, String diffId) {
        /** One of which the truth is told: {@code archive}, perhaps compressed. */
        static Stored of(byte[] bytes, byte[] archive) {
            return new Stored(bytes, sha256(bytes), sha256(archive));
        }
    }

    /** Adds an image with such a layer. */
    void add(String name, Stored layer) throws IOException {
        addStored(name, Map.of(), List.of(layer));
    }

    private void addStored(String name, Map<String, Object> config, List<Stored> layers) throws IOException {
        var index = json(layout.resolve("index.json"));
        var busybox = resolve(index.getAsJsonArray("manifests").get(0).getAsJsonObject());
        var manifest = JsonParser.parseString(new Gson().toJson(busybox)).getAsJsonObject();
        var whole = json(blob(manifest.getAsJsonObject("config")));
        config.forEach((key, value) -> whole.getAsJsonObject("config").add(key, new Gson().toJsonTree(value)));
        for (var layer : layers) {
            manifest.getAsJsonArray("layers")
                    .add(put("application/vnd.oci.image.layer.v1.tar", layer.bytes(), layer.digest()));
            whole.getAsJsonObject("rootfs").getAsJsonArray("diff_ids").add("sha256:" + layer.diffId());
        }
        manifest.add("config", put("application/vnd.oci.image.config.v1+json", utf8(whole)));
        var descriptor = put("application/vnd.oci.image.manifest.v1+json", utf8(manifest));
        var annotations = new JsonObject();
        annotations.addProperty(NAME, "docker.io/" + (name.contains("/") ? "" : "library/") + name + ":latest");
        descriptor.add("annotations", annotations);
        index.getAsJsonArray("manifests").add(descriptor);
        Files.write(layout.resolve("index.json"), utf8(index));
    }

    /** Adds an image without a layer of its own. */
    public void add(String name, Map<String, Object> config) throws IOException {
        add(name, config, List.of());
    }

    /** Adds an image with the configuration of busybox. */
    void add(String name, Tar... layers) throws IOException {
        add(name, Map.of(), List.of(layers));
    }

    /** The manifest that a descriptor names, perhaps by an index. */
    private JsonObject resolve(JsonObject descriptor) throws IOException {
        var found = json(blob(descriptor));
        return found.get("manifests") instanceof JsonArray manifests
                ? resolve(manifests.get(0).getAsJsonObject())
                : found;
    }

    private JsonObject put(String type, byte[] bytes) throws IOException {
        return put(type, bytes, sha256(bytes));
    }

    private JsonObject put(String type, byte[] bytes, String hex) throws IOException {
        Files.write(layout.resolve("blobs/sha256").resolve(hex), bytes);
        var descriptor = new JsonObject();
        descriptor.addProperty("mediaType", type);
        descriptor.addProperty("digest", "sha256:" + hex);
        descriptor.addProperty("size", bytes.length);
        return descriptor;
    }

    private Path blob(JsonObject descriptor) {
        var digest = descriptor.get("digest").getAsString();
        return layout.resolve("blobs/sha256").resolve(digest.substring("sha256:".length()));
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    private static byte[] utf8(JsonObject json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
