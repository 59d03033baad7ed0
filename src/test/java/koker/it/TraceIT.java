package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --trace} leaves behind: for each command a recording from its beginning to its end, however that is. */
class TraceIT {
    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void remove() {
        host.removeContainers();
    }

    private static Path file() {
        return host.work().resolve("trace");
    }

    private static List<JsonObject> lines() throws IOException {
        return Files.readAllLines(file()).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static List<JsonObject> calls() throws IOException {
        return lines().stream().filter(line -> is(line, "event", "call")).toList();
    }

    private static boolean is(JsonObject line, String name, String value) {
        return line.has(name) && line.get(name).getAsString().equals(value);
    }

    private static TreeSet<String> all(String name) throws IOException {
        return calls().stream()
                .map(line -> line.get(name).getAsString())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static JsonObject end() throws IOException {
        var last = lines().getLast();
        assertEquals("end", last.get("event").getAsString());
        return last;
    }

    /** Of what, so that nobody has to guess for whom koker waits. */
    @Test
    void aLockSaysWhatItLocks() {
        var said = host.koker("-D", "run", "-d", "--name", "locks", "busybox", "sleep", "1000")
                        .run()
                        .errors()
                + host.koker("-D", "rm", "-f", "locks").run().errors();
        var locks = said.lines().filter(line -> line.contains("flock(")).toList();
        for (var line : locks) {
            assertTrue(line.matches(".* DBG (Lock|Unlock|Look after) (container|networks) .*"), line);
        }
        assertTrue(locks.size() > 4, said);
        assertTrue(said.contains(" Lock container path="), said);
    }

    @Test
    void aRunIsThereFromTheBeginningToTheEnd() throws IOException {
        assertEquals("hi", host.ok("--trace", file(), "run", "--mem", "64", "busybox", "echo", "hi"));
        assertEquals("koker-trace", lines().getFirst().get("format").getAsString());
        assertEquals(0, end().get("status").getAsInt());
        assertTrue(all("side").containsAll(List.of("host", "container")));
        assertTrue(all("phase")
                .containsAll(List.of("network", "cgroup", "namespaces", "root", "inside", "wait", "run", "clean up")));
        assertEquals(
                1,
                calls().stream().filter(call -> is(call, "call", "pivot_root")).count());
        var limit = calls().stream()
                .filter(call -> is(call, "name", "write-cgroup") && is(call, "call", "write"))
                .toList();
        assertTrue(limit.stream().anyMatch(call -> call.get("args").toString().contains("67108864")), limit.toString());
        // Without the option that is known by all: nothing but what the command says.
        assertEquals(
                "",
                host.koker("-q", "--trace", file(), "run", "busybox", "true")
                        .run()
                        .succeeded()
                        .errors());
    }

    /** What koker hears of later has its own time: a process comes out of its meeting after koker let it go, and not much after. */
    @Test
    void theClocksOfTheProcessesAgree() throws IOException {
        host.ok("--trace", file(), "run", "--network", "none", "busybox", "true");
        var let = calls().stream()
                .filter(call -> is(call, "name", "let-go"))
                .findFirst()
                .orElseThrow();
        var met = calls().stream()
                .filter(call -> is(call, "name", "meet") && is(call, "call", "read"))
                .findFirst()
                .orElseThrow();
        var began = let.get("start").getAsLong();
        var left = met.get("start").getAsLong() + met.get("duration").getAsLong();
        // The process may be slow to wake up, but cannot have been woken before.
        assertTrue(left > began - 500_000, left + " is before " + began);
        var started = calls().stream()
                .filter(call -> is(call, "call", "clone3"))
                .findFirst()
                .orElseThrow();
        calls().stream()
                .filter(call -> is(call, "side", "container"))
                .forEach(call -> assertTrue(
                        call.get("start").getAsLong() > started.get("start").getAsLong(), call.toString()));
    }

    @Test
    void aStepHasOneNumberOneNameAndOneSide() throws IOException {
        host.ok("--trace", file(), "run", "busybox", "true");
        var names = new HashMap<Integer, String>();
        for (var call : calls()) {
            var name = call.get("name") + " " + call.get("side");
            assertEquals(name, names.merge(call.get("step").getAsInt(), name, (first, _) -> first));
        }
        assertTrue(names.size() > 100, names.size() + " steps");
    }

    @Test
    void eachCommandHasItsOwn() throws IOException {
        var id = host.ok("--trace", file(), "run", "-d", "--name", "one", "busybox", "sleep", "1000");
        assertEquals(0, end().get("status").getAsInt());
        assertTrue(
                all("side").containsAll(List.of("host", "supervisor", "container")),
                all("side").toString());
        host.ok("--trace", file(), "exec", "one", "true");
        assertTrue(all("name").contains("join-namespaces"), all("name").toString());
        assertFalse(all("name").contains("clone-process"));
        host.ok("--trace", file(), "stop", "-t", "0", "one");
        assertTrue(all("name").contains("send-signal"), all("name").toString());
        assertEquals("one", host.ok("--trace", file(), "rm", "one"));
        assertTrue(all("name").contains("clean-up"), all("name").toString());
        assertFalse(lines().toString().contains("join-namespaces"), id);
    }

    @Test
    void aStepThatFailsIsNamed() throws IOException {
        var ended = host.koker("-q", "--trace", file(), "run", "--fail", "enter-root=EINVAL", "busybox", "true")
                .run();
        assertEquals(125, ended.status());
        assertEquals(125, end().get("status").getAsInt());
        var failed = end().getAsJsonObject("failed");
        assertEquals("enter-root", failed.get("name").getAsString());
        assertEquals("EINVAL", failed.get("errno").getAsString());
        assertEquals("koker: " + end().get("error").getAsString() + "\n", ended.errors());
        assertTrue(host.ok("trace", "show", file()).contains("FAILED: Enter root "));
    }

    @Test
    void aCommandThatDoesNotExistIsNamed() throws IOException {
        assertEquals(
                127,
                host.koker("-q", "--trace", file(), "run", "busybox", "nothing")
                        .run()
                        .status());
        assertEquals("exec", end().getAsJsonObject("failed").get("name").getAsString());
        assertEquals("ENOENT", end().getAsJsonObject("failed").get("errno").getAsString());
    }

    @Test
    void aFailureBeforeAnyStepIsThereToo() throws IOException {
        assertEquals(
                125,
                host.koker("-q", "--trace", file(), "exec", "nobody", "true")
                        .run()
                        .status());
        assertTrue(end().get("error").getAsString().contains("nobody"));
        assertFalse(end().has("failed"));
    }

    @Test
    void anExitStatusOfTheCommandIsNoFailure() throws IOException {
        assertEquals(
                3,
                host.koker("-q", "--trace", file(), "run", "busybox", "sh", "-c", "exit 3")
                        .run()
                        .status());
        assertEquals(3, end().get("status").getAsInt());
        assertFalse(end().has("error"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/version", "/nowhere/at/all", "/", "/dev/null"})
    void whereNoTraceCanBeNothingIsDone(String where) {
        var ended = host.koker("--trace", where, "run", "--name", "refused", "busybox", "true")
                .run();
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
        assertEquals(1, host.koker("container", "inspect", "refused").run().status());
    }

    @Test
    void aCommandLineThatIsRefusedLeavesNoFile() {
        assertEquals(
                125,
                host.koker("--trace", file(), "run", "--nonsense", "busybox")
                        .run()
                        .status());
        assertFalse(Files.exists(file()));
    }

    @Test
    void theSameTwiceIsNoDifferenceAndALimitIs() throws IOException {
        var second = host.work().resolve("second");
        var limited = host.work().resolve("limited");
        host.ok("--trace", file(), "run", "--network", "none", "busybox", "true");
        host.ok("--trace", second, "run", "--network", "none", "busybox", "true");
        host.ok("--trace", limited, "run", "--network", "none", "--pids", "9", "busybox", "true");
        var same = host.koker("trace", "diff", file(), second).run();
        assertEquals(0, same.status(), same.out());
        var differ =
                host.koker("trace", "diff", file(), limited, "--format", "json").run();
        assertEquals(1, differ.status());
        assertEquals(1, differ.lines().size(), differ.out());
        assertEquals(
                "Write cgroup pids.max=9",
                JsonParser.parseString(differ.out())
                        .getAsJsonObject()
                        .get("Step")
                        .getAsString());
    }

    @Test
    void chromesFormHasEveryCall() throws IOException {
        host.ok("--trace", file(), "run", "busybox", "true");
        var chrome = host.work().resolve("chrome.json");
        host.ok("trace", "chrome", file(), "-o", chrome);
        var events = JsonParser.parseString(Files.readString(chrome))
                .getAsJsonObject()
                .getAsJsonArray("traceEvents");
        var calls = events.asList().stream()
                .filter(event -> event.getAsJsonObject().getAsJsonObject("args").has("call"))
                .count();
        assertEquals(calls().size(), calls);
    }

    @Test
    void whatIsNoTraceIsRefusedInOneLine() throws IOException {
        Files.writeString(file(), "hello");
        for (var command : List.of("show", "chrome", "html")) {
            var ended = host.koker("trace", command, file()).run();
            assertEquals(125, ended.status());
            assertEquals(1, ended.errors().lines().count(), ended.errors());
            assertEquals("", ended.out());
        }
    }
}
