package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must be refused: in one clear line, with status 125, and with nothing left behind, which the host's own check sees to. */
class RefusalIT {
    @RegisterExtension
    static final Host host = new Host();

    private static void assertRefused(Command.Ended ended, String... reasons) {
        assertEquals("", ended.out());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        for (var reason : reasons) {
            assertTrue(ended.errors().contains(reason), () -> "not '" + reason + "': " + ended.errors());
        }
        assertEquals(125, ended.status());
    }

    private static void assertRefuses(String reason, Object... options) {
        assertRefused(host.run(Command.words(options), "busybox", "true").run(), reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown",
                "busybox:1",
                "localhost:5000/busybox",
                "busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000"
            })
    void unknownImage(String image) {
        // Never: nothing of a test may ask a registry that is not its own.
        assertRefused(host.run("--pull=never", image, "true").run(), "no image", "--pull never");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Busybox", "", "-", "a//b", "a:b:c", "a@b", "../x"})
    void badImage(String image) {
        assertRefused(host.run("--", image, "true").run(), "");
    }

    /** And not passed over: whoever wants to see a push fail would see it succeed. */
    @ParameterizedTest
    @CsvSource({"--fail,mount=EIO", "--skip,set-hostname", "--step,--quiet"})
    void aLensOnWhatHasNoStepsToLookAt(String option, String value) {
        for (var command : List.of("image ls", "push busybox localhost:1/x", "rmi busybox")) {
            assertRefused(
                    host.koker(option, value, List.of(command.split(" "))).run(), option + " is about steps", "by -D");
        }
        host.ok("image", "inspect", "busybox");
    }

    @Test
    void unknownUserOrGroup() {
        assertRefuses("no user 'mary'", "-u", "mary");
        assertRefuses("no group 'kitchen'", "-u", "mail:kitchen");
        assertRefuses("2147483648", "-u", "2147483648");
        assertRefuses("99999999999999999999", "-u", "99999999999999999999");
        assertRefuses("-1", "--user=-1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--mem=-5 | -5",
                "--mem=abc | abc",
                "--mem=0 | 6m",
                "--mem=1k | 6m",
                "--mem= | size",
                "--mem=10x | 10x",
                "--mem=99999999999999999999 | memory",
                "--mem=9999999t | memory",
                "--mem=1e3 | 1e3",
                "--mem=10m --swap=-2 | -2",
                "--swap=10m | --mem",
                "--cpus=abc | abc",
                "--cpus=-1 | -1",
                "--cpus=0 | 0",
                "--cpus=1000 | 1000",
                "--cpus=NaN | NaN",
                "--cpus=1e999999999 | ",
                "--pids=0 | 0",
                "--pids=-2 | -2",
                "--pids=abc | abc",
                "--pids=99999999999 | 99999999999",
                "--shm-size=abc | abc",
                "--shm-size=-1 | -1",
                "--ulimit=nofile | NAME=SOFT",
                "--ulimit=nofile=5:3 | soft",
                "--ulimit=nosuch=5 | nosuch",
                "--ulimit=nofile=1:2:3 | NAME=SOFT",
                "--cap-add=NO_SUCH | NO_SUCH",
                "--cap-drop=NO_SUCH | NO_SUCH",
                "--name=a/b | a/b",
                "--name=.. | ..",
                "--hostname=-x | -x",
                "--hostname=a_b | a_b",
                "-w relative | relative",
                "--network=moon | no network 'moon'",
                "-e =x | NAME",
                "--env-file=/no/such | /no/such",
                "--rm --keep | --keep",
                "--nosuch | --nosuch",
                "--fail=nosuch | STEP"
            })
    void badValue(String options, String reason) {
        assertRefuses(reason == null ? "" : reason, List.of(options.split(" ")));
    }

    @Test
    void hostnameIsAtMost64Characters() {
        assertRefuses("host name", "--hostname", "a".repeat(65));
        host.run("--hostname", "a".repeat(64), "busybox", "true").run().succeeded();
    }

    @Test
    void limitThatKokerItselfCannotRaise() {
        var ended = host.command(
                        "sh",
                        "-c",
                        "ulimit -n 5000; exec setpriv --bounding-set -sys_resource --inh-caps -sys_resource "
                                + String.join(" ", host.runWords()) + " --ulimit nofile=6000 busybox true")
                .run();
        assertRefused(ended, "limit", "CAP_SYS_RESOURCE");
    }

    @Test
    void capabilityThatKokerItselfLacks() {
        var ended = host.command(
                        "setpriv",
                        "--bounding-set",
                        "-sys_time",
                        "--inh-caps",
                        "-sys_time",
                        host.runWords(),
                        "--cap-add",
                        "SYS_TIME",
                        "busybox",
                        "true")
                .run();
        assertRefused(ended, "lacks");
    }

    @Test
    void badMounts() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        var file = Files.createFile(host.work().resolve("file"));
        assertRefuses("does not exist", "-v", folder + "/missing:/data");
        assertRefuses("absolute", "-v", folder + ":data");
        assertRefuses("two mounts", "-v", folder + ":/data", "-v", folder + ":/data/");
        assertRefuses("two mounts", "-v", folder + ":/data", "--tmpfs", "/x/../data");
        assertRefuses("root", "-v", folder + ":/");
        assertRefuses("nonsense", "-v", folder + ":/data:nonsense");
        assertRefuses("SOURCE:TARGET", "-v", folder.toString());
        assertRefuses("no path", "-v", "name:/data");
        assertRefuses("empty", "-v", ":/data");
        assertRefuses("target", "--mount", "type=bind,source=" + folder);
        assertRefuses("source", "--mount", "type=bind,target=/data");
        assertRefuses("nonsense", "--mount", "type=nonsense,target=/data");
        assertRefuses("no source", "--mount", "type=tmpfs,source=/x,target=/data");
        assertRefuses("colour", "--mount", "type=tmpfs,target=/data,colour=red");
        assertRefuses("absolute", "--tmpfs", "data");
        assertRefuses("/x", "--tmpfs", "/x:nonsense");
        assertRefuses("/etc/passwd", "-v", folder + ":/etc/passwd");
        assertRefuses("/etc", "-v", file + ":/etc");
        assertRefuses("/etc/passwd/x", "-v", file + ":/etc/passwd/x");
        assertRefuses("/etc/passwd", "--tmpfs", "/etc/passwd");
    }

    @Test
    void debugWithQuiet() {
        assertRefused(host.koker("-D", "-q", "run", "busybox", "true").run(), "exclude each other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosuch", "container", "run", "container nosuch", ""})
    void incompleteCommands(String command) {
        assertRefused(
                host.koker(command.isEmpty() ? List.of() : List.of(command.split(" ")))
                        .run(),
                "");
    }

    @Test
    void terminalThatIsNone() {
        assertRefuses("TTY", "-it");
    }

    @Test
    void anotherUserThanRoot() throws IOException {
        var cache = Files.createDirectory(host.work().resolve("cache"));
        Files.setAttribute(cache, "unix:uid", 65534);
        var ended = host.command(
                        "setpriv",
                        "--reuid",
                        "65534",
                        "--regid",
                        "65534",
                        "--clear-groups",
                        host.runWords(),
                        "busybox",
                        "true")
                .env("KOKER_CACHE", cache.toString())
                .run();
        assertRefused(ended, "root");
    }

    @ParameterizedTest
    @CsvSource({
        "close_range:error=ENOSYS, close_range",
        "open_tree:error=ENOSYS, open_tree",
        "move_mount:error=ENOSYS, move_mount",
        "pidfd_open:error=ENOSYS, pidfd_open",
        "pivot_root:error=EINVAL, pivot_root",
        "unshare:error=EINVAL, unshare",
        "mount:error=ENODEV:when=2, overlay",
        "mount:error=EPERM:when=1, mount",
        "prctl:error=EINVAL:when=1, prctl",
        "capset:error=EPERM, capset",
        "socketpair:error=EMFILE, socketpair",
        "sethostname:error=EPERM, hostname"
    })
    void kernelThatLacksSomething(String fault, String reason) {
        var call = fault.substring(0, fault.indexOf(':'));
        var trace = host.work().resolve("trace");
        var ended = host.command(
                        "strace",
                        "-f",
                        "-o",
                        trace,
                        "-e",
                        "trace=" + call,
                        "--inject=" + fault,
                        host.runWords(),
                        "busybox",
                        "true")
                .run();
        assertRefused(ended, reason == null ? "" : reason);
    }

    @Test
    void stateFolderThatCannotHoldAnOverlay() throws IOException {
        var script = """
                mkdir -p "$1/lower" "$1/upper" "$1/work" "$1/merged" &&
                mount -t overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" overlay "$1/merged" || exit 1
                shift; exec "$@"
                """;
        var root = host.work().resolve("merged");
        var koker = host.runWords().stream()
                .map(word -> word.equals(host.root().toString()) ? root.toString() : word)
                .toList();
        var ended = host.command(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        script,
                        "sh",
                        host.work(),
                        koker,
                        "--network",
                        "none",
                        "busybox",
                        "true")
                .run();
        assertRefused(ended, "state folder", "overlay");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/sys", "/dev/null", "/proc/self/x"})
    void stateFolderWhereNothingCanBeMade(String folder) {
        assertRefused(
                host.kokerAt(Path.of(folder), "-q", "run", "busybox", "true").run(), folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b", "a,b", "a\\b"})
    void stateFolderThatAnOverlayWouldMisread(String name) {
        assertRefused(
                host.kokerAt(host.work().resolve(name), "-q", "run", "busybox", "true")
                        .run(),
                name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"100k", "1m", "2m", "2500k"})
    void fullDisk(String size) throws IOException {
        var small = Files.createDirectory(host.work().resolve("small"));
        var script = """
                mount -t tmpfs -o size=%s none "$1" || exit 1
                small=$1; shift; "$@"
                status=$?
                find "$small" -name '*.partial' -o -path '*/containers/*' -o -path '*/names/*'
                exit $status
                """.formatted(size);
        var koker = host.runWords().stream()
                .map(word -> word.equals(host.root().toString()) ? small.toString() : word)
                .toList();
        var ended = host.command("unshare", "-m", "sh", "-c", script, "sh", small, koker, "busybox", "true")
                .run();
        assertRefused(ended, "No space left on device");
    }

    @Test
    void damagedStateOfALeftContainerIsWarnedOf() throws IOException {
        for (var damage : List.of("", "{", "[]", "null", "{\"id\":3}", "{\"id\":\"other\"}", "{\"pid\":\"x\"}", "\0")) {
            var running = host.run("--name", "left", "busybox", "sleep", "1000").start();
            Poll.until("it runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" sleep")));
            var id = host.root().resolve("containers").toFile().list()[0];
            Files.writeString(host.root().resolve("containers").resolve(id).resolve("state.json"), damage);
            running.signal("KILL");
            running.end();
            var ended = host.koker("run", "busybox", "echo", "works").run();
            assertEquals("works\n", ended.out());
            assertTrue(ended.errors().contains("WRN"), ended::errors);
            assertTrue(ended.errors().contains("state.json"), ended::errors);
            host.run("busybox", "true").run().succeeded();
            host.koker("-q", "container", "rm", "left").run().succeeded();
            assertEquals(0, host.root().resolve("containers").toFile().list().length);
            assertEquals(0, host.root().resolve("names").toFile().list().length);
        }
    }

    @Test
    void strangersInTheStateFolderAreLeftAlone() throws IOException {
        var file = Files.writeString(host.root().resolve("containers/README"), "x");
        var folder = Files.createDirectory(host.root().resolve("containers/stranger"));
        host.run("busybox", "true").run().succeeded();
        assertTrue(Files.exists(file) && Files.exists(folder));
        Files.delete(file);
        Files.delete(folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"index.json", "oci-layout"})
    void damagedImageFolder(String name) throws IOException {
        var file = host.root().resolve("images").resolve(name);
        var content = Files.readString(file);
        try {
            Files.writeString(file, "{damaged");
            assertRefused(host.run("unknown", "true").run(), "");
        } finally {
            Files.writeString(file, content);
        }
    }

    @Test
    void containerThatDoesNotExistIsNotRemoved() {
        for (var name : List.of("missing", "", "..", "/", ".")) {
            var ended = host.koker("-q", "container", "rm", name).run();
            assertEquals(1, ended.status());
            assertTrue(ended.errors().startsWith("koker: no container"), ended::errors);
        }
    }
}
