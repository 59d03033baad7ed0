package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        var run = Command.words("-q", "run", "--rm", NO_NETWORK);
        host.ok("run", "--rm", NO_NETWORK, "busybox", "true"); // unpacks the image
        var java = javaOf(host.koker(run, "-i", "busybox", "cat"));
        var root = List.of("--root", host.root());
        assertAllCached(java, root, run, "busybox", "true");
        assertAllCached(java, root, run, "-m", "64m", "-v", "/tmp:/mnt", "-w", "/tmp", "-u", "7", "busybox", "true");
        assertAllCached(java, root, "-D", run.subList(1, run.size()), "busybox", "true");
        assertAllCached(java, root, "-q", "create", NO_NETWORK, "--name", "c", "busybox", "sleep", "1000");
        assertAllCached(java, root, "-q", "start", "c");
        assertAllCached(java, root, "-q", "exec", "c", "true");
        assertAllCached(java, root, "ps");
        assertAllCached(java, root, "logs", "c");
        assertAllCached(java, root, "-q", "kill", "c");
        assertAllCached(java, root, "-q", "rm", "-f", "c");
        assertAllCached(java, root, "image", "ls");
    }

    @Test
    void commandsOfEnginesLoadNothingElse() throws IOException {
        try (var lab = OciLab.on(host)) {
            lab.add("process", "\"args\": [\"cat\"]");
            var java = javaOf(lab.oci("run", "--bundle", lab.bundle().folder(), "c"));
            lab.add("process", "\"args\": [\"sleep\", \"1000\"]");
            var oci = Command.words("oci", "--root", host.root().resolve("oci"));
            assertAllCached(java, oci, "create", "--bundle", lab.bundle().folder(), "c");
            assertAllCached(java, oci, "state", "c");
            assertAllCached(java, oci, "start", "c");
            assertAllCached(java, oci, "kill", "c", "KILL");
            Poll.until("it has ended", () -> lab.status().equals("stopped"));
            assertAllCached(java, oci, "delete", "c");
            lab.add("process", "\"args\": [\"true\"], \"user\": {\"uid\": 7, \"gid\": 8}");
            assertAllCached(java, oci, "run", "--bundle", lab.bundle().folder(), "c");
        }
    }

    /** How the launcher has called the runtime for {@code reader}, a command that ends with its input: all words before those of koker's. */
    private static List<String> javaOf(Command reader) throws IOException {
        var end = new PipedOutputStream();
        var running = reader.input(new PipedInputStream(end)).start();
        List<String> words;
        try (end) {
            words = Poll.get("the runtime is called", () -> {
                var line = List.of(Files.readString(Path.of("/proc/" + running.pid() + "/cmdline"))
                        .split("\0"));
                var main = line.indexOf("koker.Main");
                return main < 0 ? Optional.empty() : Optional.of(line.subList(0, main + 1));
            });
        }
        running.end().succeeded();
        return words;
    }

    private static void assertAllCached(List<String> java, Object... rest) throws IOException {
        var command = Command.words(rest);
        var log = host.work().resolve("classes");
        var words = new ArrayList<>(java);
        words.add(words.indexOf("-cp"), "-Xlog:class+load:file=" + log);
        // What is created keeps the streams of who creates it.
        var said = host.work().resolve("said");
        var ended = host.command("sh", "-c", "exec \"$@\" </dev/null >\"$0\" 2>&1", said, words, command)
                .run();
        assertEquals(0, ended.status(), Files.readString(said));
        var others = Files.readAllLines(log).stream()
                .filter(line -> !line.contains("source: shared objects file"))
                .toList();
        assertTrue(others.size() <= FEW, () -> command + " has loaded " + String.join("\n", others));
    }
}
