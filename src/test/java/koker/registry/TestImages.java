package koker.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import koker.image.Digest;

/** An OCI layout whose layers GNU tar makes, so that all in it is as other tools write it. */
final class TestImages {
    static final String INDEX = "application/vnd.oci.image.index.v1+json";
    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    final Path folder;
    private final List<String> listed = new ArrayList<>();

    TestImages(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("blobs/sha256"));
        Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    Path blob(String digest) {
        return folder.resolve("blobs").resolve(digest.replace(':', '/'));
    }

    /** Several layers: of all kinds of entries, of what hides and replaces them, and of much random data. */
    String layered(String tag) throws IOException, InterruptedException {
        return image(
                tag,
                layer("""
                        mkdir -p bin etc tmp hidden/below "with space" dev proc sys
                        cp /bin/busybox bin/busybox; ln bin/busybox bin/sh; ln -s busybox bin/ls
                        echo setuid > bin/su; chmod 4755 bin/su
                        echo one > etc/one; chown 12:34 etc/one; chmod 600 etc/one; ln etc/one etc/hard
                        echo old > etc/replaced; echo gone > etc/gone; echo x > hidden/below/file; echo y > hidden/file
                        chmod 1777 tmp; mkfifo tmp/fifo; mknod tmp/null c 1 3
                        echo é > "with space/é"; touch -d '2001-02-03 04:05:06.123456789' etc/one"""),
                layer("""
                        mkdir -p etc hidden; echo new > etc/replaced; touch etc/.wh.gone
                        touch hidden/.wh..wh..opq; echo z > hidden/other"""),
                layer("mkdir -p data; head -c 3000000 /dev/urandom > data/a"),
                layer("mkdir -p data; head -c 6000000 /dev/urandom > data/b; ln -s ../etc/one data/link"));
    }

    /** The archive of what {@code script} leaves in an empty folder; returns its descriptor and its diff ID. */
    String[] layer(String script) throws IOException, InterruptedException {
        var root = Files.createTempDirectory(folder, "layer");
        var archive = folder.resolve(root.getFileName() + ".tar.gz");
        run("cd " + root + " && set -e; export LC_ALL=C.UTF-8; " + script
                + "\ntar --format=pax --numeric-owner --sort=name -czf " + archive + " .; rm -rf " + root);
        byte[] compressed = Files.readAllBytes(archive);
        Files.delete(archive);
        byte[] plain;
        try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            plain = gzip.readAllBytes();
        }
        var descriptor = put("application/vnd.oci.image.layer.v1.tar+gzip", compressed);
        return new String[] {descriptor, Digest.sha256(plain).toString()};
    }

    /** A layer as of {@code podman push --compression-format zstd:chunked}: several frames, and one to be skipped. */
    String[] zstd(String script) throws IOException, InterruptedException {
        var gzipped = layer(script);
        var blob = blob(field(gzipped[0], "digest"));
        var archive = folder.resolve("archive.tar.zst");
        run("gunzip -c " + blob + " > " + archive + ".tar && { head -c 700000 " + archive
                + ".tar | zstd -q -c; tail -c +700001 " + archive
                + ".tar | zstd -q -c; printf '\\120\\052\\115\\030\\003\\000\\000\\000abc'; } > " + archive + " && rm "
                + archive + ".tar");
        var bytes = Files.readAllBytes(archive);
        Files.delete(archive);
        return new String[] {put("application/vnd.oci.image.layer.v1.tar+zstd", bytes), gzipped[1]};
    }

    /** An image of this machine's platform; returns its descriptor. */
    String image(String tag, String[]... layers) throws IOException {
        var manifest = manifest("amd64", "one", layers);
        list(manifest, tag);
        return manifest;
    }

    /** An image whose only layer no registry has: it is where {@code url} says of its digest. Returns its descriptor. */
    String foreign(UnaryOperator<String> url) throws IOException, InterruptedException {
        var layer = layer("mkdir bin; cp /bin/busybox bin/sh; head -c 1000 /dev/urandom > data");
        var type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
        layer[0] = layer[0].replaceFirst("\"mediaType\":\"[^\"]*\"", "\"mediaType\":\"" + type + '"')
                .replaceFirst("}$", ",\"urls\":[\"" + url.apply(field(layer[0], "digest")) + "\"]}");
        return image("foreign", layer);
    }

    /** The same name for two platforms, told apart by a variable. */
    void twoPlatforms(String tag) throws IOException, InterruptedException {
        var layer = layer("mkdir bin; cp /bin/busybox bin/sh");
        var platform = ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}";
        var parts = new ArrayList<String>();
        for (var architecture : List.of("amd64", "arm64")) {
            var manifest = manifest(architecture, architecture, layer);
            parts.add(manifest.substring(0, manifest.length() - 1) + platform.formatted(architecture));
        }
        var nested =
                put(INDEX, utf8("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":%s}".formatted(INDEX, parts)));
        list(nested, tag);
    }

    private String manifest(String architecture, String marker, String[]... layers) throws IOException {
        var descriptors = new ArrayList<String>();
        var diffIds = new ArrayList<String>();
        for (var layer : layers) {
            descriptors.add(layer[0]);
            diffIds.add('"' + layer[1] + '"');
        }
        var config =
                put("application/vnd.oci.image.config.v1+json", utf8("""
                {"created":"2025-01-02T03:04:05Z","architecture":"%s","os":"linux",
                "config":{"Env":["PATH=/bin","MARKER=%s"],"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":%s}}""".formatted(architecture, marker, diffIds)));
        return put(
                MANIFEST,
                utf8("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":%s}"
                        .formatted(MANIFEST, config, descriptors)));
    }

    String put(String mediaType, byte[] bytes) throws IOException {
        var digest = Digest.sha256(bytes).toString();
        Files.write(blob(digest), bytes);
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}".formatted(mediaType, digest, bytes.length);
    }

    private void list(String descriptor, String tag) throws IOException {
        listed.add("%s,\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}}"
                .formatted(descriptor.substring(0, descriptor.length() - 1), tag));
        Files.writeString(folder.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":%s}".formatted(listed));
    }

    /** The value of a field in JSON that this class wrote. */
    static String field(String json, String name) {
        return json.replaceFirst("(?s).*?\"" + name + "\":\"?([^\",}]*).*", "$1");
    }

    static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    static String run(String script) throws IOException, InterruptedException {
        var process =
                new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), () -> script + ": " + output);
        return output;
    }
}
