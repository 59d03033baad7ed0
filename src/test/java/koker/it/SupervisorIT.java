package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The supervisor of a container: what it keeps of the output, to the byte and in any trouble, and how little it is. */
class SupervisorIT {
    private static final int MOST_MEMORY = 64;

    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void removeAll() {
        var all = host.root().resolve("containers").toFile().list();
        if (all != null && all.length > 0) {
            koker("rm", "-f", List.of(all)).run();
        }
    }

    private static Command koker(Object... words) {
        return host.koker("-q", Command.words(words));
    }

    private static String ok(Object... words) {
        return koker(words).run().succeeded().out().strip();
    }

    /** Runs a shell script in a container, {@code s}, to its end, which must be {@code status}. */
    private static Command.Ended logs(int status, String script, Object... options) {
        ok("run", "-d", "--name", "s", Command.words(options), "busybox", "sh", "-c", script);
        assertEquals(Integer.toString(status), ok("wait", "s"));
        return koker("logs", "s").run();
    }

    private static Path folder() throws IOException {
        return host.root().resolve("names/s").toRealPath();
    }

    private static Path supervisor() throws IOException {
        var found = Pattern.compile("\"keeper\": \\{\\s*\"pid\": ([0-9]+)")
                .matcher(Files.readString(folder().resolve("state.json")));
        assertTrue(found.find());
        return Path.of("/proc", found.group(1));
    }

    private static int memory() throws IOException {
        return Files.readAllLines(supervisor().resolve("smaps_rollup")).stream()
                .filter(line -> line.startsWith("Pss:"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] numbers(int last) {
        return IntStream.rangeClosed(1, last)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining("\n", "", "\n"))
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void muchOnBothStreamsIsKeptToTheByte() {
        var ended = logs(0, "seq 1 3000000 & seq 1 3000000 >&2; wait");
        var expected = numbers(3_000_000); // 23 MB
        assertArrayEquals(expected, ended.output());
        assertArrayEquals(expected, ended.errors().getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void anyBytesAreKept() throws IOException {
        var ended = logs(0, "head -c 3000001 /dev/urandom > /bytes; cat /bytes; printf '\\0no end'");
        var expected = Files.readAllBytes(folder().resolve("upper/bytes"));
        var all = Arrays.copyOf(expected, expected.length + 7);
        System.arraycopy("\0no end".getBytes(StandardCharsets.US_ASCII), 0, all, expected.length, 7);
        assertArrayEquals(all, ended.output());
    }

    @Test
    void pieceByPieceInTheirOrder() {
        var ended = logs(0, "for i in 1 2 3 4 5; do printf out$i; sleep 0.02; printf err$i >&2; sleep 0.02; done");
        assertEquals("out1out2out3out4out5", ended.out());
        assertEquals("err1err2err3err4err5", ended.errors());
    }

    @Test
    void ofTheTerminalThereIsOneStream() {
        assertEquals(
                "out\r\nerr\r\n",
                logs(3, "echo out; echo err >&2; exit 3", "-t").out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"100k", "1m"})
    void rotatedLogIsTheEndOfAll(String size) throws IOException {
        var limit = size.equals("1m") ? 1 << 20 : 100 << 10;
        var ended = logs(0, "seq 1 700000 & seq 1 700000 >&2; wait", "--log-max-size", size);
        for (var file : List.of("log", "log.1")) {
            assertTrue(Files.size(folder().resolve(file)) < limit + 4096, file);
        }
        assertTrue(Files.size(folder().resolve("log.1")) >= limit);
        var all = new String(numbers(700_000), StandardCharsets.US_ASCII);
        assertTrue(all.endsWith(ended.out()), "stdout");
        assertTrue(all.endsWith(ended.errors()), "stderr");
        assertTrue(ended.out().length() + ended.errors().length() > limit * 9 / 10);
        try (var files = Files.list(folder())) {
            assertEquals(
                    2,
                    files.filter(file -> file.getFileName().toString().startsWith("log"))
                            .count());
        }
    }

    @Test
    void logThatCouldNotBeMadeAnewIsMadeTheNextTime() throws IOException {
        var script = "until test -e /flags/one; do sleep 0.02; done; seq 1 20000;"
                + " until test -e /flags/two; do sleep 0.02; done; echo last; sleep 1000";
        ok(
                List.of("run", "-d", "--name", "s", "--log-max-size", "64k", "-v", host.work() + ":/flags"),
                List.of("busybox", "sh", "-c", script));
        limitFiles("3");
        Files.createFile(host.work().resolve("one"));
        Poll.until("it has become too long", () -> Files.exists(folder().resolve("log.1")));
        limitFiles("1024");
        Files.createFile(host.work().resolve("two"));
        Poll.until("there is one again", () -> Files.exists(folder().resolve("log")));
        assertTrue(koker("logs", "s").run().out().endsWith("20000\nlast\n"));
    }

    /** Of the supervisor: so many numbers there are for the files that it opens. */
    private static void limitFiles(String count) throws IOException {
        host.command("prlimit", "--pid", supervisor().getFileName(), "--nofile=" + count + ":")
                .run()
                .succeeded();
    }

    @Test
    void terminalThatNobodyHasOpenForAMomentIsReadOn() {
        var leaders =
                "for i in 1 2; do setsid -c sh -c 'echo leader '$i </dev/console >/dev/console 2>&1; sleep 0.3; done";
        var script = "exec <&- >&- 2>&-; sleep 0.3; echo again >/dev/console; " + leaders + "; exit 3";
        assertEquals("again\r\nleader 1\r\nleader 2\r\n", logs(3, script, "-t").out());
    }

    @Test
    void streamsThatAreClosedEarly() {
        for (var streams : List.of(">&-", "2>&-", ">&- 2>&-", ">&- 2>&- <&-")) {
            var ended = logs(4, "echo out; echo err >&2; exec " + streams + "; sleep 0.1; exit 4");
            assertEquals("out\n", ended.out(), streams);
            assertEquals("err\n", ended.errors(), streams);
            ok("rm", "s");
        }
    }

    @Test
    void grandchildThatKeepsThemGoesWithTheContainer() {
        var ended = logs(6, "(echo grandchild; exec sleep 1000) & sleep 0.2; echo child; exit 6");
        assertEquals("grandchild\nchild\n", ended.out());
        assertEquals(Set.of(), remaining());
    }

    private static Set<String> remaining() {
        try {
            return host.remainingProcesses();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void fullDiskCostsTheLogAlone() throws IOException {
        var ended = onSmallDisk("""
                $k run -d --network none --name s busybox sh -c 'seq 1 4000000; echo last >&2; exit 5' >/dev/null
                echo status $($k wait s)
                head -c 16000000 /dev/zero > $root/filler 2>/dev/null || true
                $k ps -a --format '{{.Names}} {{.State}}'
                $k logs s > $root.log
                head -n 300000 $root.log > $root.begin
                seq 1 300000 | cmp - $root.begin && echo whole
                $k rm s
                ls -A $root/containers $root/names | wc -w
                """);
        assertEquals("", ended.errors());
        assertEquals("status 5\ns stopped\nwhole\ns\n2\n", ended.out());
    }

    /** Runs a shell script with {@code $k}, a koker whose state folder {@code $root} has 16 MB. */
    private static Command.Ended onSmallDisk(String script) throws IOException {
        var root = Files.createDirectory(host.work().resolve("small"));
        var koker = String.join(" ", host.runWords()).replace(host.root().toString(), root.toString());
        var prepare = "set -e; root=" + root + "; k='" + koker.replace(" run", "") + "'; mkdir $root.flags; "
                + "mount -t tmpfs -o size=16m none $root\n";
        // In a mount namespace of its own, which ends with the last of these processes.
        var ended = host.command("unshare", "-m", "sh", "-c", prepare + script).run();
        host.command("rm", "-rf", Path.of("/run/koker").resolve(root.toString().substring(1)))
                .run();
        return ended;
    }

    @Test
    void pieceThatDoesNotFitIsTakenBack() throws IOException {
        // The disk is full for a while: what is kept from before and after is whole.
        var ended = onSmallDisk("""
                head -c 6000000 /dev/zero > $root/filler
                $k run -d --network none --name s -v $root.flags:/flags busybox sh -c 'seq 1 4000000; touch /flags/full
                    while test ! -e /flags/free; do sleep 0.02; done; seq 1 50000; echo end' >/dev/null
                while test ! -e $root.flags/full; do sleep 0.02; done
                rm $root/filler
                touch $root.flags/free
                echo status $($k wait s)
                $k logs s > $root.log
                (seq 1 50000; echo end) > $root.expected
                tail -n 50001 $root.log | cmp - $root.expected && echo whole
                $k rm s
                """);
        assertEquals("", ended.errors());
        assertEquals("status 0\nwhole\ns\n", ended.out());
    }

    @Test
    void costsLittle() throws IOException {
        var many = new ArrayList<String>();
        for (var i = 0; i < 200; i++) {
            many.addAll(List.of("-e", "VARIABLE" + i + "=" + "x".repeat(60)));
        }
        var script = "seq 1 1000000; echo ready >&2; sleep 1000; true " + "y".repeat(60_000);
        for (var options : List.of(List.<String>of(), List.of("-t", "--restart", "always", "--log-max-size", "1m"))) {
            ok("run", "-d", "--name", "s", options, many, "busybox", "sh", "-c", script);
            Poll.until(
                    "it has written",
                    () -> koker("logs", "--tail", "1", "s").run().errors().contains("ready")
                            || koker("logs", "--tail", "1", "s").run().out().contains("ready"));
            var memory = memory();
            assertTrue(memory <= MOST_MEMORY, () -> memory + " kB");
            ok("rm", "-f", "s");
        }
    }

    @Test
    void keepsNothingOfKokers() throws IOException {
        var koker = String.join(" ", host.runWords());
        // Koker's own descriptors are then the very numbers that the supervisor wants.
        var open = IntStream.range(10, 200).mapToObj(i -> i + "</etc/passwd").collect(Collectors.joining(" "));
        for (var before : List.of("true", "exec 7</etc/shadow", "exec " + open, "exec <&- >&- 2>&-")) {
            host.command("bash", "-c", before + "; " + koker + " -d --name s busybox sh -c 'echo said; sleep 1000'")
                    .run();
            var descriptors = supervisor().resolve("fd");
            var numbers = Stream.of(descriptors.toFile().list()).collect(Collectors.toSet());
            assertEquals(Set.of("0", "1", "2", "100", "200", "201", "202", "203"), numbers, before);
            assertEquals(
                    "/dev/null",
                    Files.readSymbolicLink(descriptors.resolve("1")).toString());
            assertEquals(
                    "/", Files.readSymbolicLink(supervisor().resolve("cwd")).toString());
            Poll.until("the log is kept", () -> ok("logs", "s").equals("said"));
            assertTrue(Files.readString(supervisor().resolve("comm")).startsWith("koker-"));
            ok("rm", "-f", "s");
        }
    }
}
