package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a container has changed is listed, exported and made an image of, which other tools read. */
@Timeout(180)
class CommitIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final int KILLS = 15;

    /** All that a container can do to the files of its image. */
    private static final String CHANGE = """
            cd /a; echo new > added; echo more >> changed; rm gone; rm -r folder; rm -r remade; mkdir remade; echo 2 > remade/two
            rm kind; mkdir kind; echo x > kind/x; chmod 700 mode; touch untouched/new; rm untouched/new
            ln added hard; ln -s /nowhere link; mkfifo fifo; mknod node c 1 3; chown 7:8 added; chmod 4755 added
            truncate -s 3000000 sparse; echo end >> sparse; touch $(printf 'caf\\351') "$(head -c 150 /dev/zero | tr '\\0' n)"
            """;

    private static final String DIFF = """
            C /a
            A /a/added
            A /a/caf\ufffd
            C /a/changed
            A /a/fifo
            D /a/folder
            D /a/gone
            A /a/hard
            C /a/kind
            A /a/kind/x
            A /a/link
            C /a/mode
            A /a/%s
            A /a/node
            C /a/remade
            D /a/remade/one
            A /a/remade/two
            A /a/sparse
            """.formatted("n".repeat(150));

    @BeforeAll
    static void makeImage() {
        host.koker("-q", "run", "--name", "b", "busybox", "sh", "-ec", """
                        mkdir -p /a/folder/in /a/remade /a/mode /a/untouched
                        cd /a; touch gone folder/in/file remade/one kind changed""")
                .run()
                .succeeded();
        host.koker("-q", "commit", "b", "base:1").run();
        host.koker("rm", "b").run().succeeded();
    }

    @AfterEach
    void removeContainers() {
        host.koker("rm", "-f", "c", "d").run();
    }

    private static void change(String... options) {
        host.koker("-q", "run", "--name", "c", List.of(options), "base:1", "sh", "-ec", CHANGE)
                .run()
                .succeeded();
    }

    private static List<String> koker(Object... words) {
        return host.koker("-q", List.of(words)).run().succeeded().lines();
    }

    private static String shell(String script) {
        var ended = host.command("sh", "-ec", script).in(host.work()).run();
        assertEquals(0, ended.status(), () -> script + ": " + ended.errors());
        return ended.out();
    }

    /** Files by all that there is to say of them. */
    private static String described(String root) {
        return shell("cd " + root
                + "; find a -printf '%P %y %m %U:%G %n %l %T@ ' \\( -type f -printf '%s' -o -true \\) -printf '\\n'"
                + " | LC_ALL=C sort");
    }

    @Test
    void changesAreListedAsByDocker() {
        change("-v", "/srv:/volume/srv", "--tmpfs", "/scratch", "-w", "/work");
        assertEquals(
                DIFF + "A /work\n", host.koker("diff", "c").run().succeeded().out());
        assertEquals(
                "{\"Kind\":\"C\",\"Path\":\"/a\"}",
                koker("diff", "--format", "json", "c").getFirst());
        assertEquals(
                "A /a/added",
                koker("diff", "--format", "{{.Kind}} {{.Path}}", "c").get(1));
        host.koker("start", "c").run();
        koker("create", "--name", "d", "base:1");
        assertEquals(List.of(), koker("diff", "d"));
    }

    @Test
    void aRunningContainerHasChangedNothingByRunning() {
        koker("run", "-d", "--name", "c", "-v", "/srv:/a/b/c", "busybox", "sleep", "1000");
        assertEquals(List.of(), koker("diff", "c"));
    }

    @Test
    void theSameContentGivesTheSameBytes() throws IOException {
        change();
        var first = host.koker("-q", "export", "c").run().succeeded().output();
        assertArrayEquals(
                first, host.koker("-q", "export", "c").run().succeeded().output());
        koker("export", "-o", host.work().resolve("out.tar"), "c");
        assertArrayEquals(first, Files.readAllBytes(host.work().resolve("out.tar")));
        var one = host.koker("-q", "commit", "c")
                .env("SOURCE_DATE_EPOCH", "1000000000")
                .run()
                .succeeded()
                .out();
        var two = host.koker("-q", "commit", "c")
                .env("SOURCE_DATE_EPOCH", "1000000000")
                .run()
                .succeeded()
                .out();
        assertEquals(one, two);
        var later = koker("commit", "-m", "later", "c").getFirst();
        assertNotEquals(one.strip(), later);
        assertEquals(layers(one.strip()), layers(later));
        assertEquals(
                "2001-09-09T01:46:40Z",
                koker("image", "inspect", "-f", "{{.Created}}", one.strip()).getFirst());
        for (var image : List.of(one.strip(), later)) {
            koker("rmi", image);
        }
        var bad = host.koker("commit", "c").env("SOURCE_DATE_EPOCH", "soon").run();
        assertEquals("koker: SOURCE_DATE_EPOCH is 'soon', which is no number of seconds since 1970\n", bad.errors());
    }

    private static String layers(String image) {
        return koker("image", "inspect", "-f", "{{json .RootFS.Layers}}", image).getFirst();
    }

    @Test
    void anExportIsWhatTheContainerSees() throws IOException {
        change();
        koker("export", "-o", host.work().resolve("out.tar"), "c");
        shell("mkdir root; tar -C root --numeric-owner -xpf out.tar");
        var merged = described("root");
        assertTrue(merged.contains("sparse f 644 0:0 1"), merged);
        assertTrue(shell("du -k root/a/sparse").split("\t")[0].length() < 3, "the hole is filled");
        assertTrue(merged.contains("added f 4755 7:8 2") && merged.contains("hard f 4755 7:8 2"), merged);
        var listed = shell("tar -tf out.tar --quoting-style=escape");
        assertTrue(listed.contains("a/caf\\351\n"), listed);
        assertTrue(listed.contains("n".repeat(150)), listed);
        assertFalse(listed.contains("a/gone") || listed.contains(".wh."), listed);

        koker("commit", "c", "made:1");
        koker("image", "export-layout", "made:1", host.work().resolve("layout"));
        shell("umoci unpack --image layout:docker.io/library/made:1 bundle");
        // umoci makes no node without a number, and dates folders itself.
        assertEquals(
                merged.replaceAll("(?m)^(\\S* d .*) [0-9.]+ $", "$1"),
                described("bundle/rootfs").replaceAll("(?m)^(\\S* d .*) [0-9.]+ $", "$1"));
        koker("rmi", "made:1");
    }

    @Test
    void aCommittedImageRunsAndIsChangedAgain() {
        change();
        koker(
                "commit",
                "-a",
                "Ada <ada@example.com>",
                "-m",
                "by a test",
                "-c",
                "ENV A=\"b c\"",
                "-c",
                "CMD [\"sh\", \"-c\", \"echo $A; ls -d /a/g*; cat /a/added /a/remade/*; stat -c %a:%u /a/added\"]",
                "c",
                "made:1");
        var run = host.run("made:1").run();
        assertEquals("b c\nnew\n2\n4755:7\n", run.out());
        assertEquals(
                "by a test",
                koker("history", "--format", "{{.Comment}}", "made:1").getFirst());
        assertEquals(
                "Ada <ada@example.com>",
                koker("image", "inspect", "-f", "{{.Author}}", "made:1").getFirst());
        koker("run", "--name", "d", "-e", "B=1", "made:1", "sh", "-c", "rm -r /a; mkdir /a; touch /a/last");
        koker("commit", "d", "made:2");
        assertEquals(List.of("last"), koker("run", "--pull", "never", "made:2", "ls", "/a"));
        assertEquals(
                "[sh -c rm -r /a; mkdir /a; touch /a/last]",
                koker("image", "inspect", "-f", "{{.Config.Cmd}}", "made:2").getFirst());
        assertTrue(koker("image", "inspect", "-f", "{{.Config.Env}}", "made:2")
                .getFirst()
                .contains("A=b c B=1"));
        assertFalse(koker("image", "inspect", "-f", "{{.Config.Env}}", "made:2")
                .getFirst()
                .contains("HOSTNAME"));
        shell("skopeo inspect --config oci:" + host.root()
                + "/images:docker.io/library/made:2 | grep -q '\"history\"'");
        koker("rm", "d");
        koker("rmi", "made:2", "made:1");
    }

    @Test
    void aRunningContainerStandsStillMeanwhile() {
        koker(
                "run",
                "-d",
                "--name",
                "c",
                "busybox",
                "sh",
                "-c",
                "while :; do echo $((i+=1)) > /one; cp /one /two; done");
        var id = koker("commit", "c").getFirst();
        assertTrue(id.matches("sha256:[0-9a-f]{64}"), id);
        assertEquals("running", koker("ps", "--format", "{{.State}}").getFirst());
        assertEquals("running", koker("ps", "--format", "{{.State}}").getFirst());
        koker("rmi", id);
        koker("pause", "c");
        koker("rmi", koker("commit", "c").getFirst());
        assertEquals("paused", koker("ps", "-a", "--format", "{{.State}}").getFirst());
        koker("unpause", "c");
        var other = koker("commit", "--pause=false", "c").getFirst();
        koker("rmi", other);
    }

    @Test
    void aKilledCommitLeavesNothingAndNobodyStandingStill() throws Exception {
        koker(
                "run",
                "-d",
                "--name",
                "c",
                "busybox",
                "sh",
                "-c",
                "head -c 40m /dev/urandom > /large; touch /ready; sleep 1000");
        Poll.until(
                "the file is there",
                () -> host.koker("exec", "c", "test", "-e", "/ready").run().status() == 0);
        var random = new Random(3);
        for (var i = 0; i < KILLS; i++) {
            var running = host.koker("-q", "commit", "c", "made:1").start();
            Thread.sleep(150 + random.nextInt(500));
            running.process().destroyForcibly();
            running.end();
            Poll.until("it goes on", () -> koker("ps", "--format", "{{.State}}").equals(List.of("running")));
            if (!koker("images", "-q", "made:1").isEmpty()) {
                assertEquals(List.of("/large"), koker("run", "--rm", "made:1", "ls", "/large"));
                koker("rmi", "made:1");
            }
        }
        koker("image", "prune", "-f");
        for (var folder : List.of("images", "layers")) {
            var left = Arrays.stream(host.root().resolve(folder).toFile().list())
                    .filter(name -> name.endsWith(".partial") || name.endsWith(".staging"))
                    .toList();
            assertEquals(List.of(), left);
        }
    }

    @Test
    void whatFailsLeavesNothing() throws IOException {
        koker(
                "run",
                "-d",
                "--name",
                "c",
                "busybox",
                "sh",
                "-c",
                "head -c 4m /dev/urandom > /large; touch /ready; sleep 1000");
        Poll.until(
                "the file is there",
                () -> host.koker("exec", "c", "test", "-e", "/ready").run().status() == 0);
        for (var verb : List.of("commit", "export")) {
            var missing = host.koker(verb, "nosuch").run();
            assertEquals("koker: no container 'nosuch'; see: koker ps -a\n", missing.errors());
            assertEquals(125, missing.status());
        }
        var before = host.root().resolve("images").toFile().list().length;
        var full = host.command(
                        "sh", "-c", "ulimit -f 1000; exec \"$@\"", "sh", host.kokerWords("-q", "commit", "c", "made:1"))
                .run();
        assertEquals(125, full.status(), full::errors);
        assertEquals(1, full.errors().lines().count(), full::errors);
        assertEquals(before, host.root().resolve("images").toFile().list().length);
        assertEquals(List.of(), koker("images", "-q", "made:1"));
        assertEquals("running", koker("ps", "--format", "{{.State}}").getFirst());
        var out = host.work().resolve("out.tar");
        full = host.command(
                        "sh",
                        "-c",
                        "ulimit -f 1000; exec \"$@\"",
                        "sh",
                        host.kokerWords("-q", "export", "-o", out, "c"))
                .run();
        assertEquals(1, full.errors().lines().count(), full::errors);
        assertFalse(Files.exists(out));
        assertEquals(125, host.koker("commit", "c", "Bad Name").run().status());
        assertEquals(125, host.koker("commit", "-c", "RUN x", "c").run().status());
        assertEquals(125, host.koker("commit", "--pause=maybe", "c").run().status());
        assertTrue(host.command("script", "-qec", String.join(" ", host.kokerWords("export", "c")), "/dev/null")
                .run()
                .out()
                .contains("an archive is nothing for a terminal"));
    }
}
