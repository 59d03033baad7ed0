package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The start of the machine: which containers come back. */
class BootIT {
    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    private static void run(String name, Object... options) {
        host.ok("run", "-d", "--name", name, Command.words(options), "busybox", "sleep", "1000");
    }

    private static List<String> running() {
        return host.ok("ps", "--format", "{{.Names}}").lines().sorted().toList();
    }

    /** All processes are gone, and with them what is in /run. */
    private static void reboot() throws IOException {
        // The supervisors first, or they would start some again.
        for (var name : List.of("koker-", "")) {
            for (var process : host.remainingProcesses()) {
                var words = process.split(" ", 2);
                if (words[1].startsWith(name)) {
                    ProcessHandle.of(Long.parseLong(words[0])).ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        }
        Poll.until("all are dead", () -> host.remainingProcesses().isEmpty());
        host.forgetRun();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ps"})
    void thoseThatShouldRunAreStartedInTheOrderTheyWereMadeIn(String before) throws IOException {
        run("z-always", "--restart", "always");
        run("broken", "--restart", "always");
        run("y-unless", "--restart", "unless-stopped");
        run("stopped-unless", "--restart", "unless-stopped");
        run("stopped-always", "--restart", "always");
        run("once");
        run("failure", "--restart", "on-failure");
        run("gone", "--rm");
        host.ok("create", "--name", "made", "--restart", "always", "busybox", "sleep", "1000");
        host.ok("stop", "-t", "0", "stopped-unless", "stopped-always");
        Files.writeString(host.root().resolve("names/broken/config.json"), "{");
        reboot();
        if (!before.isEmpty()) {
            host.ok(before); // whoever comes first sees that the machine was started anew
        }
        var ended = host.quiet("container", "start", "--boot");
        assertEquals(1, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().contains("config.json"), ended::errors);
        assertEquals(List.of("z-always", "y-unless", "stopped-always"), ended.lines());
        assertEquals(List.of("stopped-always", "y-unless", "z-always"), running());

        host.ok("rm", "broken");
        assertEquals("", host.ok("start", "--boot"));
    }

    @Test
    void oneThatIsAboutToBeStartedAgainIsLeftToItsSupervisor() {
        host.ok("run", "-d", "--name", "w", "--restart", "always", "busybox", "sh", "-c", "echo run; exit 1");
        Poll.until("it waits for long", () -> host.ok("logs", "w").lines().count() >= 6);
        assertEquals("", host.ok("start", "--boot"));
        assertEquals(6, host.ok("logs", "w").lines().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--boot x", "--boot -a", ""})
    void wrongUsageIsAnsweredInOneLine(String words) {
        var ended = host.quiet("start", words.isEmpty() ? List.of() : List.of(words.split(" ")));
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().contains(words.isEmpty() ? "CONTAINER" : "--boot"), ended::errors);
    }
}
