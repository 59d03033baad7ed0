package koker.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import koker.it.Docker;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A pull of a large image from a registry on loopback, by koker and by others in turn: how long, and how much memory. */
final class PullBench {
    private static final int LAYERS = 5;
    private static final long LAYER_SIZE = 120 << 20;
    private static final int PAIRS = 3;
    private static final double LIMIT = 0.6;
    private static final int MOST_MEGABYTES = 200;

    private final Path koker;
    private final Path folder;
    private int pulls;

    PullBench(Path koker, Path folder) {
        this.koker = koker;
        this.folder = folder;
    }

    private record Blob(String digest, String diffId, long size) {}

    /** How a command went: seconds, and megabytes at most. */
    private record Cost(double seconds, double megabytes) {}

    /** Prints a line for each other that is installed; false where koker is over a limit. */
    boolean run(PrintStream out) throws IOException, InterruptedException {
        if (!Bench.isThere("docker-registry", "--version") || !Bench.isThere("skopeo", "--version")) {
            return true;
        }
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var config = Files.writeString(folder.resolve("registry.yml"), """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: 127.0.0.1:%d}
                """.formatted(folder.resolve("registry"), port));
        var registry = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("registry.log").toFile())
                .start();
        try {
            var layout = layout();
            var image = "127.0.0.1:" + port + "/bench";
            Bench.succeed(
                    "skopeo",
                    "--insecure-policy",
                    "copy",
                    "-q",
                    "--retry-times=5",
                    "--dest-tls-verify=false",
                    "oci:" + layout,
                    "docker://" + image);
            var kept = true;
            if (Bench.isThere("podman", "--version")) {
                kept &= compare(out, image, "podman pull", this::podman);
            }
            if (Docker.isThere()) {
                kept &= compare(out, image, "docker pull", this::docker);
            }
            return kept;
        } finally {
            registry.destroy();
            registry.waitFor();
        }
    }

    @FunctionalInterface
    private interface Puller {
        Cost pull(String image) throws IOException, InterruptedException;
    }

    private boolean compare(PrintStream out, String image, String than, Puller other)
            throws IOException, InterruptedException {
        var ours = new ArrayList<Cost>();
        var theirs = new ArrayList<Cost>();
        for (var i = 0; i < PAIRS; i++) {
            ours.add(measure(List.of(koker.toString(), "--root", next("koker"), "-q", "pull", image)));
            theirs.add(other.pull(image));
        }
        var seconds = median(ours);
        var ratio = seconds / median(theirs);
        var megabytes = ours.stream().mapToDouble(Cost::megabytes).max().orElseThrow();
        var kept = ratio <= LIMIT && megabytes <= MOST_MEGABYTES;
        out.printf(
                "%-34s %8.0f  %-34s %8.0f %6.2f %6.2f%s%n",
                "pull, 5 layers, %.0f MB resident".formatted(megabytes),
                seconds * 1000,
                than,
                median(theirs) * 1000,
                ratio,
                LIMIT,
                kept ? "" : "  OVER");
        return kept;
    }

    /** Each pull has a state folder of its own: ext4 is slow to make files just after many were removed. */
    private String next(String name) {
        return folder.resolve(name + ++pulls).toString();
    }

    private Cost podman(String image) throws IOException, InterruptedException {
        return measure(List.of(
                "podman",
                "--root",
                next("podman"),
                "--runroot",
                next("run"),
                "--storage-driver",
                "overlay",
                "pull",
                "-q",
                "--tls-verify=false",
                image));
    }

    private Cost docker(String image) throws IOException, InterruptedException {
        try (var docker = Docker.start(Path.of(next("docker")))) {
            return measure(docker.words("pull", "-q", image));
        }
    }

    private Cost measure(List<String> command) throws IOException, InterruptedException {
        var result = folder.resolve("time");
        var words = new ArrayList<>(List.of("time", "-f", "%e %M", "-o", result.toString()));
        words.addAll(command);
        Bench.succeed(words.toArray(String[]::new));
        var numbers = Files.readString(result).strip().split(" ");
        return new Cost(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]) / 1024);
    }

    private static double median(List<Cost> costs) {
        return Bench.median(costs.stream().map(Cost::seconds).toList());
    }

    /** An image of 600 MB, half of it when compressed, with files as large as those of a Debian: most small, a few large. */
    private Path layout() throws IOException {
        var layout = Files.createDirectories(folder.resolve("layout/blobs/sha256"))
                .getParent()
                .getParent();
        var layers = IntStream.range(0, LAYERS)
                .parallel()
                .mapToObj(i -> layer(layout, i))
                .toList();
        var config = put(
                layout,
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
                        .formatted(layers.stream()
                                .map(layer -> "\"sha256:" + layer.diffId() + "\"")
                                .collect(Collectors.joining(","))));
        var manifest = put(
                layout,
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":%s,\"layers\":[%s]}"
                        .formatted(
                                descriptor("config.v1+json", config),
                                layers.stream()
                                        .map(layer -> descriptor("layer.v1.tar+gzip", layer))
                                        .collect(Collectors.joining(","))));
        Files.writeString(
                layout.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":[" + descriptor("manifest.v1+json", manifest) + "]}");
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return layout;
    }

    private static String descriptor(String type, Blob blob) {
        return "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"sha256:%s\",\"size\":%d}"
                .formatted(type, blob.digest(), blob.size());
    }

    private static Blob put(Path layout, String json) throws IOException {
        var bytes = json.getBytes(StandardCharsets.UTF_8);
        var hasher = hasher();
        hasher.update(bytes);
        var digest = HexFormat.of().formatHex(hasher.digest());
        Files.write(layout.resolve("blobs/sha256").resolve(digest), bytes);
        return new Blob(digest, "", bytes.length);
    }

    private static Blob layer(Path layout, int number) {
        var random = new Random(number);
        var file = layout.resolve("layer" + number);
        var stored = hasher();
        var plain = hasher();
        try (var out = new BufferedOutputStream(Files.newOutputStream(file));
                var zipped = new GZIPOutputStream(new DigestOutputStream(out, stored), 1 << 16);
                var tar = new TarArchiveOutputStream(new DigestOutputStream(zipped, plain), "UTF-8")) {
            var words = new byte[1 << 16];
            random.nextBytes(words);
            for (long size = 0, i = 0; size < LAYER_SIZE; i++) {
                var content =
                        content(random, words, (int) Math.min(8 << 20, Math.exp(8 + 1.9 * random.nextGaussian())));
                if (i % 10 == 0) {
                    tar.putArchiveEntry(new TarArchiveEntry("layer" + number + "/" + i + "/"));
                    tar.closeArchiveEntry();
                }
                var entry = new TarArchiveEntry("layer" + number + "/" + i / 10 * 10 + "/" + i);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
                size += content.length;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            var blob = new Blob(
                    HexFormat.of().formatHex(stored.digest()),
                    HexFormat.of().formatHex(plain.digest()),
                    Files.size(file));
            Files.move(file, layout.resolve("blobs/sha256").resolve(blob.digest()));
            return blob;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Pieces of a dictionary: compressible as programs are. */
    private static byte[] content(Random random, byte[] words, int size) {
        var bytes = new byte[size];
        for (var at = 0; at < size; ) {
            var length = Math.min(size - at, 4 + random.nextInt(6));
            System.arraycopy(words, random.nextInt(1 << 12), bytes, at, length);
            at += length;
        }
        return bytes;
    }

    private static MessageDigest hasher() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
