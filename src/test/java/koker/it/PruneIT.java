package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.image.Tar;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What images take up is said, and given back; what is in use stays. */
@Timeout(180)
class PruneIT {
    @RegisterExtension
    static final Host host = new Host();

    @BeforeEach
    void makeImages() throws IOException {
        koker("-q", "run", "busybox", "true");
        host.images().add("one", Map.of("Labels", Map.of("keep", "yes")), List.of(tar().file("one", "1".repeat(5000))));
        host.images().add("two", tar().file("two", "2".repeat(7000)));
    }

    @AfterEach
    void removeImages() {
        koker("image", "prune", "-af");
    }

    private static Tar tar() {
        return new Tar(0, 0);
    }

    private static List<String> koker(Object... words) {
        return host.koker(List.of(words)).run().succeeded().lines();
    }

    private static List<String> names() {
        return koker("images", "--format", "{{.Repository}}:{{.Tag}}").stream()
                .sorted()
                .toList();
    }

    private static List<Path> blobs() throws IOException {
        try (var blobs = Files.list(host.root().resolve("images/blobs/sha256"))) {
            return blobs.toList();
        }
    }

    private static List<String> layers() throws IOException {
        try (var layers = Files.list(host.root().resolve("layers"))) {
            return layers.map(layer -> layer.getFileName().toString())
                    .filter(name -> !name.equals(".lock"))
                    .toList();
        }
    }

    @Test
    void usageIsToldForEachImageAndInAll() {
        koker("-q", "run", "--name", "user", "one", "true");
        try {
            var table = koker("image", "du");
            assertTrue(
                    table.getFirst().matches("REPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED +UNIQUE +CONTAINERS"),
                    table::toString);
            assertTrue(
                    table.stream()
                            .anyMatch(
                                    line -> line.matches("one +latest +\\w{12} .* 1.04MB +1.04MB +\\d+(.\\d+)?kB +1")),
                    table::toString);
            var usage = JsonParser.parseString(
                            koker("image", "du", "--format", "json").getFirst())
                    .getAsJsonObject();
            var images = usage.getAsJsonArray("Images");
            assertEquals(3, images.size());
            long unique = 0;
            long shared = 0;
            for (var image : images) {
                unique += image.getAsJsonObject().get("UniqueSize").getAsLong();
                shared = image.getAsJsonObject().get("SharedSize").getAsLong();
            }
            assertEquals(usage.get("Stored").getAsLong(), unique + shared, "busybox's layer is shared by all three");
            assertEquals(2, usage.get("UnpackedLayers").getAsInt());
            assertTrue(usage.get("Unpacked").getAsLong() > 1_500_000, usage::toString);
            assertEquals(0, usage.get("Unneeded").getAsLong());
        } finally {
            koker("-q", "container", "rm", "user");
        }
    }

    @Test
    void imagesWithoutANameGo() throws IOException {
        koker("tag", "two", "one");
        assertEquals(List.of("<none>:<none>", "busybox:latest", "one:latest", "two:latest"), names());
        var before = blobs().size();
        var lines = koker("image", "prune", "-f");
        assertTrue(lines.getFirst().startsWith("Deleted: sha256:"), lines::toString);
        assertTrue(lines.getLast().matches("Total reclaimed space: \\d.*kB"), lines::toString);
        assertEquals(List.of("busybox:latest", "one:latest", "two:latest"), names());
        assertEquals(before - 3, blobs().size(), "a manifest, a configuration and a layer");
        assertEquals(List.of("Total reclaimed space: 0B"), koker("image", "prune", "-f"));
    }

    @Test
    void itAsksFirst() {
        koker("tag", "two", "one");
        for (var no : List.of("", "n\n", "no\n", "x\n")) {
            var ended = host.koker("image", "prune").input(no).run().succeeded();
            assertTrue(ended.out().endsWith("Are you sure you want to continue? [y/N] "), ended::out);
        }
        assertEquals(4, names().size());
        var ended = host.koker("image", "prune").input("y\n").run().succeeded();
        assertTrue(ended.out().contains("Total reclaimed space: "), ended::out);
        assertEquals(3, names().size());
    }

    @Test
    void allGoButThoseInUse() throws IOException {
        koker("-q", "run", "--name", "user", "one", "true");
        try {
            var lines = koker("image", "prune", "-af");
            assertTrue(lines.contains("Untagged: two:latest"), lines::toString);
            assertEquals(List.of("busybox:latest", "one:latest"), names(), "busybox comes with koker");
            assertEquals(2, layers().size());
        } finally {
            koker("-q", "container", "rm", "user");
        }
        koker("image", "prune", "-af");
        assertEquals(List.of("busybox:latest"), names());
        assertEquals(List.of(), blobs());
        assertEquals(List.of(), layers());
    }

    @Test
    void filtersChoose() {
        koker("image", "prune", "-af", "--filter", "label!=keep");
        assertEquals(List.of("busybox:latest", "one:latest"), names());
        koker("image", "prune", "-af", "--filter", "label=keep=no");
        assertEquals(List.of("busybox:latest", "one:latest"), names());
        koker("image", "prune", "-af", "--filter", "until=2001-01-01");
        assertEquals(List.of("busybox:latest", "one:latest"), names());
        koker("image", "prune", "-af", "--filter", "until=24h");
        assertEquals(List.of("busybox:latest"), names());
    }

    @Test
    void whatKilledCommandsLeftGoes() throws IOException {
        var images = host.root().resolve("images");
        Files.writeString(images.resolve("blobs/sha256").resolve("a".repeat(64)), "x".repeat(3000));
        Files.createDirectories(images.resolve(".0123456789abcdef.staging/blobs/sha256"));
        Files.writeString(images.resolve(".0123456789abcdef.staging/blobs/sha256/x"), "x");
        var layer = host.root().resolve("layers").resolve("b".repeat(64));
        Files.createDirectories(layer.resolve("a"));
        Files.writeString(layer.resolve("a/file"), "x".repeat(2000));
        Files.createDirectories(host.root().resolve("layers").resolve("c".repeat(64) + ".partial"));
        assertEquals("2000", koker("image", "du", "--format", "{{.Unneeded}}").getFirst());
        assertEquals(List.of("Total reclaimed space: 5kB"), koker("image", "prune", "-f"));
        assertFalse(Files.exists(images.resolve(".0123456789abcdef.staging")));
        assertEquals(1, layers().size(), "busybox's");
        assertEquals(List.of("busybox:latest", "one:latest", "two:latest"), names());
    }

    @Test
    void layersOfAContainerStayWhenAnotherToolUnlistsItsImage() throws IOException {
        koker("-q", "run", "--name", "user", "one", "true");
        try {
            var layout = host.root().resolve("images");
            host.command("umoci", "rm", "--image", layout + ":docker.io/library/one:latest")
                    .run()
                    .succeeded();
            koker("image", "prune", "-af");
            assertEquals(2, layers().size());
        } finally {
            koker("-q", "container", "rm", "user");
        }
    }

    /** Either the container runs, whole, or it is told that its image has just gone. */
    @Test
    void aRunThatBeginsMeanwhileIsWholeOrRefused() throws IOException {
        var file = host.work().resolve("one.tar");
        koker("save", "-o", file, "one");
        for (var i = 0; i < 10; i++) {
            koker("load", "-q", "-i", file);
            var run = host.run("--pull", "never", "one", "sh", "-c", "wc -c < /one; ls /bin/busybox")
                    .start();
            var removals = new ArrayList<Command.Running>();
            for (var words :
                    List.of(List.of("image", "prune", "-af"), List.of("rmi", "one"), List.of("rmi", "-f", "one"))) {
                removals.add(host.koker(words).start());
            }
            var ended = run.end();
            removals.forEach(Command.Running::end);
            if (ended.status() == 0) {
                assertEquals("5000\n/bin/busybox\n", ended.succeeded().out());
            } else {
                assertEquals(125, ended.status(), ended::errors);
                assertEquals(1, ended.errors().lines().count(), ended::errors);
                assertTrue(
                        ended.errors().contains("was just removed")
                                || ended.errors().contains("no image 'one:latest'")
                                || ended.errors().contains("pull the image again"),
                        ended::errors);
            }
        }
        // Whatever came first: what is listed is whole.
        koker("load", "-q", "-i", file);
        assertEquals(
                "5000\n",
                host.run("one", "sh", "-c", "wc -c < /one").run().succeeded().out());
    }

    /** In a PID namespace, /proc/locks says nothing of who holds a lock that an earlier process has taken. */
    @Test
    void whatASupervisorIsAboutToStartAgainIsInUseInAPidNamespaceToo() throws IOException {
        var script = "koker() { " + String.join(" ", host.kokerWords("-q")) + " \"$@\"; }\n" + """
                koker run -d --restart always --name again --network none busybox false >/dev/null
                until koker container inspect -f '{{.RestartCount}} {{.State.Running}}' again | grep -q '[6-9] false'; do :; done
                koker container prune -f
                koker ps -a --format '{{.Names}}'
                koker rm -f again >/dev/null
                """;
        var ended = host.command("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script)
                .run();
        assertEquals(
                List.of("Total reclaimed space: 0B", "again"), ended.succeeded().lines());
    }
}
