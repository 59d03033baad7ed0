package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.image.Tar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What images say is done, and what hostile images try is not. */
class ImageIT {
    @RegisterExtension
    static final Host host = new Host();

    private static Tar tar() {
        return new Tar(0, 0);
    }

    private static List<String> lines(Object... words) {
        return host.run(words).run().succeeded().lines();
    }

    @BeforeAll
    static void makeImages() throws IOException {
        var images = host.images();
        images.add(
                "entry",
                Map.of(
                        "Env", List.of("A=1", "PATH=/opt:/bin"),
                        "Entrypoint", List.of("echo", "entry"),
                        "Cmd", List.of("cmd"),
                        "WorkingDir", "/made/here"));
        images.add(
                "env", Map.of("Env", List.of("A=1", "B=2", "HOME=/h"), "Entrypoint", List.of("env"), "Cmd", List.of()));
        images.add("workdir", Map.of("WorkingDir", "/made/here", "Entrypoint", List.of("pwd")));
        images.add(
                "user",
                Map.of("User", "koch"),
                List.of(tar().file("etc/passwd", "root:x:0:0::/root:/bin/sh\nkoch:x:501:502:K:/home/koch:/bin/sh\n")
                        .file(
                                "etc/group",
                                "root:x:0:\nkoch:x:502:\nkitchen:x:600:mary,koch\nwine:x:601:koch\nno:x:602:kochx\n")));
        images.add("nobody", Map.of("User", "missing"));
        images.add("nothing", Map.of("Cmd", List.of()));
        images.add(
                "volume",
                Map.of("Volumes", Map.of("/data", Map.of(), "/new/one", Map.of(), "/via/data2", Map.of())),
                List.of(tar().folder("data", 01750)
                        .file("data/file", "content", 0640)
                        .folder("data/sub", 0700)
                        .link("data/link", "file")
                        .folder("real/data2", 0711)
                        .link("via", "/real")));
        images.add(
                "layers",
                tar().folder("a", 0755)
                        .file("a/lower", "1")
                        .file("a/both", "lower")
                        .folder("a/opaque", 0755)
                        .file("a/opaque/lower", "1")
                        .file("a/gone", "x")
                        .folder("a/gonefolder", 0755)
                        .file("a/gonefolder/x", "x"),
                tar().file("a/.wh.gone", "")
                        .file("a/.wh.gonefolder", "")
                        .file("a/both", "middle")
                        .file("a/opaque/.wh..wh..opq", "")
                        .file("a/opaque/upper", "2"),
                tar().file("a/both", "upper"));
        var many = new ArrayList<Tar>();
        for (var i = 0; i < 100; i++) {
            many.add(tar().file("many/" + i, Integer.toString(i)));
        }
        images.add("many", many.toArray(Tar[]::new));
        images.add(
                "resolv",
                tar().link("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf")
                        .link("etc/hosts", "/nowhere/hosts"));
        for (var hostile : Map.of(
                        "absolute", host.victim().toString(),
                        "dots", "../../../../../../../../../../../.." + host.victim(),
                        "procroot", "/proc/self/root" + host.victim(),
                        "proc1root", "/proc/1/root/../../../.." + host.victim(),
                        "cwd", "/proc/self/cwd/../../../../../.." + host.victim())
                .entrySet()) {
            images.add(
                    hostile.getKey(),
                    Map.of("Volumes", Map.of("/trap/volume", Map.of())),
                    List.of(tar().link("trap", hostile.getValue())
                            .file("etc/.wh.hosts", "")
                            .link("etc/hosts", hostile.getValue() + "/hosts")
                            .link("etc/hostname", hostile.getValue() + "/hostname")));
        }
        images.add(
                "mounts",
                tar().link("dev", host.victim().toString())
                        .link("tmp", host.victim().toString()));
        images.add(
                "procdir", tar().file(".wh.proc", "").link("proc", host.victim().toString()));
        images.add("sysdir", tar().file(".wh.sys", "").link("sys", host.victim().toString()));
        images.add(
                "passwd", tar().file("etc/.wh.passwd", "").link("etc/passwd", "/../../../../../../../../etc/passwd"));
    }

    @Test
    void entrypointAndCommandAreCombined() {
        assertEquals(List.of("entry cmd"), lines("entry"));
        assertEquals(List.of("entry mine"), lines("entry", "mine"));
        assertEquals(List.of("mine"), lines("--entrypoint", "echo", "entry", "mine"));
        assertEquals(List.of(""), lines("--entrypoint", "echo", "entry"));
    }

    @Test
    void environmentOfTheImageIsKeptUnlessReplaced() {
        var env = lines("-e", "B=3", "env");
        assertTrue(env.containsAll(List.of("A=1", "B=3", "HOME=/h")), env::toString);
        assertTrue(!env.contains("B=2"), env::toString);
    }

    @Test
    void workingFolderIsMade() {
        assertEquals(List.of("/made/here"), lines("workdir"));
        assertEquals(List.of("/etc"), lines("-w", "/etc", "workdir"));
    }

    @Test
    void userIsLookedUpWithItsGroups() {
        assertEquals(
                List.of("501", "502", "502 600 601", "/home/koch"),
                lines("user", "sh", "-c", "id -u; id -g; id -G; echo $HOME"));
        assertEquals(List.of("0"), lines("-u", "root", "user", "id", "-u"));
    }

    @Test
    void unknownUserOfTheImageIsRefused() {
        var ended = host.run("nobody", "true").run();
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().contains("'missing'"), ended::errors);
    }

    @Test
    void imageWithoutCommandIsRefused() {
        var ended = host.run("nothing").run();
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains("names no command"), ended::errors);
    }

    @Test
    void volumesHaveTheImagesContentOwnersAndModes() {
        assertEquals(
                List.of("1750", "640 content", "700", "file", "755", "711", "3"),
                lines(
                        "volume",
                        "sh",
                        "-c",
                        "stat -c %a /data; echo $(stat -c %a /data/file) $(cat /data/file);"
                                + " stat -c %a /data/sub; readlink /data/link; stat -c %a /new/one; stat -c %a /real/data2;"
                                + " grep -c /volumes/ /proc/self/mountinfo"));
    }

    @Test
    void volumesAreEachContainersOwn() {
        lines("volume", "sh", "-c", "echo changed > /data/file");
        assertEquals(List.of("content"), lines("volume", "cat", "/data/file"));
    }

    @Test
    void layersAreMergedWithTheirWhiteouts() {
        assertEquals(
                List.of("both", "lower", "opaque", "upper", "upper"),
                lines("layers", "sh", "-c", "cd /a; ls; ls opaque; cat both"));
    }

    @Test
    void aHundredLayersAreMerged() {
        assertEquals(List.of("100", "99"), lines("many", "sh", "-c", "ls /many | wc -l; cat /many/99"));
    }

    @Test
    void danglingLinksOfNameFilesAreNoMatter() {
        var inside = lines("resolv", "sh", "-c", "cat /etc/resolv.conf | wc -l; cat /etc/hosts | grep -c localhost");
        assertEquals("2", inside.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"absolute", "dots", "procroot", "proc1root", "cwd"})
    void linkOutOfTheRootDoesNotLeaveIt(String image) throws IOException {
        var victim = Files.createDirectories(host.victim());
        Files.writeString(victim.resolve("hosts"), "host's");
        var folder = Files.createDirectory(host.work().resolve("folder"));
        var file = Files.writeString(host.work().resolve("file"), "");
        // Whether each works or is refused: nothing of the host may be touched.
        for (var options : List.of(
                List.of(),
                List.of("-v", folder + ":/trap/a"),
                List.of("-v", folder + ":/trap"),
                List.of("-v", file + ":/trap/b/c"),
                List.of("--tmpfs", "/trap/d"),
                List.of("--tmpfs", "/trap"),
                List.of("-w", "/trap/e/f"),
                List.of("--mount", "type=tmpfs,target=/trap/x"))) {
            var ended = host.run(options, image, "sh", "-c", "echo > /trap/w; cat /trap/hosts")
                    .run();
            assertTrue(!ended.out().contains("host's"), () -> options + " shows a file of the host");
            assertEquals(List.of("hosts"), List.of(victim.toFile().list()), options::toString);
            assertEquals("host's", Files.readString(victim.resolve("hosts")), options::toString);
            assertEquals(
                    List.of(),
                    List.of(folder.toFile().list()).stream()
                            .filter(name -> !name.equals("w"))
                            .toList());
            Files.deleteIfExists(folder.resolve("w"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mounts", "procdir", "sysdir"})
    void linkInPlaceOfAMountPointOfKokersDoesNotLeaveTheRoot(String image) throws IOException {
        var victim = Files.createDirectories(host.victim());
        host.run("-t", image, "true").run();
        assertEquals(List.of(), List.of(victim.toFile().list()));
    }

    @Test
    void volumeBelowALinkIsMountedWhereItLeads() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        Files.writeString(folder.resolve("file"), "content");
        assertEquals(List.of("content"), lines("-v", folder + ":/via/data2", "volume", "cat", "/real/data2/file"));
        assertEquals(List.of("content"), lines("-v", folder + ":/via/new", "volume", "cat", "/real/new/file"));
    }

    @Test
    void usersOfTheHostAreNotLookedUpThroughALink() {
        // The link leads to itself, inside the root.
        var ended = host.run("-u", "sshd", "passwd", "true").run();
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
    }

    @Test
    void imageIsUnpackedOnceByTenAtOnce() throws IOException {
        host.images().add("fresh", tar().file("fresh", "x"), tar().file("fresh2", "y"));
        var running = new ArrayList<Command.Running>();
        for (var i = 0; i < 10; i++) {
            running.add(host.run("fresh", "cat", "/fresh", "/fresh2").start());
        }
        for (var each : running) {
            assertEquals("xy", each.end().succeeded().out());
        }
        try (var layers = Files.list(host.root().resolve("layers"))) {
            assertTrue(layers.map(Path::getFileName)
                    .noneMatch(name -> name.toString().contains("partial")));
        }
    }
}
