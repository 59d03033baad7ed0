package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes between a container without a terminal and the one who runs it: bytes, signals, descriptors. */
class StreamsIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final byte[] MEGABYTES = new byte[5_000_003];

    static {
        new Random(1).nextBytes(MEGABYTES);
    }

    @Test
    void bytesPassExactly() {
        for (var options : List.of(List.of("-i"), List.of("-i", "--init"))) {
            var ended =
                    host.run(options, "busybox", "cat").input(MEGABYTES).run().succeeded();
            assertArrayEquals(MEGABYTES, ended.output());
        }
    }

    @Test
    void bytesPassThroughFilesExactly() throws IOException {
        var from = Files.write(host.work().resolve("from"), MEGABYTES);
        var to = host.work().resolve("to");
        var koker = String.join(" ", host.runWords());
        host.command("sh", "-c", koker + " -i busybox cat <" + from + " >" + to)
                .run()
                .succeeded();
        assertArrayEquals(MEGABYTES, Files.readAllBytes(to));
    }

    @Test
    void standardErrorIsApart() {
        var ended = host.run("busybox", "sh", "-c", "echo out; echo err >&2").run();
        assertEquals("out\n", ended.out());
        assertEquals("err\n", ended.errors());
    }

    @Test
    void endOfInputIsSeen() {
        assertEquals(
                "0\n", host.run("-i", "busybox", "wc", "-c").run().succeeded().out());
        assertEquals(
                "3\n",
                host.run("-i", "busybox", "wc", "-c")
                        .input("abc")
                        .run()
                        .succeeded()
                        .out());
    }

    @Test
    void inputIsEmptyUnlessAskedFor() {
        assertEquals(
                "0\n",
                host.run("busybox", "wc", "-c").input("abc").run().succeeded().out());
        var waiting = host.run("busybox", "cat").input(RunIT.endless()).run().succeeded();
        assertEquals("", waiting.out());
    }

    @Test
    void readerThatLeavesEndsTheWriter() {
        var koker = String.join(" ", host.runWords());
        var ended = host.command("sh", "-c", koker + " --init busybox yes | head -n 1")
                .run();
        assertEquals("y\n", ended.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"})
    void closedStreamIsNoFileOfKokers(String closed) throws IOException {
        var seen = Files.createDirectory(host.work().resolve("seen"));
        var koker = String.join(" ", host.runWords());
        var script = "(ls -l /proc/1/fd > /seen/fds); true";
        host.command("sh", "-c", koker + " -i -v " + seen + ":/seen busybox sh -c '" + script + "' " + closed)
                .run();
        var streams = Files.readAllLines(seen.resolve("fds")).stream()
                .filter(line -> line.contains(" -> "))
                .map(line -> line.substring(line.indexOf(" -> ") + 4))
                .toList();
        assertEquals(3, streams.size(), streams::toString);
        for (var stream : streams) {
            assertTrue(
                    stream.startsWith("/dev/") || stream.startsWith("pipe:"),
                    () -> "koker's own file reached the container: " + stream);
        }
    }

    @Test
    void onlyThreeDescriptorsAreOpen() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("volume"));
        var koker = String.join(" ", host.runWords());
        for (var options : List.of("", "-i", "-t", "-v " + folder + ":/x", "-u mail", "-m 50")) {
            var ended = host.command(
                            "sh",
                            "-c",
                            "exec 7</etc/shadow 8</etc; " + koker + " " + options + " busybox sh -c"
                                    + " 'ls -1 /proc/1/fd; true'")
                    .run();
            assertEquals(List.of("0", "1", "2"), ended.lines(), options);
        }
    }

    @Test
    void initHasOnlyThreeDescriptorsToo() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("volume"));
        for (var options : List.of(List.of("-v", folder + ":/x"), List.of("-t"))) {
            var ended = host.run("--init", options, "busybox", "sh", "-c", "echo $(ls /proc/1/fd)")
                    .run()
                    .succeeded();
            assertEquals("0 1 2", ended.out().strip(), options::toString);
        }
    }

    @Test
    void theCommandBeginsWhenInitHasLetGo() throws IOException {
        var ended = host.command(
                        "strace",
                        "-f",
                        "-o",
                        "/dev/null",
                        "-e",
                        "trace=close_range",
                        "--inject=close_range:delay_enter=300000",
                        host.runWords(),
                        "--init",
                        "--network",
                        "none",
                        "busybox",
                        "sh",
                        "-c",
                        "echo $(ls /proc/1/fd)")
                .run()
                .succeeded();
        assertEquals("0 1 2", ended.out().strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TERM", "CONT"})
    void signalIsPassedOn(String signal) throws IOException {
        for (var init : List.of(List.of(), List.of("--init"))) {
            var out = Files.createTempDirectory(host.work(), "out");
            var script =
                    "trap 'echo got > /out/got; exit 9' " + signal + "; touch /out/ready; while :; do sleep 0.02; done";
            var running = host.run(init, "-v", out + ":/out", "busybox", "sh", "-c", script)
                    .start();
            Poll.until("the trap is set", () -> Files.exists(out.resolve("ready")));
            running.signal(signal);
            assertEquals(9, running.end().status());
            assertTrue(Files.exists(out.resolve("got")));
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "HUP, 129", "USR1, 138", "INT, 130", "QUIT, 131"})
    void signalEndsCommandUnderInit(String signal, int status) throws IOException {
        var running = host.run("--init", "busybox", "sleep", "1000").start();
        awaitProcess("sleep");
        running.signal(signal);
        assertEquals(status, running.end().status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void thirdSignalKillsWhoIgnoresIt(String signal) throws IOException {
        var running = host.run("busybox", "sleep", "1000").start();
        awaitProcess("sleep");
        // Signals that are the same and pending are one, so each must have been taken before the next.
        running.signal(signal);
        Poll.until("koker has passed the signal on", () -> pending(running.pid()) == 0);
        running.signal(signal);
        Poll.until("koker has passed the signal on", () -> pending(running.pid()) == 0);
        assertTrue(running.process().isAlive(), "PID 1 ignores the signal");
        running.signal(signal);
        assertEquals(137, running.end().status());
    }

    @Test
    void killedKokerTakesTheContainerAlong() throws IOException {
        for (var options : List.of(List.of(), List.of("--init"), List.of("-u", "mail"), List.of("-t"))) {
            var running = host.run(options, "busybox", "sh", "-c", "sleep 1000 & sleep 1000")
                    .start();
            awaitProcess("sleep");
            running.signal("KILL");
            assertEquals(137, running.end().status());
            Poll.until("the container ends with koker", () -> host.remainingProcesses()
                    .isEmpty());
            host.run("busybox", "true").run().succeeded();
        }
    }

    @Test
    void containerThatForgotKokerIsCleanedUpByTheNext() throws IOException {
        // The kernel forgets to kill PID 1 with koker when its user changes.
        var running = host.run("busybox", "su", "-s", "/bin/sh", "mail", "-c", "sleep 1000 & sleep 1000")
                .start();
        awaitProcess("sleep");
        running.signal("KILL");
        running.process().onExit().join();
        host.run("busybox", "true").run().succeeded();
        assertFalse(host.remainingProcesses().stream().anyMatch(process -> process.endsWith(" sleep")));
    }

    private static void awaitProcess(String name) {
        Poll.until(name + " runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" " + name)));
    }

    /** The signals that wait for a process, as a mask. */
    private static long pending(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("ShdPnd:") || line.startsWith("SigPnd:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .sum();
    }
}
