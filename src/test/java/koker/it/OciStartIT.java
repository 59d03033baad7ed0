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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code koker oci create}, {@code start} and {@code run}: how a container becomes its command, or says why it cannot. */
@Timeout(120)
class OciStartIT {
    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host);
    }

    @AfterEach
    void removeAll() throws IOException {
        lab.close();
    }

    private void executable(String name, String text) throws IOException {
        var file = lab.bundle().folder().resolve("rootfs" + name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /**
     * Creates the container and starts it, and returns what it has written on standard error, and then its status, as somebody sees it whose
     * child it becomes.
     */
    private List<String> started(String... globals) {
        return host.command(
                        "python3",
                        "-c",
                        """
                        import ctypes, os, subprocess, sys
                        ctypes.CDLL(None).prctl(36, 1) # PR_SET_CHILD_SUBREAPER
                        errors, file, bundle, *koker = sys.argv[1:]
                        with open(errors, 'w') as to:
                            subprocess.run(koker + ['create', '--bundle', bundle, '--pid-file', file, 'c'],
                                stdin=subprocess.DEVNULL, stdout=to, stderr=to, check=True)
                        subprocess.run(koker[:1] + koker[-3:] + ['start', 'c'], check=True)
                        status = os.waitstatus_to_exitcode(os.waitpid(int(open(file).read()), 0)[1])
                        print(open(errors).read().rstrip('\\n'))
                        print(status)
                        """,
                        host.work().resolve("errors"),
                        host.work().resolve("pid"),
                        lab.bundle().folder(),
                        Host.KOKER,
                        List.of(globals),
                        "oci",
                        "--root",
                        host.root().resolve("oci"))
                .run()
                .succeeded()
                .lines();
    }

    /** The errors that users look up most. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /run.sh      | #!/nope           | exec /run.sh: no such file or directory
            /run.sh      | no program        | exec /run.sh: exec format error
            /run.sh      | #!/etc            | exec /run.sh: permission denied
            /run.sh      | #!/run.sh         | exec /run.sh: too many levels of symbolic links
            run.sh       | #!/nope           | exec run.sh: no such file or directory
            run.sh       | no program        | exec run.sh: exec format error
            run.sh       | #!/etc            | exec run.sh: permission denied
            """)
    void whyThereIsNoCommandIsSaidOnItsStandardError(String command, String script, String said) throws IOException {
        executable(command.startsWith("/") ? command : "/bin/" + command, script + "\n");
        lab.bundle().running(command);
        lab.bundle().with("process", "env", Bundle.array("PATH=/usr/bin:/bin:/usr/local/bin"));
        assertEquals(List.of(said, "255"), started());
    }

    @Test
    void itIsSaidThroughAFilterThatAllowsIt() throws IOException {
        executable("/run.sh", "#!/nope\n");
        lab.bundle().running("/run.sh");
        lab.add("process", "\"noNewPrivileges\": true");
        lab.add(
                "linux",
                "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
                        + "{\"names\": [\"reboot\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");
        assertEquals(List.of("exec /run.sh: no such file or directory", "255"), started());
    }

    @Test
    void oneThatIsMadeToFailSaysSo() throws IOException {
        lab.bundle().running("true");
        assertEquals(List.of("exec true: argument list too long", "255"), started("-q", "--fail", "execve#2=E2BIG"));
    }

    @Test
    void aDryRunShowsWhatIsSaidThen() throws IOException {
        lab.bundle().running("/bin/true");
        var shown = lab.oci("--dry-run", "create", "--bundle", lab.bundle().folder(), "c")
                .run()
                .succeeded()
                .out();
        assertTrue(shown.contains("write(2, \"exec /bin/true: no such file or directory\\n\""), shown);
        assertTrue(shown.contains("exit_group(255)"), shown);
        var run = lab.oci("--dry-run", "run", "--bundle", lab.bundle().folder(), "c")
                .run()
                .succeeded()
                .out();
        assertFalse(run.contains("exit_group(255)"), "koker itself says it there: " + run);
    }

    /** By its number, as shells know few names: 37 is SIGRTMIN+3, how systemd in a container is told to stop. */
    @ParameterizedTest
    @ValueSource(ints = {15, 20, 29, 30, 34, 37, 64})
    void signalsArePassedOn(int signal) throws IOException {
        lab.bundle().script("trap 'echo got; exit 9' " + signal + "; touch /tmp/ready; while :; do sleep 0.02; done");
        var running = lab.oci("run", "--bundle", lab.bundle().folder(), "c").start();
        Poll.until(
                "the command is ready", () -> Files.exists(lab.bundle().folder().resolve("rootfs/tmp/ready")));
        Poll.until("koker catches it", () -> isCaught(running.pid(), signal));
        running.signal(Integer.toString(signal));
        var ended = running.end();
        assertEquals("got\n", ended.out());
        assertEquals(9, ended.status());
    }

    private static boolean isCaught(long pid, int signal) throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("SigCgt:")) {
                var caught = Long.parseUnsignedLong(
                        line.substring("SigCgt:".length()).strip(), 16);
                return (caught >>> signal - 1 & 1) == 1;
            }
        }
        return false;
    }

    /** Whoever uses koker as a runtime decides himself when he has no patience any more. */
    @Test
    void noNumberOfSignalsKillsTheContainer() throws IOException {
        lab.bundle()
                .script("n=0; trap 'n=$((n+1)); echo $n >/tmp/n' TERM; trap 'exit 9' USR1; echo 0 >/tmp/n;"
                        + " while :; do sleep 0.02; done");
        var running = lab.oci("run", "--bundle", lab.bundle().folder(), "c").start();
        var count = lab.bundle().folder().resolve("rootfs/tmp/n");
        for (var i = 0; i < 5; i++) {
            var expected = Integer.toString(i);
            Poll.until(
                    "it has got " + i,
                    () -> Files.exists(count) && Files.readString(count).strip().equals(expected));
            running.signal("TERM");
        }
        Poll.until("it has got 5", () -> Files.readString(count).strip().equals("5"));
        running.signal("USR1");
        assertEquals(9, running.end().status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void whoeverListensGetsAHandleOfTheProcess(String verb) throws IOException {
        lab.bundle().running("true");
        var socket = host.work().resolve("pidfd");
        var file = host.work().resolve("pid");
        var receiver = OciExecIT.receiver(host, socket).start();
        Poll.until("somebody listens", () -> Files.exists(socket));
        var ended = host.command(
                        "sh",
                        "-c",
                        "\"$@\" </dev/null >/dev/null 2>\"$0\"; status=$?; cat \"$0\" >&2; exit $status",
                        host.work().resolve("errors"),
                        lab.oci(
                                        verb,
                                        "--pidfd-socket",
                                        socket,
                                        "--pid-file",
                                        file,
                                        "--bundle",
                                        lab.bundle().folder(),
                                        "c")
                                .line())
                .run();
        ended.succeeded();
        assertEquals(
                List.of("standard", "process " + Files.readString(file)),
                receiver.end().succeeded().lines());
    }

    @Test
    void nobodyWhoTakesTheHandleMeansNoContainer() throws IOException {
        lab.bundle().running("sleep", "1000");
        var ended = lab.oci(
                        "create",
                        "--pidfd-socket",
                        host.work().resolve("none"),
                        "--bundle",
                        lab.bundle().folder(),
                        "c")
                .run();
        assertTrue(
                ended.errors().matches("koker: the pidfd socket \\S+ does not take the process: .*\n"), ended.errors());
        assertEquals(1, ended.status());
    }

    @Test
    void whatConfigJsonSaysDoesNotFillTheScreen() throws IOException {
        lab.add("linux", "\"sysctl\": {\"net.ipv4.ip_forward\": \"" + "x".repeat(10_000) + "\"}");
        var ended = lab.run();
        assertTrue(ended.errors().matches("koker: unable to start container process: .{100,1100}…\n"), ended.errors());
    }

    /** Who is root is a matter of the number: a small system need not know it by a name. */
    @Test
    void rootNeedsNoName() throws IOException {
        lab.bundle().running("true");
        var nobody = Files.writeString(host.work().resolve("passwd"), "");
        host.command(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount --bind \"$0\" /etc/passwd && exec \"$@\"",
                        nobody,
                        lab.oci("run", "--bundle", lab.bundle().folder(), "c").line())
                .run()
                .succeeded();
    }

    /** Has a hook put a folder among what koker keeps of the container, so that koker cannot remove that. */
    private Path unremovable(String moment, int status) throws IOException {
        var mine = host.root().resolve("oci/c/mine");
        lab.bundle()
                .changed(all -> all.add("hooks", JsonParser.parseString("""
                {"MOMENT": [{"path": "/bin/sh", "args": ["sh", "-c", "mkdir FOLDER; exit STATUS"]}]}
                """.replace("MOMENT", moment)
                        .replace("FOLDER", mine.toString())
                        .replace("STATUS", Integer.toString(status)))));
        return mine;
    }

    /** What it ended with says more than that something of it is still there. */
    @Test
    void aContainerThatCannotBeDeletedHasItsStatusAllTheSame() throws IOException {
        lab.bundle().script("exit 42");
        var mine = unremovable("prestart", 0);
        try {
            var ended = lab.run();
            assertEquals(42, ended.status(), ended.errors());
            assertTrue(
                    ended.errors().matches("koker: the container is not deleted: Remove folder of container .*\n"),
                    ended.errors());
        } finally {
            Files.delete(mine);
        }
    }

    /** Whatever else goes wrong meanwhile, the first thing that did is what is told last. */
    @Test
    void whatCannotBeUndoneDoesNotHideWhy() throws IOException {
        lab.bundle().running("true");
        var mine = unremovable("prestart", 3);
        try {
            var said = lab.run().errors().lines().toList();
            assertTrue(said.getLast().contains("prestart hook #0"), said::toString);
            assertTrue(said.getFirst().contains("Remove folder of container"), said::toString);
        } finally {
            Files.delete(mine);
        }
    }
}
