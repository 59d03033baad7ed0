package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import koker.image.Tar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images go out to files and come in from files, and other tools understand them. */
@Timeout(180)
class ArchiveIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final int KILLS = 25;

    @BeforeAll
    static void makeImages() throws IOException {
        var large = new StringBuilder();
        new Random(1).ints(2_000_000, ' ', '~').forEach(c -> large.append((char) c));
        host.images()
                .add(
                        "layered",
                        Map.of("Env", List.of("A=1"), "Healthcheck", Map.of("Test", List.of("NONE"))),
                        List.of(layer(), new Tar(0, 0).file("a/.wh.gone", "").file("large", large.toString())));
        host.images().add("twice", layer(), new Tar(0, 0).file("b", "1"), layer());
    }

    private static Tar layer() {
        return new Tar(0, 0)
                .folder("a", 0755)
                .file("a/setuid", "x", 04755)
                .file("a/gone", "x")
                .link("a/link", "setuid")
                .hardLink("a/hard", "a/setuid");
    }

    private static List<String> koker(Object... words) {
        return host.koker(List.of(words)).run().succeeded().lines();
    }

    private static List<String> at(Path root, Object... words) {
        return host.kokerAt(root, List.of(words)).run().succeeded().lines();
    }

    private static String shell(String script) {
        var ended = host.command("sh", "-ec", script).in(host.work()).run();
        assertEquals(0, ended.status(), () -> script + ": " + ended.errors());
        return ended.out();
    }

    /** What of an image may not change on its way. */
    private static String identity(Path root, String name) {
        return at(root, "image", "inspect", "-f", "{{.Id}} {{json .RootFS.Layers}}", name)
                .getFirst();
    }

    private static Path fresh() {
        return host.work().resolve("fresh");
    }

    private static void assertNothingHalfDone(Path root) throws IOException {
        for (var folder : List.of("images", "layers")) {
            var names = root.resolve(folder).toFile().list();
            for (var name : names == null ? new String[0] : names) {
                assertFalse(name.endsWith(".partial") || name.endsWith(".staging"), () -> folder + "/" + name);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-archive", "oci-archive"})
    void roundTripsKeepTheBytes(String format) throws IOException {
        var file = host.work().resolve("a.tar");
        koker("save", "--format", format, "-o", file, "layered", "twice", "busybox");
        var loaded = at(fresh(), "load", "-i", file);
        assertEquals(
                List.of("Loaded image: busybox:latest", "Loaded image: layered:latest", "Loaded image: twice:latest"),
                loaded.stream().sorted().toList());
        for (var name : List.of("layered", "twice", "busybox")) {
            assertEquals(identity(host.root(), name), identity(fresh(), name));
        }
        var again = host.kokerAt(fresh(), "save", "--format", format, "layered", "twice", "busybox")
                .run()
                .succeeded();
        assertArrayEquals(Files.readAllBytes(file), again.output());
        assertEquals(
                "1 4755 0\n",
                host.kokerAt(fresh(), "-q", "run", "--network", "none", "layered", "sh", "-c", """
                echo $A $(stat -c %a /a/setuid) $(ls /a | grep -c gone)""")
                        .run()
                        .succeeded()
                        .out());
        assertNothingHalfDone(fresh());
        // What is here in one form is not stored in another.
        var blobs = host.root().resolve("images/blobs/sha256").toFile().list().length;
        koker("load", "-i", file);
        assertEquals(blobs, host.root().resolve("images/blobs/sha256").toFile().list().length);
    }

    @Test
    void compressedArchivesAndStandardInputAreRead() throws IOException {
        koker("save", "-o", host.work().resolve("a.tar"), "layered");
        shell("gzip -k a.tar; zstd -q a.tar");
        for (var name : List.of("a.tar", "a.tar.gz", "a.tar.zst")) {
            var ended = host.kokerAt(host.work().resolve(name + "-root"), "load")
                    .input(Files.readAllBytes(host.work().resolve(name)))
                    .run()
                    .succeeded();
            assertEquals("Loaded image: layered:latest\n", ended.out());
        }
        shell("xz a.tar");
        var refused = host.kokerAt(fresh(), "load", "-i", host.work().resolve("a.tar.xz"))
                .run();
        assertEquals(125, refused.status());
        assertTrue(refused.errors().contains("compressed with xz"), refused::errors);
    }

    @Test
    void anImageWithoutANameIsLoadedWithoutOne() {
        var file = host.work().resolve("a.tar");
        var id = koker("image", "inspect", "-f", "{{.Id}}", "layered").getFirst();
        koker("save", "-o", file, id.substring(7, 19));
        assertEquals(List.of("Loaded image ID: " + id), at(fresh(), "load", "-i", file));
        assertEquals(
                List.of("<none>:<none>"),
                at(fresh(), "images", "--format", "{{.Repository}}:{{.Tag}}", "-f", "dangling=true"));
        assertEquals(List.of(), at(fresh(), "load", "-q", "-i", file));
    }

    @Test
    void skopeoReadsAndWritesBothKinds() throws IOException {
        koker("save", "-o", host.work().resolve("docker.tar"), "layered");
        koker("save", "--format", "oci-archive", "-o", host.work().resolve("oci.tar"), "layered");
        shell("""
                for from in docker oci; do
                    for to in docker oci; do
                        skopeo --insecure-policy copy -q $from-archive:$from.tar $to-archive:$from-$to.tar:example.com/$from:$to
                    done
                done""");
        var ours = identity(host.root(), "layered");
        for (var from : List.of("docker", "oci")) {
            for (var to : List.of("docker", "oci")) {
                var name = "example.com/" + from + ":" + to;
                assertEquals(
                        List.of("Loaded image: " + name),
                        at(fresh(), "load", "-i", host.work().resolve(from + "-" + to + ".tar")));
                var theirs = identity(fresh(), name);
                // Where skopeo turns one kind into the other, it writes another configuration.
                assertEquals(
                        from.equals(to) ? ours : ours.split(" ")[1], from.equals(to) ? theirs : theirs.split(" ")[1]);
            }
        }
        assertEquals(
                shell("skopeo inspect --config --raw oci:" + host.root() + "/images:docker.io/library/layered:latest"),
                shell("skopeo inspect --config --raw docker-archive:docker.tar"));
    }

    @Test
    void dockerReadsAndWritesItsOwnKind() throws Exception {
        koker("save", "-o", host.work().resolve("docker.tar"), "layered", "twice");
        try (var docker = Docker.start(host.work().resolve("docker"))) {
            docker.run("load", "-i", host.work().resolve("docker.tar"));
            docker.run("save", "-o", host.work().resolve("by-docker.tar"), "layered", "twice");
        }
        at(fresh(), "load", "-i", host.work().resolve("by-docker.tar"));
        assertEquals(identity(host.root(), "layered"), identity(fresh(), "layered"));
        assertEquals(identity(host.root(), "twice"), identity(fresh(), "twice"));
    }

    @Test
    void podmanReadsAndWritesBothKinds() throws IOException {
        koker("save", "-o", host.work().resolve("docker.tar"), "layered");
        koker("save", "--format", "oci-archive", "-o", host.work().resolve("oci.tar"), "twice");
        shell("""
                run=$(mktemp -d) # its path may have 50 characters
                trap 'rm -rf $run' EXIT
                podman() { command podman --root "$PWD/podman" --runroot "$run" --storage-driver vfs "$@"; }
                podman load -q -i docker.tar; podman load -q -i oci.tar
                podman save -q -o by-podman-docker.tar docker.io/library/layered
                podman save -q --format oci-archive -o by-podman-oci.tar docker.io/library/twice
                podman rmi -fa >/dev/null
                """);
        at(fresh(), "load", "-i", host.work().resolve("by-podman-docker.tar"));
        at(fresh(), "load", "-i", host.work().resolve("by-podman-oci.tar"));
        assertEquals(identity(host.root(), "layered"), identity(fresh(), "layered"));
        assertEquals(identity(host.root(), "twice"), identity(fresh(), "twice"));
    }

    @Test
    void aLayoutIsExportedAndAppendedTo() throws IOException {
        var layout = host.work().resolve("layout");
        koker("image", "export-layout", "layered", layout);
        koker("image", "export-layout", "twice", layout);
        assertEquals(
                List.of("blobs", "index.json", "oci-layout"),
                List.of(layout.toFile().list()).stream().sorted().toList());
        assertEquals(
                "docker.io/library/layered:latest\ndocker.io/library/twice:latest\n",
                shell("umoci ls --layout layout"));
        shell("""
                for name in layered twice; do
                    skopeo --insecure-policy copy -q oci:layout:docker.io/library/$name:latest oci-archive:$name.tar:$name
                done
                umoci unpack --image layout:docker.io/library/layered:latest bundle
                test -u bundle/rootfs/a/setuid; test ! -e bundle/rootfs/a/gone
                """);
        at(fresh(), "load", "-i", host.work().resolve("layered.tar"));
        assertEquals(identity(host.root(), "layered"), identity(fresh(), "layered"));
        Files.createDirectories(host.work().resolve("other/x"));
        var refused = host.koker(
                        "image", "export-layout", "layered", host.work().resolve("other"))
                .run();
        assertEquals(125, refused.status());
        assertTrue(refused.errors().contains("is no OCI layout, and not empty"), refused::errors);
    }

    @Test
    void aRootTarBecomesAnImage() throws IOException {
        shell("""
                mkdir -p root/bin root/etc; cp /bin/busybox root/bin/; ln -s busybox root/bin/sh; ln root/etc/x root/etc/y 2>/dev/null || :
                tar -C root -cf root.tar .; gzip -k root.tar; zstd -q root.tar""");
        for (var name : List.of("root.tar", "root.tar.gz", "root.tar.zst")) {
            var ended = host.koker(
                            "import",
                            "-c",
                            "ENV A=\"b c\"",
                            "-c",
                            "CMD [\"sh\", \"-c\", \"echo $A\"]",
                            "-m",
                            "by a test",
                            host.work().resolve(name),
                            "imported:" + name)
                    .run()
                    .succeeded();
            assertTrue(ended.out().matches("sha256:[0-9a-f]{64}\n"), ended::out);
            assertEquals(
                    "b c\n",
                    host.run("--pull", "never", "imported:" + name)
                            .run()
                            .succeeded()
                            .out());
        }
        assertEquals(
                "by a test",
                koker("history", "--format", "{{.Comment}}", "imported:root.tar")
                        .getFirst());
        var nameless = host.koker("import", "-")
                .input(Files.readAllBytes(host.work().resolve("root.tar")))
                .run()
                .succeeded();
        assertEquals(
                "[]",
                koker("image", "inspect", "-f", "{{.RepoTags}}", nameless.out().strip())
                        .getFirst());
        koker(
                "rmi",
                "imported:root.tar",
                "imported:root.tar.gz",
                "imported:root.tar.zst",
                nameless.out().strip());

        var refused = host.koker("import", "-", "bad")
                .input("this is no tar, and never was one".repeat(100))
                .run();
        assertEquals(125, refused.status());
        assertEquals(1, refused.errors().lines().count(), refused::errors);
        assertEquals(List.of(), koker("images", "-q", "bad"));
        assertNothingHalfDone(host.root());
    }

    @Test
    void aFileThatCannotBeWrittenWholeIsNotThere() throws IOException {
        var file = host.work().resolve("a.tar");
        var refused = host.koker("save", "-o", file, "nosuch").run();
        assertEquals(125, refused.status());
        assertEquals("koker: no image 'nosuch'; see: koker image ls\n", refused.errors());
        var full = host.command(
                        "sh", "-c", "ulimit -f 100; exec \"$@\"", "sh", host.kokerWords("save", "-o", file, "layered"))
                .run();
        assertEquals(125, full.status(), full::errors);
        assertEquals(1, full.errors().lines().count(), full::errors);
        assertEquals(List.of(), List.of(host.work().toFile().list()));
        var nowhere =
                host.koker("save", "-o", "/no/such/folder/a.tar", "layered").run();
        assertTrue(nowhere.errors().contains("/no/such/folder"), nowhere::errors);
    }

    @Test
    void loadsAtOnceAndBesideRemovals() throws Exception {
        var file = host.work().resolve("a.tar");
        koker("save", "-o", file, "layered", "twice");
        for (var round = 0; round < 4; round++) {
            var running = new ArrayList<Command.Running>();
            for (var i = 0; i < 3; i++) {
                running.add(host.kokerAt(fresh(), "load", "-i", file).start());
            }
            for (var i = 0; i < 2; i++) {
                running.add(host.kokerAt(fresh(), "rmi", "-f", "layered").start());
                running.add(host.kokerAt(fresh(), "image", "prune", "-f").start());
            }
            for (var i = 0; i < 3; i++) {
                running.get(i).end().succeeded();
            }
            for (var each : running.subList(3, running.size())) {
                var errors = each.end().errors();
                assertTrue(errors.isEmpty() || errors.contains("no image 'layered'"), errors);
            }
            at(fresh(), "load", "-i", file);
            assertEquals(identity(host.root(), "layered"), identity(fresh(), "layered"));
            assertEquals(
                    "1\n",
                    host.kokerAt(fresh(), "-q", "run", "--network", "none", "twice", "cat", "/b")
                                    .run()
                                    .succeeded()
                                    .out()
                            + "\n");
        }
        assertNothingHalfDone(fresh());
    }

    @Test
    void aKilledLoadLeavesAWholeStore() throws Exception {
        var file = host.work().resolve("a.tar");
        koker("save", "-o", file, "layered", "twice");
        var random = new Random(7);
        for (var i = 0; i < KILLS; i++) {
            var load = host.kokerAt(fresh(), "load", "-i", file).start();
            Thread.sleep(random.nextInt(50, 700));
            load.process().destroyForcibly();
            load.end();
            for (var id : at(fresh(), "images", "-q")) {
                at(fresh(), "image", "inspect", id);
            }
            if (i % 5 == 4) {
                at(fresh(), "image", "prune", "-af");
                assertNothingHalfDone(fresh());
            }
        }
        at(fresh(), "load", "-i", file);
        assertNothingHalfDone(fresh());
        assertEquals(identity(host.root(), "twice"), identity(fresh(), "twice"));
        at(fresh(), "image", "prune", "-af");
        assertEquals(List.of(), files(fresh().resolve("images/blobs")));
        assertEquals(
                List.of(".lock"), List.of(fresh().resolve("layers").toFile().list()));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void bytesOfJsonAreTheSame() throws IOException {
        koker("save", "-o", host.work().resolve("a.tar"), "layered");
        var manifest = shell("tar -xOf a.tar manifest.json");
        assertTrue(manifest.startsWith("[{\"Config\":\""), manifest);
        var config = shell("tar -xOf a.tar " + manifest.split("\"")[3]);
        assertEquals(
                manifest.split("\"")[3].replace(".json", ""),
                shell("tar -xOf a.tar " + manifest.split("\"")[3] + " | sha256sum")
                        .split(" ")[0]);
        assertTrue(config.contains("Healthcheck"), config);
        assertEquals(config.getBytes(StandardCharsets.UTF_8).length, config.length());
    }
}
