package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files go into containers and out of them, whether they run or not, and never anywhere else. */
@Timeout(180)
class CopyIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final int ROUNDS = 25;

    @BeforeEach
    void makeFiles() {
        shell("""
                mkdir -p tree/sub tree/empty
                echo a > tree/a; ln tree/a tree/hard; ln -s ../a tree/sub/link; ln -s /etc/passwd tree/absolute
                mkfifo tree/sub/fifo; chown 1234:5678 tree/a tree/sub; chmod 4751 tree/a; chmod 2770 tree/sub
                truncate -s 8M tree/sparse; printf x >> tree/sparse
                touch -d '2001-02-03 04:05:06.789012345 UTC' tree/a tree/sub tree
                printf 'caf\\351\\n' > "tree/$(printf 'caf\\351')"
                """);
    }

    @AfterEach
    void removeContainers() {
        host.koker("rm", "-f", "c").run();
    }

    private static Command.Ended copy(Object... words) {
        return host.koker("-q", "cp", Command.words(words)).in(host.work()).run();
    }

    private static String shell(String script) {
        var ended = host.command("sh", "-ec", script).in(host.work()).run();
        assertEquals(0, ended.status(), () -> script + ": " + ended.errors());
        return ended.out();
    }

    private static String inside(String script) {
        return host.koker("-q", "exec", "c", "sh", "-c", script)
                .run()
                .succeeded()
                .out();
    }

    /** All that there is to say of a tree, but for the times of what cp does not date. */
    private static final String DESCRIBE = """
            cd %s; find . -printf '%%P %%y %%m %%n %%l %%s %%T@\\n' | sed 's/\\( d .*\\) [0-9]* \\([0-9.]*\\)$/\\1 \\2/' | LC_ALL=C sort""";

    private static void run(String... options) {
        host.koker("-q", "run", "-d", "--name", "c", List.of(options), "busybox", "sleep", "1000")
                .run();
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "paused", "stopped", "created"})
    void aTreeComesBackAsItWent(String state) {
        if (state.equals("created")) {
            host.koker("create", "--name", "c", "busybox", "true").run();
        } else {
            run();
            switch (state) {
                case "paused" -> host.koker("pause", "c").run().succeeded();
                case "stopped" -> host.koker("stop", "-t", "0", "c").run().succeeded();
                default -> {}
            }
        }
        copy("-a", "tree", "c:/root").succeeded();
        copy("-a", "c:/root/tree", "back").succeeded();
        assertEquals(shell(DESCRIBE.formatted("tree")), shell(DESCRIBE.formatted("back")));
        assertEquals("1234:5678 1234:5678 0:0\n", shell("echo $(cd back; stat -c %u:%g a sub empty)"));
        shell("test $(du -k back/sparse | cut -f 1) -lt 100; cmp tree/sparse back/sparse; test back/a -ef back/hard");
        copy("c:/root/tree", "rooted").succeeded();
        assertEquals("0:0 4751\n", shell("stat -c '%u:%g %a' rooted/a"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tree/a     | c:/tmp/new        | /tmp/new
            tree/a     | c:/tmp            | /tmp/a
            tree/a     | c:/tmp/           | /tmp/a
            tree/a     | c:tmp             | /tmp/a
            tree/a     | c:/file           | /file
            tree/a     | c:/link           | /file
            tree/a     | c:/dangling       | /tmp/target
            tree/a     | c:/toFolder       | /tmp/a
            tree       | c:/tmp            | /tmp/tree/a
            tree       | c:/tmp/new        | /tmp/new/a
            tree       | c:/tmp/new/       | /tmp/new/a
            tree/      | c:/tmp            | /tmp/tree/a
            tree/.     | c:/tmp            | /tmp/a
            tree/.     | c:/tmp/new        | /tmp/new/a
            -L toA     | c:/tmp/new        | /tmp/new
            toTree/.   | c:/tmp            | /tmp/a
            """)
    void whatGoesWhereIsAsInDocker(String source, String target, String expected) {
        run();
        shell("ln -s tree/a toA; ln -s tree toTree");
        inside("echo old > /file; ln -s /file /link; ln -s /tmp/target /dangling; ln -s tmp /toFolder");
        copy(List.of(source.split(" ")), target).succeeded();
        assertEquals("a\n", inside("cat " + expected));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tree/a          | c:/nosuch/      | there is no folder c:/nosuch/
            tree/a          | c:/no/such      | there is no folder to copy c:/no/such to
            tree/a          | c:/etc/passwd/x | there is no folder to copy c:/etc/passwd/x to
            tree            | c:/etc/passwd   | cannot copy the folder tree to c:/etc/passwd, which is none
            tree/a/         | c:/tmp          | there is no folder tree/a/
            nosuch          | c:/tmp          | no such file or folder: nosuch
            c:/nosuch       | .               | no such file or folder: c:/nosuch
            c:/etc          | tree/a          | cannot copy the folder c:/etc to tree/a, which is none
            tree/a          | c:/proc/new     | cannot copy tree/a to c:/proc/new
            tree/a          | c:/etc/hosts    | something is mounted there
            tree/a          | c:/closed/new   | Read-only file system
            tree/a          | tree/b          | neither of the two is in a container
            c:/etc          | c:/tmp          | koker does not copy between containers
            tree/a          | nosuch:/        | no container 'nosuch'
            """)
    void whatCannotBeCopiedIsSaidInOneLine(String source, String target, String message) {
        run("-v", host.work() + "/tree:/closed:ro");
        var before = shell("find tree | LC_ALL=C sort");
        var ended = copy(source, target);
        assertEquals(125, ended.status());
        assertTrue(ended.errors().startsWith("koker: ") && ended.errors().contains(message), ended::errors);
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertEquals(before, shell("find tree | LC_ALL=C sort"));
    }

    @Test
    void kindsAreNotReplacedByOtherKinds() {
        run();
        inside("mkdir -p /tmp/tree/a; echo kept > /tmp/tree/sub");
        assertTrue(copy("tree/a", "c:/tmp/tree").errors().contains("there is a folder of that name already"));
        assertTrue(copy("tree/sub", "c:/tmp/tree").errors().contains("cannot copy")
                || inside("cat /tmp/tree/sub").equals("kept\n"));
        assertEquals("kept\n", inside("cat /tmp/tree/sub"));
    }

    @Test
    void archivesGoInAndOut() throws IOException {
        run();
        var tar = host.command("tar", "-C", host.work(), "--format=posix", "-cf", "-", "tree")
                .run();
        host.koker("-q", "cp", "-a", "-", "c:/tmp").input(tar.output()).run().succeeded();
        assertEquals("1234 5678 4751\n", inside("stat -c '%u %g %a' /tmp/tree/a"));
        var out = host.koker("-q", "cp", "c:/tmp/tree", "-").run().succeeded();
        Files.write(host.work().resolve("out.tar"), out.output());
        shell("mkdir out; tar -C out --numeric-owner -xf out.tar; test out/tree/a -ef out/tree/hard");
        assertEquals(shell(DESCRIBE.formatted("tree")), shell(DESCRIBE.formatted("out/tree")));
        assertEquals(
                "a\nempty/\n",
                host.command("sh", "-c", "tar -t | grep -x 'a\\|empty/'")
                        .input(host.koker("-q", "cp", "c:/tmp/tree/.", "-")
                                .run()
                                .output())
                        .run()
                        .out());
        for (var bad : List.of("", "no tar at all", "no tar at all, and long enough to be one".repeat(50))) {
            var refused = host.koker("-q", "cp", "-", "c:/tmp").input(bad).run();
            assertEquals(125, refused.status());
            assertEquals(1, refused.errors().lines().count(), refused::errors);
        }
        var nowhere =
                host.koker("-q", "cp", "-", "c:/etc/passwd").input(tar.output()).run();
        assertTrue(nowhere.errors().contains("is no folder"), nowhere::errors);
    }

    @Test
    void linksInAnArchiveLeadWhereTheContainerSeesThem() throws IOException {
        run();
        inside("mkdir /inner; ln -s /inner /tmp/absolute; ln -s ../../../inner /tmp/up");
        shell(
                "mkdir -p t/absolute t/up; echo 1 > t/absolute/one; echo 2 > t/up/two; tar -C t -cf t.tar absolute/one up/two");
        host.koker("-q", "cp", "-", "c:/tmp")
                .input(Files.readAllBytes(host.work().resolve("t.tar")))
                .run()
                .succeeded();
        assertEquals("1\n2\n", inside("cat /inner/one /inner/two"));
        assertFalse(Files.exists(Path.of("/inner")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void volumesAreSeen(boolean running) {
        shell("mkdir volume; echo from the host > volume/file");
        run("-v", host.work() + "/volume:/data");
        if (!running) {
            host.koker("stop", "-t", "0", "c").run().succeeded();
        }
        copy("tree/a", "c:/data/new").succeeded();
        assertEquals("a\n", shell("cat volume/new"));
        copy("c:/data/file", "got").succeeded();
        assertEquals("from the host\n", shell("cat got"));
        copy("c:/etc/hostname", "name").succeeded();
        assertEquals(13, shell("cat name").length());
    }

    @Test
    void aReadOnlyRootStaysSo() {
        host.koker("create", "--name", "c", "--read-only", "busybox", "true").run();
        var refused = copy("tree/a", "c:/root");
        assertTrue(refused.errors().contains("Read-only file system"), refused::errors);
    }

    @Test
    void theKernelsOwnFileSystemsAndDevicesAreLeftOut() {
        run();
        inside("mknod /tmp/zero c 1 5");
        var ended = host.koker("cp", "c:/", "all").in(host.work()).run();
        assertEquals(0, ended.status(), ended::errors);
        assertEquals("0\n", shell("ls -A all/proc all/sys all/dev | grep -vc ':$' | grep -v '^[23]$' || echo 0"));
        assertTrue(ended.errors().contains("WRN Device left out"), ended::errors);
        assertFalse(Files.exists(host.work().resolve("all/tmp/zero"), LinkOption.NOFOLLOW_LINKS));
    }

    /** CVE-2018-15664: between the look at a path and its use, somebody in the container makes a link of it. */
    @Test
    void aContainerThatSwapsLinksLeadsNowhere() throws Exception {
        Files.createDirectory(host.victim());
        Files.writeString(host.victim().resolve("secret"), "secret of the host");
        var path = host.victim().toString().substring(1);
        shell("mkdir -p in; for i in $(seq 50); do echo pwned > in/$i; mkfifo in/fifo$i; chmod 666 in/fifo$i; done");
        host.koker("-q", "run", "-d", "--name", "c", "busybox", "sh", "-c", """
                        mkdir -p /d/x /%1$s; echo harmless > /%1$s/secret
                        while :; do
                            rm -rf /d/x; ln -s /%1$s /d/x; rm -rf /d/x; ln -s ../../../../../../../%1$s /d/x
                            rm -rf /d/x; mkdir /d/x; echo harmless > /d/x/secret
                        done""".formatted(path))
                .run();
        for (var i = 0; i < ROUNDS; i++) {
            copy("in/.", "c:/d/x");
            copy("in/1", "c:/d/x/secret");
            copy("in/1", "c:/d/x/new");
            copy("c:/d/x/secret", "out" + i);
            var listed = host.koker("-q", "cp", "c:/d/x", "-").run();
            assertFalse(listed.out().contains("secret of the host"));
            var out = host.work().resolve("out" + i);
            assertTrue(!Files.exists(out) || !Files.readString(out).contains("secret of the host"));
        }
        assertEquals(List.of("secret"), List.of(host.victim().toFile().list()));
        assertEquals("secret of the host", Files.readString(host.victim().resolve("secret")));
    }

    @Test
    void aLinkThatAnEarlierCopyMadeIsNotFollowed() throws IOException {
        Files.createDirectory(host.victim());
        run();
        inside("mkdir /top; ln -s " + host.victim() + " /top/x");
        copy("c:/top", "out").succeeded();
        inside("rm /top/x; mkdir /top/x; echo pwned > /top/x/file");
        var refused = copy("c:/top/.", "out");
        assertTrue(refused.errors().contains("there is a file of that name already"), refused::errors);
        assertEquals(0, host.victim().toFile().list().length);
    }

    @Test
    void aKilledCopyLeavesWholeFilesOnly() throws Exception {
        run();
        var large = new byte[8 << 20];
        new Random(1).nextBytes(large);
        Files.createDirectory(host.work().resolve("large"));
        for (var i = 0; i < 8; i++) {
            Files.write(host.work().resolve("large/" + i), large);
        }
        var random = new Random(2);
        for (var i = 0; i < ROUNDS; i++) {
            var running =
                    host.koker("-q", "cp", "large", "c:/tmp").in(host.work()).start();
            Thread.sleep(150 + random.nextInt(400));
            running.process().destroyForcibly();
            running.end();
            assertEquals("", inside("find /tmp -type f ! -size 16384b").strip());
        }
        copy("large", "c:/tmp").succeeded();
        copy("c:/tmp/large/0", "zero").succeeded();
        assertArrayEquals(large, Files.readAllBytes(host.work().resolve("zero")));
    }

    @Test
    void aFullDiskIsOneLineAndNoFile() {
        run("--tmpfs", "/small:size=1m");
        shell("head -c 2m /dev/urandom > two");
        var ended = copy("two", "c:/small");
        assertEquals("koker: cannot copy two to c:/small: No space left on device (ENOSPC)\n", ended.errors());
        assertEquals("", inside("ls -A /small"));
    }

    @Test
    void helpAndWrongUsageAreClear() {
        var help = host.koker("cp", "--help").run().succeeded().out();
        assertTrue(
                help.startsWith("Usage: koker cp [-ahLq] ")
                        && Pattern.compile("\\sSOURCE\\s+TARGET\n")
                                .matcher(help)
                                .find(),
                help);
        var ended = host.koker("cp", "one").within(Duration.ofSeconds(20)).run();
        assertEquals(1, ended.errors().lines().count());
        assertTrue(ended.errors().contains("TARGET"), ended::errors);
    }
}
