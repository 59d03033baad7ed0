package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The usual commands find all their classes in the caches. One that is not there is read and checked while the user waits; and one that the
 * runtime has to put together itself, to compare two records for instance, costs as much as a third of a container.
 */
class CachesIT {
    /** One or two may only be needed where somebody was slower than when the caches were made. */
    private static final int FEW = 3;

    private static final List<String> NO_NETWORK = List.of("--network", "none");

    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    @Test
    void commandsOfContainersLoadNothingElse() throws IOException {
        host.ok("run", "--rm", NO_NETWORK, "busybox", "true"); // unpacks the image
        var root = List.of("--root", host.root());
        var quiet = Command.words(root, "-q");
        var run = Command.words("--rm", NO_NETWORK);
        assertAllCached(quiet, "run", run, "busybox", "true");
        assertAllCached(quiet, "run", run, "-m", "64m", "-v", "/tmp:/mnt", "-w", "/tmp", "-u", "7", "busybox", "true");
        assertAllCached(Command.words(root, "-D"), "run", run, "busybox", "true");
        assertAllCached(quiet, "create", NO_NETWORK, "--name", "c", "busybox", "sleep", "1000");
        assertAllCached(quiet, "start", "c");
        assertAllCached(quiet, "exec", "c", "true");
        assertAllCached(root, "ps");
        assertAllCached(root, "logs", "c");
        assertAllCached(quiet, "kill", "c");
        assertAllCached(quiet, "rm", "-f", "c");
        assertAllCached(root, "image", "ls");
    }

    @Test
    void commandsOfEnginesLoadNothingElse() throws IOException {
        try (var lab = OciLab.on(host)) {
            lab.add("process", "\"args\": [\"sleep\", \"1000\"]");
            var oci = Command.words("oci", "--root", host.root().resolve("oci"));
            assertAllCached(oci, "create", "--bundle", lab.bundle().folder(), "c");
            assertAllCached(oci, "state", "c");
            assertAllCached(oci, "start", "c");
            assertAllCached(oci, "exec", "c", "true");
            assertAllCached(oci, "kill", "c", "KILL");
            Poll.until("it has ended", () -> lab.status().equals("stopped"));
            assertAllCached(oci, "delete", "c");
            lab.add("process", "\"args\": [\"true\"], \"user\": {\"uid\": 7, \"gid\": 8}");
            assertAllCached(oci, "run", "--bundle", lab.bundle().folder(), "c");
        }
    }

    @Test
    void containersThatDockerWantsLoadNothingElse() throws IOException {
        try (var lab = OciLab.on(host)) {
            lab.add("process", "\"args\": [\"sleep\", \"1000\"], \"oomScoreAdj\": 0");
            lab.add("hooks", "\"prestart\": [{\"path\": \"/bin/true\"}]");
            lab.add(
                    "linux",
                    "\"sysctl\": {\"net.ipv4.ip_unprivileged_port_start\": \"0\"}, \"seccomp\": {"
                            + "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"],"
                            + "\"syscalls\": [{\"names\": [\"reboot\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");
            var oci = Command.words("oci", "--root", host.root().resolve("oci"));
            assertAllCached(oci, "create", "--bundle", lab.bundle().folder(), "c");
            assertAllCached(oci, "delete", "--force", "c");
        }
    }

    private static void assertAllCached(List<?> before, String verb, Object... after) throws IOException {
        var log = host.work().resolve("classes");
        var java = javaOf(Command.words(before, verb, "--help", Command.words(after)));
        java.add(java.indexOf("-cp"), "-Xlog:class+load:file=" + log);
        // What is created keeps the streams of who creates it.
        var said = host.work().resolve("said");
        var command = Command.words(before, verb, Command.words(after));
        var ended = host.command("sh", "-c", "exec \"$@\" </dev/null >\"$0\" 2>&1", said, java, command)
                .run();
        assertEquals(0, ended.status(), Files.readString(said));
        var others = Files.readAllLines(log).stream()
                .filter(line -> !line.contains("source: shared objects file"))
                .toList();
        assertTrue(others.size() <= FEW, () -> command + " has loaded " + String.join("\n", others));
    }

    /** How the launcher calls the runtime for {@code command}, as its shell tells it: all words before those of koker's. */
    private static List<String> javaOf(List<String> command) {
        var told = host.command("sh", "-x", Host.KOKER, command).run().errors();
        var line = told.lines()
                .filter(each -> each.startsWith("+ exec /"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(told));
        var words = List.of(line.split(" "));
        return new ArrayList<>(words.subList(2, words.indexOf("koker.Main") + 1));
    }
}
