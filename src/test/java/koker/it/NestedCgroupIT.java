package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A container that may write to its cgroup can make others below it. They go with it, however it ends. */
class NestedCgroupIT {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rm -f nested", "stop -t 0 nested", "kill nested"})
    void goesWithAContainerThatSomebodyEnds(String command) throws IOException {
        var id = host.ok("run", "-d", "--name", "nested", "--network", "none", "busybox", "sleep", "1000");
        nest(id, host.ok("container", "inspect", "-f", "{{.State.Pid}}", "nested"));
        host.ok((Object[]) command.split(" "));
        Poll.until("no cgroup is left", () -> cgroups(id).isEmpty());
    }

    @Test
    void goesWithAContainerWhoseKokerWasKilled() throws IOException {
        var running = host.run("--name", "nested", "--network", "none", "busybox", "sleep", "1000")
                .start();
        Poll.until("it runs", () -> !host.ok("ps", "-q").isEmpty());
        var id = host.ok("container", "inspect", "-f", "{{.Id}}", "nested");
        nest(id, host.ok("container", "inspect", "-f", "{{.State.Pid}}", "nested"));
        running.process().destroyForcibly();
        Poll.until("the container is dead", () -> host.remainingProcesses().isEmpty());
        assertFalse(cgroups(id).isEmpty(), "nobody has removed them yet");
        assertEquals("", host.ok("ps", "-q"));
        assertEquals(List.of(), cgroups(id));
    }

    /** In version 2, as soon as it passes controllers on, nobody can join its own cgroup. */
    @Test
    void commandsFollowTheFirstProcessAndAreShown() throws IOException {
        var mode = CgroupMode.UNIFIED.there();
        var id = seen(mode, "run", "-d", "--name", "nested", "--network", "none", "busybox", "sleep", "1000");
        var own = CgroupMode.unified().resolve("koker-" + id);
        Files.createDirectory(own.resolve("init"));
        Files.writeString(
                own.resolve("init/cgroup.procs"), host.ok("container", "inspect", "-f", "{{.State.Pid}}", "nested"));
        assumeTrue(Files.readString(own.resolve("cgroup.controllers")).contains("hugetlb"), "one is to be had");
        Files.writeString(own.resolve("cgroup.subtree_control"), "+hugetlb");
        var cgroups = seen(mode, "exec", "nested", "cat", "/proc/self/cgroup");
        assertTrue(cgroups.contains("0::/init"), cgroups);
        var processes = seen(mode, "top", "nested", "-o", "pid,comm");
        assertTrue(processes.contains(" sleep"), processes);
        seen(mode, "rm", "-f", "nested");
        assertFalse(Files.exists(own));
    }

    private static String seen(CgroupMode mode, Object... words) {
        return host.command(mode.words(host.kokerWords("-q", Command.words(words))))
                .run()
                .succeeded()
                .out()
                .strip();
    }

    /** Moves a process to a cgroup below the container's, where the hierarchy lets it. */
    private static void nest(String id, String pid) throws IOException {
        var moved = 0;
        for (var cgroup : cgroups(id)) {
            Files.createDirectory(cgroup.resolve("other"));
            Files.createDirectories(cgroup.resolve("inner/most"));
            try {
                Files.writeString(cgroup.resolve("inner/most/cgroup.procs"), pid);
                moved++;
            } catch (IOException e) {
                // In version 1, a cgroup has no processors before somebody gives it some.
            }
        }
        assertFalse(moved == 0, "moved nowhere");
    }

    /** The cgroups of a container, one in each hierarchy. */
    private static List<Path> cgroups(String id) throws IOException {
        try (var hierarchies = Files.list(CGROUPS)) {
            return Stream.concat(Stream.of(CGROUPS), hierarchies)
                    .map(hierarchy -> hierarchy.resolve("koker-" + id))
                    .filter(Files::exists)
                    .toList();
        }
    }
}
