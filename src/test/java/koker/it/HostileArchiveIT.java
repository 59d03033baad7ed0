package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import koker.image.Digest;
import koker.image.Tar;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Archives of images that are broken or mean harm are refused in one line, and leave nothing. */
@Timeout(120)
class HostileArchiveIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final byte[] LAYER = new Tar(0, 0).file("a", "content").bytes();
    private static final String DIFF_ID = Digest.sha256(LAYER).toString();
    private static final String CONFIG = """
            {"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["%s"]}}""".formatted(DIFF_ID);
    private static final String MANIFEST = """
            [{"Config":"config.json","RepoTags":["evil:1"],"Layers":["layer.tar"]}]""";

    private record Archive(String name, byte[] bytes, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Tar tar() {
        return new Tar(0, 0);
    }

    /** As docker save writes it, whole. */
    private static Tar docker(String manifest, String config, byte[] layer) {
        return tar().file("config.json", config)
                .file("layer.tar", new String(layer, StandardCharsets.ISO_8859_1))
                .file("manifest.json", manifest);
    }

    private static Archive docker(String name, Tar archive, String reason) {
        return new Archive(name, archive.bytes(), reason);
    }

    /** An OCI layout with these blobs, and some changes to what it says of the first. */
    private static Tar oci(Map<String, String> changes, String... blobs) {
        var archive = tar().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        var manifest = blobs[0];
        for (var blob : blobs) {
            archive.file("blobs/sha256/" + hex(blob), blob);
        }
        var index = """
                {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s",\
                "size":%d,"annotations":{"org.opencontainers.image.ref.name":"evil:1"}}]}""".formatted(hex(manifest), manifest.length());
        for (var change : changes.entrySet()) {
            index = index.replace(change.getKey(), change.getValue());
        }
        return archive.file("index.json", index);
    }

    private static String hex(String blob) {
        return Digest.sha256(blob.getBytes(StandardCharsets.UTF_8)).hex();
    }

    private static String manifest(String config, String layer) {
        return """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
                "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%d},\
                "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%d}]}""".formatted(hex(config), config.length(), hex(layer), layer.length());
    }

    static List<Archive> archives() {
        var whole = docker(MANIFEST, CONFIG, LAYER).bytes();
        var layer = new String(LAYER, StandardCharsets.ISO_8859_1);
        var zipped = Tar.gzip(whole);
        var many = tar();
        for (var i = 0; i < 20_001; i++) {
            many.file("x" + i, "");
        }
        var rotten = manifest(CONFIG.replace(DIFF_ID, "sha256:" + "0".repeat(64)), layer);
        return List.of(
                new Archive("nothing", new byte[0], "neither manifest.json nor index.json"),
                new Archive("zeros", new byte[10240], "neither manifest.json nor index.json"),
                new Archive("text", "no tar at all ".repeat(1000).getBytes(StandardCharsets.UTF_8), "cannot load"),
                new Archive("cut off in a member", Arrays.copyOf(whole, 2500), "cannot load"),
                new Archive("cut off in a header", Arrays.copyOf(whole, 1800), "cannot load"),
                new Archive("cut off behind a header", Arrays.copyOf(whole, 1024), "cannot load"),
                new Archive("cut off gzip", Arrays.copyOf(zipped, zipped.length / 2), "cannot load"),
                new Archive("damaged gzip", damaged(zipped), "cannot load"),
                docker("plain root tar", tar().file("etc/passwd", "x"), "koker image import"),
                docker("empty manifest", docker("", CONFIG, LAYER), "cannot load"),
                docker("manifest that is no list", docker("{}", CONFIG, LAYER), "list is not a list"),
                docker("manifest of numbers", docker("[1,2]", CONFIG, LAYER), "not an object"),
                docker("manifest and more", docker(MANIFEST + "]}{", CONFIG, LAYER), "cannot load"),
                docker("deeply nested manifest", docker("[".repeat(200_000), CONFIG, LAYER), "cannot load"),
                docker("huge manifest", docker("[" + " ".repeat(9 << 20) + "]", CONFIG, LAYER), "larger than 8 MiB"),
                docker("config that is no JSON", docker(MANIFEST, "nonsense", LAYER), "cannot load"),
                docker("config without layers", docker(MANIFEST, "{}", LAYER), "rootfs is missing"),
                docker(
                        "config missing",
                        tar().file("layer.tar", layer).file("manifest.json", MANIFEST),
                        "\"config.json\" is missing"),
                docker(
                        "layer missing",
                        tar().file("config.json", CONFIG).file("manifest.json", MANIFEST),
                        "\"layer.tar\" is missing"),
                docker("layer too short", docker(MANIFEST, CONFIG, Arrays.copyOf(LAYER, 700)), "instead of " + DIFF_ID),
                docker(
                        "layer of another image",
                        docker(MANIFEST, CONFIG, tar().file("b", "").bytes()),
                        "instead of"),
                docker(
                        "compressed layer of another image",
                        docker(MANIFEST, CONFIG.replace(DIFF_ID, "sha256:" + "0".repeat(64)), LAYER),
                        "instead of"),
                docker(
                        "too many layers",
                        docker(MANIFEST.replace("[\"layer.tar\"]", "[\"layer.tar\",\"layer.tar\"]"), CONFIG, LAYER),
                        "2 layers but 1 diff IDs"),
                docker(
                        "name that is none",
                        docker(MANIFEST.replace("evil:1", "EVIL:1"), CONFIG, LAYER),
                        "must be lowercase"),
                docker(
                        "name that steers the terminal",
                        docker(MANIFEST.replace("evil:1", "\\u001b[2J"), CONFIG, LAYER),
                        "x1b"),
                docker(
                        "members outside",
                        tar().file("../../../evil", "x").file("manifest.json", MANIFEST),
                        "is outside of it"),
                docker(
                        "absolute members",
                        tar().add("/evil", TarConstants.LF_NORMAL, "x", entry -> {})
                                .file("manifest.json", MANIFEST),
                        "is outside of it"),
                docker(
                        "config outside",
                        docker(MANIFEST.replace("config.json", "../../etc/hostname"), CONFIG, LAYER),
                        "is outside of it"),
                docker(
                        "config of the host",
                        docker(MANIFEST.replace("config.json", "/etc/hostname"), CONFIG, LAYER),
                        "is outside of it"),
                docker(
                        "link to the host",
                        tar().link("config.json", "/etc/hostname").file("manifest.json", MANIFEST),
                        "is outside of it"),
                docker(
                        "link that leads out",
                        tar().link("a/config.json", "../../etc/hostname").file("manifest.json", MANIFEST),
                        "is outside of it"),
                docker(
                        "link to itself",
                        tar().link("config.json", "config.json").file("manifest.json", MANIFEST),
                        "is missing"),
                docker(
                        "hard link to nothing",
                        tar().hardLink("config.json", "nothing").file("manifest.json", MANIFEST),
                        "is missing"),
                docker("device", docker(MANIFEST, CONFIG, LAYER).node("dev", TarConstants.LF_CHR, 1, 3), "is no file"),
                docker(
                        "fifo for a layer",
                        tar().file("config.json", CONFIG)
                                .node("layer.tar", TarConstants.LF_FIFO, 0, 0)
                                .file("manifest.json", MANIFEST),
                        "is no file"),
                docker(
                        "two manifests",
                        docker(MANIFEST, CONFIG, LAYER).file("./manifest.json", "[]"),
                        "two members \"manifest.json\""),
                docker("too many members", many, "more than 20000 members"),
                docker("oci: no image", oci(Map.of(), "{}").file("x", ""), "cannot load"),
                docker("oci: empty index", tar().file("index.json", "{}"), "there is no image in it"),
                docker(
                        "oci: blob that is another",
                        oci(Map.of(), manifest(CONFIG, layer), CONFIG, layer)
                                .file("blobs/sha256/" + "0".repeat(64), "x"),
                        "has the digest"),
                docker(
                        "oci: manifest missing",
                        oci(
                                Map.of(hex(manifest(CONFIG, layer)), "0".repeat(64)),
                                manifest(CONFIG, layer),
                                CONFIG,
                                layer),
                        "are missing"),
                docker(
                        "oci: manifest of another size",
                        oci(Map.of("\"size\":", "\"size\":1"), manifest(CONFIG, layer), CONFIG, layer),
                        "are missing"),
                docker("oci: config missing", oci(Map.of(), manifest(CONFIG, layer), layer), "are missing"),
                docker("oci: layer missing", oci(Map.of(), manifest(CONFIG, layer), CONFIG), "are missing"),
                docker(
                        "oci: wrong diff ID",
                        oci(Map.of(), rotten, CONFIG.replace(DIFF_ID, "sha256:" + "0".repeat(64)), layer),
                        "instead of"),
                docker(
                        "oci: index that is not there",
                        oci(Map.of("image.manifest", "image.index"), manifest(CONFIG, layer), CONFIG, layer),
                        "cannot load"),
                docker(
                        "oci: digest that is a path",
                        oci(Map.of(hex(manifest(CONFIG, layer)), "../../../etc/hostname"), manifest(CONFIG, layer)),
                        "invalid digest"));
    }

    private static byte[] damaged(byte[] bytes) {
        var copy = bytes.clone();
        for (var i = copy.length / 2; i < copy.length / 2 + 20; i++) {
            copy[i] ^= 0x55;
        }
        return copy;
    }

    private static Map<String, Long> store() throws IOException {
        var found = new LinkedHashMap<String, Long>();
        for (var folder : List.of("images", "layers")) {
            try (var all = Files.walk(host.root().resolve(folder), 4)) {
                for (var file : all.sorted().toList()) {
                    if (!file.endsWith(".list")) {
                        found.put(file.toString(), Files.isRegularFile(file) ? Files.size(file) : 0);
                    }
                }
            }
        }
        return found;
    }

    @ParameterizedTest
    @MethodSource("archives")
    void isRefusedAndLeavesNothing(Archive archive) throws IOException {
        var before = store();
        var ended = host.koker("load").input(archive.bytes()).run();
        assertEquals(125, ended.status(), ended::errors);
        assertEquals("", ended.out());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        assertTrue(ended.errors().contains(archive.reason()), ended::errors);
        assertTrue(ended.errors().chars().noneMatch(c -> c == 0x1b), ended::errors);
        assertEquals(before, store());
    }

    @Test
    void theSameWithoutHarmIsTaken() {
        var archives = Map.of(
                "docker", docker(MANIFEST, CONFIG, LAYER),
                "links",
                        tar().file("x/config.json", CONFIG)
                                .file("y/real.tar", new String(LAYER, StandardCharsets.ISO_8859_1))
                                .link("layer.tar", "y/link.tar")
                                .link("y/link.tar", "../y/real.tar")
                                .hardLink("config.json", "x/config.json")
                                .file("manifest.json", MANIFEST),
                "oci",
                        oci(
                                Map.of(),
                                manifest(CONFIG, new String(LAYER, StandardCharsets.ISO_8859_1)),
                                CONFIG,
                                new String(LAYER, StandardCharsets.ISO_8859_1)));
        archives.forEach((name, archive) -> {
            var ended = host.koker("load").input(archive.bytes()).run().succeeded();
            assertEquals("Loaded image: evil:1\n", ended.out(), name);
            host.koker("rmi", "evil:1").run().succeeded();
        });
    }

    @Test
    void aDigestThatTheArchiveClaimsIsNotBelieved() {
        var layer = new String(LAYER, StandardCharsets.ISO_8859_1);
        var claimed = "sha256:" + "1".repeat(64);
        var archive = oci(
                Map.of("\"annotations\":{", "\"annotations\":{\"koker.served.digest\":\"" + claimed + "\","),
                manifest(CONFIG, layer),
                CONFIG,
                layer);
        host.koker("load").input(archive.bytes()).run().succeeded();
        var ended = host.run("--pull", "never", "evil@" + claimed, "true").run();
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains("no image"), ended::errors);
        host.koker("rmi", "evil:1").run().succeeded();
    }
}
