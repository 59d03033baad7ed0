package koker.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.trace.Trace;

/** Writes image layouts, as other tools would. */
final class TestLayout {
    /** Of a store that nobody looks at. */
    static final Kernel KERNEL = new Kernel(_ -> {});

    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String INDEX = "application/vnd.oci.image.index.v1+json";
    private static final Digest MODEL = new Digest("sha256", "0".repeat(64));

    final Path folder;
    private final List<String> listed = new ArrayList<>();

    TestLayout(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("blobs/sha256"));
        Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        writeIndex();
    }

    /** What changes a store that nobody looks at. */
    static Runner runner() {
        return new Runner(KERNEL, new Trace(Trace.Detail.QUIET), Lens.CLEAR);
    }

    static Digest digest(byte[] bytes) {
        var hasher = MODEL.hasher();
        hasher.update(bytes);
        return MODEL.sibling(hasher);
    }

    Path blob(Digest digest) {
        return folder.resolve("blobs/sha256").resolve(digest.hex());
    }

    /** Stores a blob and returns its descriptor; {@code more} are further fields, as {@code ,"a":"b"}. */
    String put(String mediaType, byte[] bytes, String more) throws IOException {
        var digest = digest(bytes);
        Files.write(blob(digest), bytes);
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
                .formatted(mediaType, digest, bytes.length, more);
    }

    /** An image of these uncompressed archives, stored as gzip; returns the manifest's descriptor. */
    String image(String marker, String more, byte[]... archives) throws IOException {
        var layers = new ArrayList<String>();
        var diffIds = new ArrayList<String>();
        for (byte[] archive : archives) {
            layers.add(put("application/vnd.oci.image.layer.v1.tar+gzip", Tar.gzip(archive), ""));
            diffIds.add("\"" + digest(archive) + "\"");
        }
        return image(marker, more, layers, diffIds);
    }

    String image(String marker, String more, List<String> layers, List<String> diffIds) throws IOException {
        var config = """
                {"architecture":"amd64","os":"linux","config":{"Env":["MARKER=%s"],"Cmd":["sh"]},
                "rootfs":{"type":"layers","diff_ids":%s}}""".formatted(marker, diffIds);
        var descriptor = put("application/vnd.oci.image.config.v1+json", utf8(config), "");
        var manifest = "{\"schemaVersion\":2,\"config\":%s,\"layers\":%s}".formatted(descriptor, layers);
        return put(MANIFEST, utf8(manifest), more);
    }

    String index(String more, String... manifests) throws IOException {
        return put(INDEX, utf8("{\"schemaVersion\":2,\"manifests\":%s}".formatted(List.of(manifests))), more);
    }

    /** Adds a descriptor to index.json. */
    void list(String descriptor) throws IOException {
        listed.add(descriptor);
        writeIndex();
    }

    static String named(String name) {
        return annotated(Map.of("org.opencontainers.image.ref.name", name));
    }

    static String annotated(Map<String, String> annotations) {
        return annotations.entrySet().stream()
                .map(a -> "\"%s\":\"%s\"".formatted(a.getKey(), a.getValue()))
                .collect(Collectors.joining(",", ",\"annotations\":{", "}"));
    }

    static String platform(String architecture) {
        return ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}".formatted(architecture);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void writeIndex() throws IOException {
        Files.writeString(folder.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":" + listed + "}");
    }
}
