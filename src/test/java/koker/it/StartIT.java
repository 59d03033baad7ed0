package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starting containers: several, with another command, and again, by their user or by their policy. */
class StartIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> SLEEP = List.of("busybox", "sleep", "1000");

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    private static String states() {
        return String.join(
                " ",
                host.ok("ps", "-a", "--format", "{{.Names}}={{.State}}")
                        .lines()
                        .sorted()
                        .toList());
    }

    private static Path folder(String name) throws IOException {
        return host.root().resolve("names").resolve(name).toRealPath();
    }

    // Words behind the first container

    @Test
    void severalAreStartedAndOneThatFailsDoesNotStopTheOthers() throws IOException {
        for (var name : List.of("a", "b", "c")) {
            host.ok("create", "--name", name, SLEEP);
        }
        var id = folder("c").getFileName().toString();
        host.ok("start", "b");
        var ended = host.quiet("start", "a", "b", id.substring(0, 8));
        assertEquals(1, ended.status());
        assertEquals(List.of("a", id.substring(0, 8)), ended.lines());
        assertEquals("koker: container b is already running\n", ended.errors());
        assertEquals("a=running b=running c=running", states());
        host.ok("stop", "-t", "0", "a", "b", "c");
        ended = host.quiet("start", "nobody", "a", "b");
        assertEquals(1, ended.status());
        assertEquals(List.of("a", "b"), ended.lines());
    }

    @Test
    void wordsThatAreNotAllContainersAreACommand() throws IOException {
        for (var name : List.of("a", "ls")) {
            host.ok("create", "--name", name, "busybox", "echo", "own");
        }
        host.ok("start", "a", "ls", "-d", "/etc");
        host.ok("wait", "a");
        host.ok("start", "a", "--", "ls");
        host.ok("wait", "a");
        assertTrue(host.ok("logs", "a").startsWith("/etc\nbin"), () -> host.ok("logs", "a"));
        assertEquals("a=stopped ls=created", states());
        assertEquals("/sys", host.ok("start", "-a", "a", "ls", "-d", "/sys"));
        assertEquals("/sys", host.ok("start", "-a", "a", "--", "ls", "-d", "/sys"));
        assertEquals("a\nls", host.ok("start", "a", "ls"));
        host.ok("wait", "a", "ls");
        assertEquals("own", host.ok("logs", "ls"));
    }

    // Restart

    @ParameterizedTest
    @ValueSource(strings = {"no", "always"})
    void oneThatIsToBeRemovedSurvivesARestart(String policy) throws IOException {
        var options = policy.equals("no") ? List.of("--rm") : List.of("--restart", policy);
        host.ok("run", "-d", "--name", "r", options, "busybox", "sh", "-c", "echo run; exec sleep 1000");
        var id = folder("r").getFileName();
        for (var round = 1; round <= 3; round++) {
            assertEquals("r", host.ok("restart", "-t", "0", "r"));
            assertEquals("r=running", states());
            assertEquals(id, folder("r").getFileName());
            var runs = round + 1;
            Poll.until("it runs again", () -> host.ok("logs", "r").lines().count() == runs);
        }
        host.ok("stop", "-t", "0", "r");
        assertEquals(policy.equals("no") ? "" : "r=stopped", states());
    }

    @Test
    void oneThatIsToBeRemovedByWhoRunsItIsNotRestarted() {
        var running = host.run("--rm", "--name", "f", SLEEP).start();
        Poll.until("it runs", () -> states().equals("f=running"));
        var ended = host.quiet("restart", "f");
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("in the foreground of process " + running.pid()), ended::errors);
        assertEquals("f=running", states());
        host.ok("stop", "-t", "0", "f");
        assertEquals(137, running.end().status());
    }

    @Test
    void oneThatWasOnlyMadeCanBeRestarted() {
        host.ok("create", "--rm", "--name", "m", SLEEP);
        assertEquals("m", host.ok("stop", "m"));
        assertEquals("m=created", states());
        assertEquals("m", host.ok("restart", "m"));
        assertEquals("m=running", states());
    }

    @Test
    void afterALongRunTheWaitingBeginsAnew() {
        // Four quick ends; the next start would take 1.6 seconds, but for the long run between.
        var script = "echo run; echo x >> /runs; [ $(wc -l < /runs) = 5 ] && sleep 10.2; exit 1";
        host.ok("run", "-d", "--name", "p", "--restart", "always", "busybox", "sh", "-c", script);
        Poll.until("it runs for the fifth time", () -> runs() == 5);
        var fifth = Instant.now();
        Poll.until("it runs for the sixth time", () -> runs() >= 6);
        var took = Duration.between(fifth, Instant.now()).toMillis();
        assertTrue(10_000 < took && took < 11_500, () -> took + " ms");
    }

    private static long runs() {
        return host.ok("logs", "p").lines().count();
    }

    // What a supervisor that was killed leaves of its log

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 40, 5000})
    void aTornPieceOfTheLogIsCutOff(int torn) throws IOException {
        host.ok("run", "-d", "--name", "t", "busybox", "sh", "-c", "echo before; exec sleep 1000");
        Poll.until("it has written", () -> host.ok("logs", "t").equals("before"));
        var log = folder("t").resolve("log");
        var whole = Files.size(log);
        var piece = new byte[5032];
        piece[0] = 1;
        piece[24] = (byte) (5001 & 0xff); // one byte more than there is
        piece[25] = 5001 >> 8;
        var pid = host.ok("container", "inspect", "--format", "{{.State.SupervisorPid}}", "t");
        ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
        Files.write(log, Arrays.copyOf(piece, torn), StandardOpenOption.APPEND);
        Poll.until("its end is noted", () -> states().equals("t=stopped"));
        assertEquals(whole, Files.size(log));
        host.ok("start", "t", "echo", "after");
        host.ok("wait", "t");
        assertEquals("before\nafter", host.ok("logs", "t"));
        assertFalse(Files.exists(folder("t").resolve("log.1")));
    }
}
