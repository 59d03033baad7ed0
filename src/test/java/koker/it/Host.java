package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The host that the tests of a class run koker on, with a state folder of its own; after each test, it must be as it was before. Register it
 * as a static field.
 */
final class Host implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    /** The executable. */
    static final Path KOKER = Path.of(System.getProperty("koker.binary"));

    static final Path TARGET = KOKER.getParent().resolveSibling("target");
    /** koker is unpacked there. A process that runs from there is koker. */
    static final Path CACHE = Path.of(System.getProperty("koker.cache"));

    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final List<Process> processes = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> environment = new HashMap<>();
    private Path root;
    private Path work;
    private HostSnapshot before;

    /** koker's state folder. */
    Path root() {
        return root;
    }

    /** A folder for the files of a test, which is empty when it begins. */
    Path work() {
        return work;
    }

    /** A folder of the host that hostile images aim at; it exists only if a test makes it. */
    Path victim() {
        return work.resolve("victim");
    }

    /** The images that koker has. */
    ImageFolder images() throws IOException {
        return new ImageFolder(root.resolve("images"));
    }

    /** koker, with the host's own state folder. */
    Command koker(Object... words) {
        return kokerAt(root, words);
    }

    /** koker, with another state folder. */
    Command kokerAt(Path folder, Object... words) {
        return command(KOKER, "--root", folder, Command.words(words));
    }

    /** A quiet koker that runs a container: all that is said is said by the container, or is an error. */
    Command run(Object... words) {
        return koker("-q", "run", Command.words(words));
    }

    /** Runs koker, which says nothing but errors beside what it is asked for. */
    Command.Ended quiet(Object... words) {
        return koker("-q", Command.words(words)).run();
    }

    /** What koker says to a command that must succeed. */
    String ok(Object... words) {
        return quiet(words).succeeded().out().strip();
    }

    /** Takes away what does not outlive a start of the machine. */
    void forgetRun() {
        command("rm", "-rf", Path.of("/run/koker").resolve(root.toString().substring(1)))
                .run()
                .succeeded();
    }

    /** The words that begin the command line of a quiet {@code koker run}. */
    List<String> runWords() {
        return Command.words(KOKER, "--root", root, "-q", "run");
    }

    /** The words of a koker with the host's own state folder. */
    List<String> kokerWords(Object... words) {
        return Command.words(KOKER, "--root", root, Command.words(words));
    }

    /** Any command. */
    Command command(Object... words) {
        var command = new Command(processes::add, Command.words(words)).env("KOKER_CACHE", CACHE.toString());
        environment.forEach(command::env);
        return command;
    }

    /** The processes of koker and of its containers. */
    Set<String> remainingProcesses() throws IOException {
        return HostSnapshot.processes(root, CACHE);
    }

    /** Ends and removes all containers. */
    void removeContainers() {
        var all = root.resolve("containers").toFile().list();
        if (all != null && all.length > 0) {
            koker("-q", "rm", "-f", List.of(all)).run();
        }
    }

    /** Waits until nothing but what was there before the test is there. */
    void assertUnchanged() throws IOException {
        var deadline = Instant.now().plus(PATIENCE);
        // A process that was killed takes a moment to be gone.
        while (true) {
            var difference = HostSnapshot.take(root, CACHE).difference(before);
            if (difference.isEmpty()) {
                return;
            }
            if (Instant.now().isAfter(deadline)) {
                assertEquals("", difference, "the host is not as it was before");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Files.createDirectories(CACHE);
        root = Files.createTempDirectory(TARGET, "root");
        work = TARGET.resolve("work-" + root.getFileName());
        environment.clear();
        var firewall = context.getRequiredTestClass().getAnnotation(WithFirewall.class);
        if (firewall != null) {
            environment.putAll(firewall.value().environment(root));
        }
        // What classes have left that throw koker's state away with its networks.
        removeBridges();
        command("nft", "flush", "ruleset").run().succeeded();
        run("busybox", "true").within(Duration.ofSeconds(60)).run().succeeded();
        if (firewall != null) {
            // What classes with another one have left goes with the network.
            koker("-q", "network", "rm", "default").run().succeeded();
            run("busybox", "true").run().succeeded();
        }
        // The kernel takes a moment to remove a namespace, and the cable that led there; then the tests begin.
        Poll.until("no cable is left", () -> !command("ip", "-o", "link", "show", "type", "veth")
                .run()
                .out()
                .contains(": veth"));
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        Files.createDirectory(work);
        before = HostSnapshot.take(root, CACHE);
        processes.clear();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        try {
            assertUnchanged();
        } finally {
            killRest();
            delete(work);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (!environment.isEmpty()) {
            koker("network", "rm", "default").run();
        }
        removeBridges();
        environment.clear();
        delete(root);
        for (var folder : List.of(root, work)) {
            delete(Path.of("/run/koker").resolve(folder.toString().substring(1)));
        }
    }

    /** Those that koker has made here, so that the next class begins with the first one. */
    private void removeBridges() throws IOException {
        for (var name : HostSnapshot.devices()) {
            if (name.matches("koker[0-9]+")) {
                command("ip", "link", "del", name).run().succeeded();
            }
        }
    }

    /** So that one test that fails does not make the next ones fail. */
    private void killRest() throws IOException {
        processes.forEach(Process::destroyForcibly);
        for (var process : remainingProcesses()) {
            if (!before.processes().contains(process)) {
                ProcessHandle.of(Long.parseLong(process.split(" ")[0])).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
        if (!HostSnapshot.take(root, CACHE).equals(before)) {
            // Without a network: its cable could be there yet when the next test begins.
            run("--rm", "--network", "none", "busybox", "true").run();
            for (var folder : List.of("containers", "names")) {
                var kept = root.resolve(folder).toFile().list();
                for (var name : kept == null ? new String[0] : kept) {
                    koker("container", "rm", name).run();
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
