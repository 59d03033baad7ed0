package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of {@code koker container run}, each by what it does inside, and exit statuses. */
class RunIT {
    @RegisterExtension
    static final Host host = new Host();

    private static String out(Object... words) {
        return host.run(words).run().succeeded().out().strip();
    }

    private static String shell(String script, Object... options) {
        return out(Command.words(options), "busybox", "sh", "-c", script);
    }

    @ParameterizedTest
    @ValueSource(strings = {"container run", "c run", "run"})
    void hasThreeNames(String name) {
        var ended = host.koker("-q", List.of(name.split(" ")), "busybox", "echo", "hi")
                .run()
                .succeeded();
        assertEquals("hi\n", ended.out());
    }

    @Test
    void optionsAfterTheImageBelongToTheCommand() {
        assertEquals("--rm -it -e", out("busybox", "echo", "--rm", "-it", "-e"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 42, 125, 126, 127, 255})
    void exitsAsTheCommand(int status) {
        var ended = host.run("busybox", "sh", "-c", "exit " + status).run();
        assertEquals(status, ended.status());
        assertEquals("", ended.errors());
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "KILL, 137", "SEGV, 139"})
    void exitsWith128AndTheSignalThatEndedTheCommand(String signal, int status) {
        // PID 1 is immune to its own signals, so an init runs the shell.
        var ended = host.run("--init", "busybox", "sh", "-c", "kill -" + signal + " $$")
                .run();
        assertEquals(status, ended.status());
    }

    @ParameterizedTest
    @CsvSource({
        "nonexistent, 127",
        "/bin/nonexistent, 127",
        "/etc/passwd/x, 127",
        "/etc/passwd, 126",
        "/etc, 126",
        "./etc/group, 126"
    })
    void exitsWith126Or127IfTheCommandCannotBeExecuted(String command, int status) {
        for (var init : List.of(List.of(), List.of("--init"), List.of("-t"))) {
            var ended = host.run(init, "busybox", command).run();
            assertEquals(status, ended.status(), ended::errors);
            assertEquals(1, ended.errors().lines().count(), ended::errors);
            assertTrue(ended.errors().startsWith("koker: "), ended::errors);
            assertTrue(ended.errors().contains(command), ended::errors);
            assertEquals("", ended.out());
        }
    }

    @Test
    void scriptWithoutInterpreterIsToldFromAMissingOne() throws IOException {
        var script = Files.writeString(host.work().resolve("script"), "#!/no/such/interpreter\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        var ended = host.run("-v", script + ":/script", "busybox", "/script").run();
        assertEquals(127, ended.status());
        assertTrue(ended.errors().contains("interpreter"), ended::errors);
    }

    @Test
    void hostnameIsTheShortIdOrTheOneGiven() {
        assertTrue(out("busybox", "hostname").matches("[0-9a-f]{12}"));
        assertEquals("box.example", out("--hostname", "box.example", "busybox", "hostname"));
        assertEquals("box\nbox box", shell("cat /etc/hostname; echo $HOSTNAME $(hostname)", "--hostname", "box"));
    }

    @Test
    void nameCanBeUsedOnceAndIsFreeAgainWhenRemoved() {
        host.run("--name", "one", "busybox", "true").run().succeeded();
        var second = host.run("--name", "one", "busybox", "true").run();
        assertEquals(125, second.status());
        assertTrue(second.errors().contains("'one' is in use"), second::errors);
        host.koker("-q", "container", "rm", "one").run().succeeded();
        out("--rm", "--name", "one", "busybox", "true");
    }

    @Test
    void namedContainerStaysUntilRemoved() throws IOException {
        host.run("--name", "stays", "busybox", "touch", "/mark").run().succeeded();
        assertEquals(
                List.of("stays"), List.of(host.root().resolve("names").toFile().list()));
        var folder = host.root().resolve("names/stays").toRealPath();
        assertTrue(Files.exists(folder.resolve("upper/mark")));
        assertEquals("stays\n", host.koker("container", "rm", "stays").run().out());
        assertFalse(Files.exists(folder));
    }

    @Test
    void removedContainerIsRemovedThoughItHasAName() {
        out("--rm", "--name", "goes", "busybox", "true");
        assertEquals(0, host.root().resolve("containers").toFile().list().length);
    }

    @Test
    void keptContainerStaysThoughItHasNoName() throws IOException {
        host.run("--keep", "busybox", "sh", "-c", "exit 3").run();
        var id = host.root().resolve("containers").toFile().list()[0];
        var state =
                Files.readString(host.root().resolve("containers").resolve(id).resolve("state.json"));
        assertTrue(state.replace(" ", "").contains("\"status\":3"), state);
        host.koker("container", "rm", id.substring(0, 6)).run().succeeded();
    }

    @Test
    void runningContainerIsNotRemoved() throws IOException {
        var running = host.run("--name", "busy", "-i", "busybox", "cat")
                .input(endless())
                .start();
        Poll.until(
                "the container runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" cat")));
        var removal = host.koker("-q", "container", "rm", "busy").run();
        assertEquals(1, removal.status());
        assertTrue(removal.errors().contains("is running"), removal::errors);
        running.signal("KILL");
        running.end();
        host.koker("-q", "container", "rm", "busy").run().succeeded();
    }

    @Test
    void environmentIsTheImagesAndTheOptionsAndNothingOfTheHost() throws IOException {
        var file = Files.writeString(host.work().resolve("env"), """
                # a comment
                FILE=from file
                BOTH=from file

                EMPTY=
                FROM_HOST
                MISSING_ON_HOST
                """);
        var ended = host.run(
                        "--env-file",
                        file,
                        "-e",
                        "BOTH=from option",
                        "--env",
                        "EQUALS=a=b",
                        "-e",
                        "ALSO_FROM_HOST",
                        "-e",
                        "ABSENT",
                        "--hostname",
                        "h",
                        "busybox",
                        "env")
                .env("FROM_HOST", "host's")
                .env("ALSO_FROM_HOST", "host's, too")
                .env("SECRET", "1")
                .env("LD_PRELOAD", "")
                .run()
                .succeeded();
        assertEquals(
                new TreeSet<>(List.of(
                        "FILE=from file",
                        "BOTH=from option",
                        "EMPTY=",
                        "FROM_HOST=host's",
                        "EQUALS=a=b",
                        "ALSO_FROM_HOST=host's, too",
                        "HOSTNAME=h",
                        "HOME=/root",
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")),
                new TreeSet<>(ended.lines()));
    }

    @Test
    void environmentOfAllProcessesIsFreeOfTheHosts() {
        var script = "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null";
        var ended = host.run("--init", "busybox", "sh", "-c", script + "; true")
                .env("SECRET_OF_HOST", "1")
                .run()
                .succeeded();
        assertFalse(ended.out().contains("SECRET_OF_HOST"), ended::out);
        assertFalse(ended.out().contains("koker"), ended::out);
    }

    @Test
    void argumentsOfAnyLanguagePassWhateverTheLocale() {
        for (var locale : List.of("C", "POSIX", "C.UTF-8", "en_US.UTF-8", "")) {
            var ended = host.run("-e", "X=é 漢", "busybox", "sh", "-c", "echo \"$1 $X\"", "sh", "grüße 🐳")
                    .env("LC_ALL", locale)
                    .env("LANG", locale)
                    .run()
                    .succeeded();
            assertEquals("grüße 🐳 é 漢\n", ended.out(), locale);
        }
    }

    @Test
    void argumentsPassUnchanged() {
        var words = List.of("", " ", "a b", "\"", "'", "\\", "$HOME", "*", "\n", "@file", "--", "-D", "\t%n");
        var ended = host.run("busybox", "sh", "-c", "for i; do echo \"[$i]\"; done", "sh", words)
                .run()
                .succeeded();
        assertEquals(
                String.join("", words.stream().map(word -> "[" + word + "]\n").toList()), ended.out());
    }

    @Test
    void workdirIsMadeIfMissing() {
        assertEquals("/", out("busybox", "pwd"));
        assertEquals("/etc", out("-w", "/etc", "busybox", "pwd"));
        assertEquals("/a/b/c", out("--workdir", "/a/b/c", "busybox", "pwd"));
        assertEquals("/tmp", out("-w", "/a/../tmp", "busybox", "pwd"));
        assertEquals("755 0 0", shell("stat -c '%a %u %g' /a/b", "-w", "/a/b"));
    }

    @Test
    void workdirMayBeClosedToTheUser() {
        assertEquals("700 0 0\n/root", shell("stat -c '%a %u %g' /root; pwd", "-w", "/root", "-u", "1000"));
        assertEquals("1 /root", shell("ls 2>&- ; echo $? $PWD", "-w", "/root", "-u", "1000", "--cap-drop", "ALL"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mail | 8 8 8 | /var/spool/mail",
                "8 | 8 8 8 | /var/spool/mail",
                "mail:users | 8 100 100 | /var/spool/mail",
                "mail:77 | 8 77 77 | /var/spool/mail",
                "1234 | 1234 0 0 | /",
                "1234:5678 | 1234 5678 5678 | /",
                ":100 | 0 100 100 | /root",
                "root | 0 0 0 10 | /root",
                "2147483647 | 2147483647 0 0 | /"
            })
    void userIsLookedUpInTheImage(String user, String ids, String home) {
        assertEquals(ids + "\n" + home, shell("echo $(id -u) $(id -g) $(id -G); echo $HOME", "-u", user));
    }

    @Test
    void userIsNotLookedUpOnTheHost() throws IOException {
        var passwd = Files.writeString(host.work().resolve("passwd"), "mail:x:1:1::/:/bin/sh\n");
        assertEquals("8", shell("id -u", "-u", "mail", "-v", passwd + ":/etc/passwd"));
    }

    @Test
    void volumeShowsFolderOrFile() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        Files.writeString(folder.resolve("file"), "content");
        assertEquals(
                "contentcontent",
                shell(
                        "echo -n new > /data/new; cat /data/file /deep/er/file",
                        "-v",
                        folder + ":/data",
                        "--volume",
                        folder.resolve("file") + ":/deep/er/file"));
        assertEquals("new", Files.readString(folder.resolve("new")));
    }

    @Test
    void volumeOfARelativePathIsFound() throws IOException {
        Files.writeString(host.work().resolve("file"), "content");
        assertEquals(
                "content",
                host.run("-v", "./file:/x", "busybox", "cat", "/x")
                        .in(host.work())
                        .run()
                        .succeeded()
                        .out());
    }

    @Test
    void readOnlyVolumeCannotBeWritten() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        assertEquals("no", shell("touch /data/x 2>/dev/null || echo no", "-v", folder + ":/data:ro"));
        assertEquals(
                "no",
                shell(
                        "touch /data/x 2>/dev/null || echo no",
                        "--mount",
                        "type=bind,source=" + folder + ",target=/data,readonly"));
        assertFalse(Files.exists(folder.resolve("x")));
    }

    @Test
    void volumesMayBeInsideEachOtherInAnyOrder() throws IOException {
        var outer = Files.createDirectories(host.work().resolve("outer/inner"));
        var inner = Files.createDirectory(host.work().resolve("other"));
        Files.writeString(inner.resolve("file"), "inner");
        assertEquals(
                "inner",
                shell("cat /data/inner/file", "-v", inner + ":/data/inner", "-v", outer.getParent() + ":/data"));
    }

    @Test
    void volumeCanHideWhatKokerMounts() throws IOException {
        var file = Files.writeString(host.work().resolve("hosts"), "1.2.3.4 mine\n");
        assertEquals("1.2.3.4 mine", shell("cat /etc/hosts", "-v", file + ":/etc/hosts"));
        assertEquals("tmpfs", shell("stat -f -c %T /dev/shm", "--tmpfs", "/dev/shm:size=1m"));
        assertEquals("1024", shell("df -k /dev/shm | tail -1 | awk '{print $2}'", "--tmpfs", "/dev/shm:size=1m"));
    }

    @Test
    void mountDescribesBindAndTmpfs() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        Files.writeString(folder.resolve("file"), "content");
        assertEquals("content", shell("cat /data/file", "--mount", "type=bind,src=" + folder + ",dst=/data"));
        assertEquals(
                "tmpfs 1700 2048",
                shell(
                        "echo $(stat -f -c %T /t) $(stat -c %a /t) $(df -k /t | tail -1 | awk '{print $2}')",
                        "--mount", "type=tmpfs,target=/t,tmpfs-size=2m,tmpfs-mode=1700"));
    }

    @Test
    void tmpfsIsEmptyAndOfTheSizeAsked() {
        assertEquals(
                "0 1024 nosuid,nodev,noexec",
                shell(
                                "echo $(ls /etc | wc -l) $(df -k /etc/x | tail -1 | awk '{print $2}')"
                                        + " $(grep -o ' /etc/x rw,[^ ]*' /proc/self/mountinfo | cut -d, -f2-4)",
                                "--tmpfs",
                                "/etc/x:size=1m")
                        .replaceFirst("^[0-9]+", "0"));
        assertEquals("0", shell("ls /bin/x | wc -l", "--tmpfs", "/bin/x"));
        assertEquals("exec", shell("cp /bin/true /x && /x/true && echo exec", "--tmpfs", "/x:exec"));
    }

    @Test
    void readOnlyRootCannotBeChangedButItsMountsCan() {
        assertEquals(
                "no ok ok",
                shell(
                        "touch /x 2>/dev/null || echo -n 'no '; touch /dev/shm/x && echo -n 'ok '; touch /t/x && echo ok",
                        "--read-only",
                        "--tmpfs",
                        "/t"));
    }

    @Test
    void readOnlyRootAllowsNoDevicesEither() {
        var root = shell("grep ' / / ' /proc/self/mountinfo", "--read-only").split(" ")[5];
        assertTrue(List.of(root.split(",")).containsAll(List.of("ro", "nodev")), root);
    }

    @Test
    void entrypointReplacesTheImages() {
        assertEquals("hi", out("--entrypoint", "echo", "busybox", "hi"));
        assertEquals("hi", out("--entrypoint", "", "busybox", "echo", "hi"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                              | 00000000a80425fb | 00000000a80425fb",
                "--cap-add NET_ADMIN           | 00000000a80435fb | 00000000a80435fb",
                "--cap-add cap_net_admin       | 00000000a80435fb | 00000000a80435fb",
                "--cap-drop CAP_CHOWN          | 00000000a80425fa | 00000000a80425fa",
                "--cap-drop ALL                | 0000000000000000 | 0000000000000000",
                "--cap-drop all --cap-add kill | 0000000000000020 | 0000000000000020",
                "-u mail                       | 0000000000000000 | 00000000a80425fb"
            })
    void capabilitiesAreThoseAskedFor(String options, String now, String bounding) {
        var status = shell("grep Cap /proc/self/status", options == null ? List.of() : List.of(options.split(" ")));
        assertEquals(
                List.of(
                        "CapInh:\t0000000000000000",
                        "CapPrm:\t" + now,
                        "CapEff:\t" + now,
                        "CapBnd:\t" + bounding,
                        "CapAmb:\t0000000000000000"),
                status.lines().toList());
    }

    @Test
    void allCapabilitiesAreThoseThatKokerHas() throws IOException {
        var own = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("CapPrm"))
                .findFirst()
                .orElseThrow();
        assertEquals(own, shell("grep CapPrm /proc/self/status", "--cap-add", "ALL"));
    }

    @Test
    void ulimitsHold() {
        assertEquals("100 200", shell("echo $(ulimit -Sn) $(ulimit -Hn)", "--ulimit", "nofile=100:200"));
        assertEquals(
                "50 50 0",
                shell(
                        "echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -c)",
                        "--ulimit",
                        "nofile=50",
                        "--ulimit",
                        "core=0:0"));
        assertEquals("77", shell("ulimit -n", "--ulimit", "nofile=77", "--init", "-u", "mail"));
    }

    @Test
    void shmHasTheSizeAsked() {
        var size = "df -k /dev/shm | tail -1 | awk '{print $2}'";
        assertEquals("65536", shell(size));
        assertEquals("1024", shell(size, "--shm-size", "1m"));
        assertEquals("1024", shell(size, "--shm-size", "1048576"));
    }

    @Test
    void initIsPidOneAndReapsOrphans() {
        assertEquals("1", shell("echo $$"));
        assertEquals("2", shell("echo $$", "--init"));
        // An orphan that has ended is gone from the list of processes.
        assertEquals(
                "reaped",
                shell(
                        "sh -c 'sleep 0.05 &'; for i in $(seq 200); do ls /proc | grep -q '^4$' || break; sleep 0.02; done;"
                                + " [ -e /proc/4 ] || echo reaped",
                        "--init"));
        assertEquals(
                7, host.run("--init", "busybox", "sh", "-c", "exit 7").run().status());
    }

    @Test
    void noNetworkMeansLoopbackAlone() {
        assertEquals(
                "lo\n127.0.0.1",
                shell("ls /sys/class/net; ip -4 addr show lo | grep -o 127.0.0.1", "--network", "none"));
        assertEquals(
                "1 packets transmitted, 1 packets received",
                shell(
                        "ping -c 1 -W 2 127.0.0.1 | grep -o '^1 packets transmitted, 1 packets received'",
                        "--network",
                        "none"));
    }

    @Test
    void hostNetworkIsTheHosts() throws IOException {
        assertEquals(
                Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString(),
                shell("readlink /proc/self/ns/net", "--network", "host"));
        assertEquals(Files.readString(Path.of("/etc/hosts")).strip(), shell("cat /etc/hosts", "--network", "host"));
    }

    @Test
    void umaskOfTheUserDoesNotMatter() throws IOException {
        host.images().add("umask", Map.of("Volumes", Map.of("/volume", Map.of())));
        var koker = String.join(" ", host.runWords());
        var ended = host.command(
                        "sh",
                        "-c",
                        "umask 077; " + koker + " -w /work/dir umask sh -c 'stat -c %a"
                                + " / /etc/hosts /dev /dev/null /work /work/dir /volume; umask'")
                .run()
                .succeeded();
        assertEquals(List.of("755", "644", "755", "666", "755", "755", "755", "0022"), ended.lines());
    }

    @Test
    void manyOpenFilesOfTheUserAreNoMatter() {
        var python = """
                import os, subprocess, sys
                for _ in range(400):
                    os.set_inheritable(os.open('/etc/shadow', os.O_RDONLY), True)
                sys.exit(subprocess.run(sys.argv[1:], close_fds=False).returncode)
                """;
        for (var options : List.of(List.of(), List.of("-t"), List.of("--init"))) {
            var script = "for i in /proc/self/fd/* /proc/1/fd/*; do readlink $i; done | grep -c shadow";
            var ended = host.command("python3", "-c", python, host.runWords(), options, "busybox", "sh", "-c", script)
                    .run();
            assertEquals("", ended.errors());
            assertEquals("0", ended.out().strip());
        }
    }

    @Test
    void twentyAtOnce() {
        var running = IntStream.range(0, 20)
                .mapToObj(i -> host.run("busybox", "sh", "-c", "echo " + i + "; exit " + i)
                        .start())
                .toList();
        for (var i = 0; i < running.size(); i++) {
            var ended = running.get(i).end();
            assertEquals("", ended.errors());
            assertEquals(i, ended.status());
            assertEquals(i + "\n", ended.out());
        }
    }

    @Test
    void twentyAtOnceInANewStateFolder() {
        var root = host.work().resolve("new");
        var running = IntStream.range(0, 20)
                .mapToObj(i -> host.kokerAt(root, "-q", "run", "--network", "none", "busybox", "echo", i)
                        .start())
                .toList();
        for (var i = 0; i < running.size(); i++) {
            var ended = running.get(i).end();
            assertEquals("", ended.errors());
            assertEquals(i + "\n", ended.out());
        }
        assertEquals(0, root.resolve("containers").toFile().list().length);
    }

    @Test
    void storyIsToldAndQuietIsSilent() {
        var told = host.koker("run", "busybox", "true").run();
        assertTrue(told.errors().contains("INF Container started"), told::errors);
        assertFalse(told.errors().contains("DBG"), told::errors);
        var shown = host.koker("-D", "run", "busybox", "true").run();
        assertTrue(shown.errors().contains("DBG Enter root"), shown::errors);
        assertTrue(shown.errors().contains("call=\"pivot_root("), shown::errors);
        host.run("busybox", "true").run().succeeded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "é", "a%b", "a'b", "$a", "-D"})
    void stateFolderMayHaveAlmostAnyName(String name) {
        var root = host.work().resolve(name);
        var file = host.work().resolve("f");
        var ended = host.kokerAt(root, "-q", "run", "--network", "none", "busybox", "echo", "hi")
                .run();
        assertEquals("", ended.errors());
        assertEquals("hi\n", ended.out());
    }

    static InputStream endless() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    Thread.sleep(Duration.ofMinutes(1));
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return -1;
            }
        };
    }
}
