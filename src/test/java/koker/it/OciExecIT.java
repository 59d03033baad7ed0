package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code koker oci exec}: how a further process differs from the container's own, and what engines are told when there is none. */
@Timeout(120)
class OciExecIT {
    private static final int FAILED = 255;

    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host);
        lab.bundle().running("sleep", "1000");
    }

    @AfterEach
    void removeAll() throws IOException {
        lab.close();
    }

    private void start() {
        lab.create().run().succeeded();
        lab.oci("start", "c").run().succeeded();
    }

    private Command.Ended exec(Object... words) {
        return lab.oci("exec", Command.words(words)).run();
    }

    /** By it conmon tells whether it was the runtime that failed, or the command that ended. */
    @ParameterizedTest
    @ValueSource(strings = {"--detach", "--ignore-paused"})
    void aProcessThatNeverWasLeavesNoPidFile(String option) throws IOException {
        start();
        var file = host.work().resolve("pid");
        for (var command : List.of("nope", "/etc")) {
            var ended = exec(option, "--pid-file", file, "c", command);
            assertEquals(FAILED, ended.status(), ended.errors());
            assertFalse(Files.exists(file), command);
        }
        assertEquals(List.of("errors"), List.of(host.work().toFile().list()), "and nothing beside it");
    }

    @Test
    void thePidFileOfOneThatIsWaitedForIsThereMeanwhile() throws IOException {
        start();
        var file = host.work().resolve("pid");
        var running =
                lab.oci("exec", "--pid-file", file, "c", "cat").input("in").run();
        assertEquals("in", running.succeeded().out());
        assertTrue(Files.readString(file).matches("[0-9]+"));
    }

    @Test
    void aPidFileThatCannotBeWrittenEndsTheProcess() throws IOException {
        start();
        var ended = exec("--detach", "--pid-file", host.work().resolve("none/pid"), "c", "sleep", "2000");
        assertEquals(FAILED, ended.status());
        assertTrue(ended.errors().startsWith("koker: exec failed: "), ended.errors());
        assertEquals(1, processes());
    }

    private int processes() {
        return JsonParser.parseString(
                        lab.oci("ps", "--format", "json", "c").run().succeeded().out())
                .getAsJsonArray()
                .size();
    }

    /** As runc has it: what engines give on would be the status of a command otherwise. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exec nobody true                       | container does not exist
            exec c                                 | process args cannot be empty
            exec --tty --detach c true             | cannot allocate tty if koker will detach without setting console socket; give --console-socket
            exec --console-socket /s c true        | cannot use console socket if koker will not detach or allocate tty
            exec --preserve-fds 2 c true           | descriptors that are to be preserved are not open: [3, 4]
            exec --cgroup :a c true                | invalid --cgroup argument: :a (empty <controller> prefix)
            exec --user root c true                | the user is UID or UID:GID, in numbers, and not 'root'; a runtime looks no names up
            exec --additional-gids x c true        | a group is a number, and not 'x'
            exec --process /nope c                 | /nope: no such file
            """)
    void whateverFailsIsNoStatusOfACommand(String words, String reason) {
        start();
        var ended = lab.oci(List.of(words.split(" "))).run();
        assertEquals("koker: exec failed: " + reason, ended.errors().strip());
        assertEquals(FAILED, ended.status());
    }

    @Test
    void theLogSaysSo() throws IOException {
        start();
        var log = host.work().resolve("log");
        host.command(Host.KOKER, "oci", "--root", host.root().resolve("oci"), "--log", log, "exec", "nobody", "true")
                .run();
        assertTrue(Files.readString(log).contains("msg=\"exec failed: container does not exist\""), () -> lab.bundle()
                .toString());
    }

    @Test
    void wordsThatAreWrongAreNoFailureOfExec() {
        var ended = exec("--bogus", "c", "true");
        assertEquals(
                "koker: flag provided but not defined: --bogus", ended.errors().strip());
        assertEquals(1, ended.status());
    }

    private Path process(String json) throws IOException {
        return Files.writeString(host.work().resolve("process.json"), json);
    }

    @Test
    void whatTheFileDoesNotSayIsAsTheContainersProcessHasIt() throws IOException {
        lab.add(
                "process",
                "\"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 77, \"hard\": 88}],"
                        + "\"scheduler\": {\"policy\": \"SCHED_BATCH\", \"nice\": 3},"
                        + "\"ioPriority\": {\"class\": \"IOPRIO_CLASS_IDLE\", \"priority\": 0}");
        start();
        var said = exec("--process", process("""
                                {"user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"],
                                 "args": ["sh", "-c", "ulimit -n; cat /proc/self/status /proc/self/stat"]}
                                """), "c").succeeded().lines();
        assertEquals("77", said.getFirst());
        assertTrue(said.contains("CapBnd:\t0000000000200020"), said::toString);
        var fields =
                said.getLast().substring(said.getLast().lastIndexOf(')') + 2).split(" ");
        assertEquals("3", fields[16], "nice, proc_pid_stat(5)");
        assertEquals("3", fields[38], "SCHED_BATCH");
    }

    @Test
    void whatTheFileSaysCounts() throws IOException {
        lab.add(
                "process",
                "\"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 77, \"hard\": 88}],"
                        + "\"scheduler\": {\"policy\": \"SCHED_BATCH\", \"nice\": 3}");
        start();
        var said = exec("--process", process("""
                                {"user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"],
                                 "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 66, "hard": 66}],
                                 "scheduler": {"policy": "SCHED_OTHER", "nice": 1}, "capabilities": {},
                                 "args": ["sh", "-c", "ulimit -n; cat /proc/self/status /proc/self/stat"]}
                                """), "c").succeeded().lines();
        assertEquals("66", said.getFirst());
        assertTrue(said.contains("CapBnd:\t0000000000000000"), said::toString);
        var fields =
                said.getLast().substring(said.getLast().lastIndexOf(')') + 2).split(" ");
        assertEquals("1", fields[16]);
        assertEquals("0", fields[38]);
    }

    @Test
    void groupsAreAddedToThoseThatTheContainersProcessHas() throws IOException {
        lab.add("process", "\"user\": {\"uid\": 0, \"gid\": 0, \"additionalGids\": [12]}");
        start();
        assertTrue(exec("-g", "34", "-g", "56", "c", "cat", "/proc/self/status")
                .succeeded()
                .lines()
                .contains("Groups:\t12 34 56 "));
    }

    /** As runc has it: they reach programs of users who are not root only where they are inheritable. */
    @ParameterizedTest
    @CsvSource({"'', 0000000000000000", "CAP_CHOWN, 0000000000000001"})
    void capabilitiesAreAmbientWhereTheyAreInheritable(String inheritable, String ambient) throws IOException {
        lab.add(
                "process",
                "\"capabilities\": {\"bounding\": [\"CAP_CHOWN\"], \"permitted\": [\"CAP_CHOWN\"], \"inheritable\": ["
                        + (inheritable.isEmpty() ? "" : '"' + inheritable + '"') + "]}");
        start();
        var ended = exec("--cap", "CAP_CHOWN", "--user", "7", "c", "cat", "/proc/self/status");
        assertTrue(ended.lines().contains("CapAmb:\t" + ambient), ended::out);
        assertEquals("", ended.errors());
    }

    /** Somebody listens at {@code socket}, and tells what comes with a descriptor: its text, and what {@code /proc} says of it. */
    static Command receiver(Host host, Path socket) {
        return host.command("python3", "-c", """
                import array, os, select, socket, sys
                listener = socket.socket(socket.AF_UNIX)
                listener.bind(sys.argv[1])
                listener.listen()
                connection, _ = listener.accept()
                text, control, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
                received = array.array('i', control[0][2])[0]
                print(text.decode())
                for line in open('/proc/self/fdinfo/%d' % received):
                    if line.startswith('Pid:'):
                        print('process', line.split()[1])
                """, socket);
    }

    @Test
    void whoeverListensGetsAHandleOfTheProcess() throws IOException {
        start();
        var socket = host.work().resolve("pidfd");
        var file = host.work().resolve("pid");
        var receiver = receiver(host, socket).start();
        Poll.until("somebody listens", () -> Files.exists(socket));
        lab.oci("exec", "--pidfd-socket", socket, "--pid-file", file, "c", "true")
                .run()
                .succeeded();
        assertEquals(
                List.of("setns", "process " + Files.readString(file)),
                receiver.end().succeeded().lines());
    }

    @Test
    void nobodyWhoTakesTheHandleIsAnError() throws IOException {
        start();
        var ended = exec("--detach", "--pidfd-socket", host.work().resolve("none"), "c", "sleep", "2000");
        assertTrue(
                ended.errors().matches("koker: exec failed: the pidfd socket \\S+ does not take the process: .*\n"),
                ended.errors());
        assertEquals(FAILED, ended.status());
        assertEquals(1, processes());
    }

    /** Runs {@code script} on a terminal of 33 rows and 44 columns, and returns what is shown there. */
    private String onTerminal(String script) {
        return host.command(
                        "script", "--quiet", "--return", "--command", "stty rows 33 cols 44; " + script, "/dev/null")
                .run()
                .out()
                .replace("\r", "");
    }

    private String words(Object... words) {
        return String.join(" ", lab.oci(words).line());
    }

    @Test
    void aTerminalIsAsLargeAsTheUsersFromTheStart() {
        start();
        assertTrue(onTerminal(words("exec", "-t", "c", "stty", "size")).contains("33 44"));
    }

    /** As under runc: what comes through a pipe is typed, and the user's terminal is that of the other streams. */
    @Test
    void standardInputNeedNotBeTheTerminal() {
        start();
        var shown = onTerminal("(echo 'stty size; echo got $((40+2))'; echo exit 5) | " + words("exec", "-t", "c", "sh")
                + "; echo ended $?");
        assertTrue(shown.contains("got 42"), shown);
        assertTrue(shown.contains("33 44"), shown);
        assertTrue(shown.contains("ended 5"), shown);
    }

    @Test
    void aTerminalNeedsNoneOfTheUsers() {
        start();
        var ended = lab.oci("exec", "-t", "c", "sh", "-c", "tty; readlink /proc/self/fd/0; read x; echo got $x")
                .input("in\n")
                .run();
        assertEquals("", ended.errors());
        assertTrue(
                Pattern.compile("/dev/pts/\\d+\r\n(.*\r\n)*got in\r\n")
                        .matcher(ended.out())
                        .find(),
                ended.out());
        assertEquals(0, ended.status());
    }

    /** A folder of PATH may stand there twice, and the command in another one. */
    @Test
    void theLastFolderOfThePathMayStandThereEarlier() throws IOException {
        var only = lab.bundle().folder().resolve("rootfs/usr/bin/only");
        Files.createDirectories(only.getParent());
        Files.writeString(only, "#!/bin/sh\necho here\n");
        Files.setPosixFilePermissions(only, PosixFilePermissions.fromString("rwxr-xr-x"));
        lab.bundle().changed(all -> {
            var process = all.getAsJsonObject("process");
            process.add("env", Bundle.array("PATH=/bin:/usr/bin:/bin"));
        });
        start();
        assertEquals("here\n", exec("c", "only").succeeded().out());
        lab.oci("delete", "--force", "c").run().succeeded();
        lab.bundle().running("only");
        assertEquals("here\n", lab.run().succeeded().out());
    }
}
