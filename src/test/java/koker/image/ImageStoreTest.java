package koker.image;

import static koker.image.TestLayout.annotated;
import static koker.image.TestLayout.named;
import static koker.image.TestLayout.platform;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import koker.kernel.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageStoreTest {
    private static final ImageReference BUSYBOX = ImageReference.parse("busybox");

    @TempDir
    Path temp;

    private ImageStore store() {
        return new ImageStore(
                temp.resolve("images"), Optional.of(temp.resolve("embedded")), TestLayout.KERNEL, TestLayout.runner());
    }

    private TestLayout layout() throws IOException {
        return new TestLayout(temp.resolve("images"));
    }

    private static String marker(Optional<Image> image) {
        return image.orElseThrow().config().config().env().getFirst();
    }

    @Test
    void thereNeedBeNothing() {
        assertEquals(Optional.empty(), store().find(BUSYBOX));
        assertEquals(Optional.empty(), store().findById("abcd"));
        assertFalse(Files.exists(temp.resolve("images")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker.io/library/busybox:latest",
                "busybox:latest",
                "busybox",
                "library/busybox",
                "docker.io/busybox"
            })
    void findsByWhateverFormOfTheName(String name) throws IOException {
        var layout = layout();
        layout.list(layout.image("other", named("alpine:latest")));
        layout.list(layout.image("right", named(name)));
        assertEquals("MARKER=right", marker(store().find(BUSYBOX)));
        assertEquals(Optional.empty(), store().find(ImageReference.parse("busybox:1.36")));
    }

    @Test
    void findsByTheNameContainerdGives() throws IOException {
        var layout = layout();
        layout.list(layout.image(
                "x",
                annotated(Map.of(
                        "io.containerd.image.name", "docker.io/library/busybox:1.36",
                        "org.opencontainers.image.ref.name", "1.36"))));
        assertEquals("MARKER=x", marker(store().find(ImageReference.parse("busybox:1.36"))));
    }

    @Test
    void aLoneTagIsNotEveryImagesTag() throws IOException {
        var layout = layout();
        layout.list(layout.image("x", named("latest")));
        assertEquals(Optional.empty(), store().find(ImageReference.parse("alpine")));
        assertTrue(store().find(ImageReference.parse("latest")).isPresent());
    }

    @Test
    void namesThatAreNoneAreNoObstacle() throws IOException {
        var layout = layout();
        layout.list(layout.image("bad", named("NOT A NAME")));
        layout.list(layout.image("nameless", ""));
        layout.list(layout.image("right", named("busybox")));
        assertEquals("MARKER=right", marker(store().find(BUSYBOX)));
    }

    @Test
    void picksThisMachinesPlatform() throws IOException {
        var layout = layout();
        var here = Platform.here().architecture();
        var inner = layout.index(
                named("busybox"),
                layout.image("attestation", ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}"),
                layout.image("other", platform("mips")),
                layout.image("mine", platform(here)));
        layout.list(inner);
        assertEquals("MARKER=mine", marker(store().find(BUSYBOX)));
    }

    @Test
    void followsAnIndexInAnIndex() throws IOException {
        var layout = layout();
        var inner =
                layout.index("", layout.image("mine", platform(Platform.here().architecture())));
        layout.list(layout.index(named("busybox"), inner));
        assertEquals("MARKER=mine", marker(store().find(BUSYBOX)));
    }

    @Test
    void saysThatAnImageIsForOtherMachines() throws IOException {
        var layout = layout();
        layout.list(layout.index(named("busybox"), layout.image("other", platform("mips"))));
        var failure = assertThrows(ImageException.class, () -> store().find(BUSYBOX));
        assertTrue(failure.getMessage().contains("busybox:latest is not made for linux/"), failure.getMessage());
    }

    @Test
    void findsByDigestWhateverTheName() throws IOException {
        var layout = layout();
        var manifest = Descriptor.of(Json.parse(TestLayout.utf8(layout.image("x", platform("mips")))));
        layout.list(layout.index(
                named("other"), layout.image("y", platform("ppc64le")), layout.image("x", platform("mips"))));
        var found = store().find(ImageReference.parse("busybox:9@" + manifest.digest()));
        assertEquals("MARKER=x", marker(found));
        assertEquals(manifest.digest(), found.get().manifest());
        assertEquals(Optional.empty(), store().find(ImageReference.parse("busybox@sha256:" + "0".repeat(64))));
    }

    @Test
    void findsById() throws IOException {
        var layout = layout();
        layout.list(layout.image("x", ""));
        layout.list(layout.image("x", named("busybox")));
        layout.list(layout.image("y", ""));
        var x = store().find(BUSYBOX).orElseThrow();
        for (int digits : new int[] {4, 12, 64}) {
            var found = store().findById(x.id().hex().substring(0, digits)).orElseThrow();
            assertEquals(x, found);
        }
        assertTrue(store().findById("sha256:" + x.id().hex()).isPresent());
        assertEquals(Optional.empty(), store().findById(x.id().hex().substring(0, 3)));
        assertEquals(Optional.empty(), store().findById("busybox"));
        assertEquals(Optional.empty(), store().findById("0".repeat(65)));
    }

    @Test
    void readsTheConfiguration() throws IOException {
        var json = """
                {"created":"2024-01-01T00:00:00Z","architecture":"amd64","os":"linux","unknown":{"a":[1]},
                 "config":{"User":"1:2","ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Entrypoint":["/x"],"Cmd":null,
                  "Volumes":{"/data":{}},"WorkingDir":"/w","Labels":{"k":"v"},"StopSignal":"SIGQUIT",
                  "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000,"Retries":2}},
                 "rootfs":{"type":"layers","diff_ids":[]},
                 "history":[{"created_by":"RUN x","empty_layer":true}]}""";
        var config = ImageConfig.of(Json.parse(TestLayout.utf8(json)));
        assertEquals(
                new ImageConfig.Defaults(
                        "1:2",
                        List.of("80/tcp"),
                        List.of("A=b"),
                        List.of("/x"),
                        List.of(),
                        List.of("/data"),
                        "/w",
                        Map.of("k", "v"),
                        "SIGQUIT",
                        new HealthCheck(List.of("CMD", "x"), 1_000_000_000, 0, 0, 0, 2)),
                config.config());
        assertEquals(List.of(new ImageConfig.History("", "RUN x", "", "", true)), config.history());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{} {}",
                "{\"schemaVersion\":2}",
                "{\"schemaVersion\":1,\"fsLayers\":[]}",
                "{\"config\":{},\"layers\":[]}",
                "{\"config\":{\"digest\":\"sha256:../x\",\"size\":1},\"layers\":[]}",
                "{\"config\":{\"digest\":7,\"size\":\"x\"},\"layers\":7}",
                "{\"config\":{},\"layers\":[],\"manifests\":[]}"
            })
    void aDamagedManifestIsOneLine(String manifest) throws IOException {
        var layout = layout();
        layout.list(layout.put(TestLayout.MANIFEST, TestLayout.utf8(manifest), named("busybox")));
        var failure = assertThrows(ImageException.class, () -> store().find(BUSYBOX));
        assertEquals(1, failure.getMessage().lines().count());
        assertTrue(failure.getMessage().contains("is damaged"), failure.getMessage());
    }

    @Test
    void saysWhichBlobIsMissing() throws IOException {
        var layout = layout();
        layout.list(layout.image("x", named("busybox")));
        var manifest = store().find(BUSYBOX).orElseThrow().manifest();
        Files.delete(layout.blob(manifest));
        var failure = assertThrows(ImageException.class, () -> store().find(BUSYBOX));
        assertTrue(failure.getMessage().contains(manifest.hex() + ": No such file or directory"));
    }

    @Test
    void copiesWhatComesWithKoker() throws IOException {
        var embedded = new TestLayout(temp.resolve("embedded"));
        embedded.list(embedded.image(
                "x", named("busybox:latest"), new Tar().file("a", "b").bytes()));
        var found = store().find(BUSYBOX).orElseThrow();
        new TreeRemoval(new Kernel(_ -> {})).delete(embedded.folder);
        assertEquals(found, store().find(BUSYBOX).orElseThrow());
        assertTrue(Files.exists(store().blob(found.layers().getFirst().blob().digest())));
        assertTrue(Files.exists(temp.resolve("images/oci-layout")));
        assertTrue(Files.readString(temp.resolve("images/index.json")).contains("docker.io/library/busybox:latest"));
    }

    @Test
    void copiesByIdToo() throws IOException {
        var embedded = new TestLayout(temp.resolve("embedded"));
        embedded.list(embedded.image("x", named("busybox:latest")));
        var id = new ImageLayout(embedded.folder);
        var hex = id.manifest(id.listed().getFirst().digest()).config().digest().hex();
        assertEquals(
                BUSYBOX, store().findById(hex.substring(0, 12)).orElseThrow().reference());
        assertEquals(
                BUSYBOX,
                new ImageStore(temp.resolve("images"), Optional.empty(), TestLayout.KERNEL, TestLayout.runner())
                        .find(BUSYBOX)
                        .orElseThrow()
                        .reference());
    }

    @Test
    void copiesBesideWhatIsThere() throws IOException {
        var layout = layout();
        layout.list(layout.image(
                "mine", annotated(Map.of("org.opencontainers.image.ref.name", "mine", "com.example.kept", "yes"))));
        var embedded = new TestLayout(temp.resolve("embedded"));
        embedded.list(embedded.image("x", named("busybox:latest")));
        assertEquals("MARKER=x", marker(store().find(BUSYBOX)));
        assertEquals("MARKER=mine", marker(store().find(ImageReference.parse("mine"))));
        assertTrue(Files.readString(temp.resolve("images/index.json")).contains("com.example.kept"));
    }

    @Test
    void copiesNothingThatIsDamaged() throws IOException {
        var embedded = new TestLayout(temp.resolve("embedded"));
        embedded.list(embedded.image(
                "x", named("busybox:latest"), new Tar().file("a", "b").bytes()));
        var layer = new ImageLayout(embedded.folder)
                .load(BUSYBOX, new ImageLayout(embedded.folder).find(BUSYBOX).orElseThrow())
                .layers()
                .getFirst();
        Files.writeString(embedded.blob(layer.blob().digest()), "rotten");
        assertThrows(ImageException.class, () -> store().find(BUSYBOX));
        assertFalse(Files.exists(store().blob(layer.blob().digest())));
        assertFalse(Files.exists(temp.resolve("images/index.json")));
    }

    @Test
    void manyAtOnceCopyOnce() throws Exception {
        var embedded = new TestLayout(temp.resolve("embedded"));
        embedded.list(embedded.image(
                "x", named("busybox:latest"), new Tar().file("a", "b").bytes()));
        try (var pool = Executors.newFixedThreadPool(8)) {
            var all = pool.invokeAll(Collections.nCopies(16, () -> marker(store().find(BUSYBOX))));
            for (var one : all) {
                assertEquals("MARKER=x", one.get());
            }
        }
        assertEquals(1, new ImageLayout(temp.resolve("images")).listed().size());
    }
}
