package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kills koker at any moment: the next koker command removes what the kernel did not. */
class KillIT {
    private static final int MOMENTS = 64;
    private static final int LAST = 3;
    private static final Duration LATEST = Duration.ofMillis(300);

    @RegisterExtension
    static final Host host = new Host();

    private static final List<List<String>> OPTIONS = List.of(
            List.of(), List.of("--init"), List.of("-t"), List.of("-u", "mail", "-m", "50", "--rm", "--name", "killed"));

    @RepeatedTest(MOMENTS)
    void atSomeMoment(RepetitionInfo repetition) throws IOException {
        var options = OPTIONS.get(repetition.getCurrentRepetition() % OPTIONS.size());
        // The moments are spread evenly, and the same in each run.
        var moment = LATEST.toNanos() * repetition.getCurrentRepetition() / MOMENTS
                + new Random(repetition.getCurrentRepetition()).nextInt(4_000_000);
        var running = host.run(options, "busybox", "sleep", "1000").start();
        LockSupport.parkNanos(moment);
        kill(running);
        cleanUp();
    }

    /** Stops koker at each of the calls by which it changes the host, and kills it there, before it returns. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rename",
                "mkdir",
                "mkdirat",
                "symlink",
                "clone3",
                "socketpair",
                "pidfd_open",
                "waitid",
                "unlink",
                "rmdir",
                "unlinkat",
                "fcntl",
                "write"
            })
    void atEachCall(String call) throws IOException {
        var count = count(call);
        // The JVM makes some of them before koker begins.
        for (var nth = Math.max(1, count - LAST + 1); nth <= count; nth++) {
            var ended = strace("/dev/null", "-e", "trace=" + call, "--inject=" + call + ":signal=KILL:when=" + nth);
            assertTrue(Set.of(137, 0, 125).contains(ended.status()), () -> ended.status() + ended.errors());
            cleanUp();
            host.assertUnchanged();
        }
    }

    @Test
    void betweenDroppingPrivilegesAndTheCommand() throws IOException {
        // The kernel forgets to kill the process with koker when the user changes; the step after that asks it again.
        var running = host.command(
                        "strace",
                        "-f",
                        "-o",
                        "/dev/null",
                        "-e",
                        "trace=setresuid",
                        "--inject=setresuid:delay_exit=1000000",
                        host.runWords(),
                        "-u",
                        "mail",
                        "busybox",
                        "sleep",
                        "1000")
                .start();
        var koker = Poll.get("the container is about to start", () -> host.remainingProcesses().stream()
                .filter(process -> process.endsWith(" java"))
                .findFirst());
        Poll.until("the user has changed", () -> host.remainingProcesses().stream()
                .map(process -> process.split(" ")[0])
                .anyMatch(pid -> uid(pid).equals("8")));
        ProcessHandle.of(Long.parseLong(koker.split(" ")[0])).orElseThrow().destroyForcibly();
        Poll.until("the container is gone", () -> host.remainingProcesses().isEmpty());
        running.end();
        cleanUp();
    }

    @Test
    void keptContainerStaysWhenKokerIsKilled() throws IOException {
        var running = host.run("--name", "kept", "busybox", "sh", "-c", "touch /mark; sleep 1000")
                .start();
        Poll.until("it runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" sleep")));
        kill(running);
        cleanUp();
        assertTrue(Files.exists(host.root().resolve("names/kept/upper/mark")));
        host.koker("-q", "container", "rm", "kept").run().succeeded();
    }

    @Test
    void othersContainersAreLeftAloneByTheNext() throws IOException {
        var running = host.run("-i", "busybox", "cat").input(RunIT.endless()).start();
        Poll.until("it runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" cat")));
        for (var i = 0; i < 5; i++) {
            cleanUp();
            assertTrue(host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" cat")));
        }
        kill(running);
        cleanUp();
    }

    @Test
    void fiveNextOnesAtOnceCleanUpTogether() throws IOException {
        for (var round = 0; round < 5; round++) {
            for (var i = 0; i < 4; i++) {
                var left = host.run("busybox", "sleep", "1000").start();
                Poll.until("it runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" sleep")));
                kill(left);
            }
            var next = IntStream.range(0, 5)
                    .mapToObj(i -> host.run("busybox", "true").start())
                    .toList();
            next.forEach(each -> each.end().succeeded());
            host.assertUnchanged();
        }
    }

    private static String uid(String pid) {
        try {
            return Files.getAttribute(Path.of("/proc", pid), "unix:uid").toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** How often the thread of koker's that makes a call most often makes it; strace counts by thread. */
    private static int count(String call) throws IOException {
        var trace = host.work().resolve("count");
        strace(trace.toString(), "-e", "trace=" + call);
        return Files.readAllLines(trace).stream()
                .filter(line -> line.contains(" " + call + "("))
                .collect(Collectors.groupingBy(line -> line.split(" ")[0], Collectors.counting()))
                .values()
                .stream()
                .mapToInt(Long::intValue)
                .max()
                .orElse(0);
    }

    private static Command.Ended strace(String output, String... options) {
        return host.command(
                        "strace",
                        "-f",
                        "-o",
                        output,
                        List.of(options),
                        host.runWords(),
                        "--rm",
                        "--name",
                        "killed",
                        "busybox",
                        "true")
                .run();
    }

    private static void kill(Command.Running running) {
        running.process().destroyForcibly();
        try {
            assertTrue(running.process().waitFor(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void cleanUp() {
        var next = host.run("busybox", "echo", "next").run().succeeded();
        assertEquals("next\n", next.out());
    }
}
