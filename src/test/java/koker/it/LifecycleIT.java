package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of containers that nobody waits for, verb by verb: made, started, paused, ended, started again, removed. */
class LifecycleIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> SLEEP = List.of("busybox", "sleep", "1000");
    /** A shell that ends at SIGTERM, which PID 1 would otherwise ignore. */
    private static final List<String> POLITE =
            List.of("busybox", "sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.02; done");

    @AfterEach
    void removeAll() throws IOException {
        var all = host.root().resolve("containers").toFile().list();
        if (all != null && all.length > 0) {
            host.koker("-q", "rm", "-f", List.of(all)).run();
        }
    }

    private static Command.Ended koker(Object... words) {
        return host.koker("-q", Command.words(words)).run();
    }

    private static String ok(Object... words) {
        return koker(words).succeeded().out().strip();
    }

    /** Starts a container, and returns its ID. */
    private static String detached(Object... words) {
        return ok("run", "-d", Command.words(words));
    }

    private static void refused(int status, String reason, Object... words) {
        var ended = koker(words);
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        assertTrue(ended.errors().contains(reason), () -> "not '" + reason + "': " + ended.errors());
        assertEquals(status, ended.status(), ended::errors);
        assertEquals("", ended.out());
    }

    /** What {@code koker ps} says of a container: running, stopped and so on. */
    private static String state(String name) {
        return states().get(name);
    }

    private static Map<String, String> states() {
        return ok("ps", "-a", "--format", "{{.Names}}={{.State}}")
                .lines()
                .map(line -> line.split("="))
                .collect(Collectors.toMap(words -> words[0], words -> words[1]));
    }

    private static Path folder(String name) throws IOException {
        return host.root().resolve("names").resolve(name).toRealPath();
    }

    private static Path stateFile(String name) throws IOException {
        return folder(name).resolve("state.json");
    }

    /** A number in the part of state.json that is about this life of the container. */
    private static long pid(String name, String of) throws IOException {
        var matcher =
                Pattern.compile("\"" + of + "\": \\{\\s*\"pid\": ([0-9]+)").matcher(Files.readString(stateFile(name)));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }

    private static void awaitReady(String name) {
        Poll.until(name + " is ready", () -> ok("logs", name).contains("ready"));
    }

    @Test
    void goesThroughAllStates() throws IOException {
        var id = ok("create", "--name", "one", POLITE);
        assertTrue(id.matches("[0-9a-f]{12}"), id);
        assertEquals("created", state("one"));
        assertEquals("one", ok("start", "one"));
        assertEquals("running", state("one"));
        awaitReady("one");
        assertEquals("one", ok("pause", "one"));
        assertEquals("paused", state("one"));
        assertEquals("one", ok("unpause", "one"));
        assertEquals("running", state("one"));
        assertEquals("one", ok("stop", "one"));
        assertEquals("stopped", state("one"));
        assertEquals("7", ok("wait", "one"));
        assertEquals("one", ok("restart", "one"));
        assertEquals("running", state("one"));
        assertEquals("one", ok("kill", "one"));
        assertEquals("137", ok("wait", "one"));
        assertEquals("stopped", state("one"));
        assertEquals(id.substring(0, 5), ok("rm", id.substring(0, 5)));
        assertFalse(Files.exists(host.root().resolve("names/one"), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void severalAtOnceAndOneThatIsUnknown() {
        var names = List.of("a", "b", "c");
        names.forEach(name -> detached("--name", name, POLITE));
        names.forEach(LifecycleIT::awaitReady);
        for (var verb : List.of("pause", "unpause", "restart", "stop", "wait", "rm")) {
            var ended = koker(verb, "a", "nobody", "b", "c");
            assertEquals(1, ended.status(), verb);
            assertEquals("koker: no container 'nobody'; see: koker ps -a\n", ended.errors());
            assertEquals(verb.equals("wait") ? List.of("7", "7", "7") : names, ended.lines(), verb);
            if (verb.equals("restart")) {
                names.forEach(LifecycleIT::awaitReady);
            }
        }
        assertEquals(Map.of(), states());
    }

    @Test
    void unknownAmbiguousAndTakenNames() throws IOException {
        for (var verb : List.of("stop", "kill", "pause", "unpause", "restart", "wait", "rm")) {
            refused(1, "no container 'nobody'", verb, "nobody");
            refused(1, "no container '../x'", verb, "../x");
            refused(1, "no container ''", verb, "");
        }
        refused(125, "no container 'nobody'", "start", "nobody");
        refused(125, "no container 'nobody'", "exec", "nobody", "true");
        refused(125, "no container 'nobody'", "rename", "nobody", "somebody");
        var id = ok("create", SLEEP);
        var other = id.substring(0, 6) + (id.endsWith("000000") ? "111111" : "000000");
        var containers = host.root().resolve("containers");
        host.command("cp", "-a", containers.resolve(id), containers.resolve(other))
                .run()
                .succeeded();
        Files.writeString(
                containers.resolve(other + "/state.json"),
                Files.readString(containers.resolve(id + "/state.json")).replace(id, other));
        refused(125, "'" + id.substring(0, 6) + "' is the beginning of 2", "start", id.substring(0, 6));
        ok("rename", id, "first");
        refused(125, "'first' is in use by container " + id, "create", "--name", "first", SLEEP);
        refused(125, "'first' is in use by container " + id, "run", "-d", "--name", "first", SLEEP);
        refused(125, "'first' is in use by container " + id, "rename", other, "first");
        assertEquals(2, ok("ps", "-aq").lines().count());
    }

    @Test
    void whatDoesNotFitTheStateIsRefusedAndChangesNothing() throws IOException {
        ok("create", "--name", "c", SLEEP);
        for (var verb : List.of("kill", "pause", "unpause")) {
            refused(1, "it is created", verb, "c");
        }
        refused(125, "it is created", "exec", "c", "true");
        assertEquals("c", ok("stop", "c"));
        assertEquals("0", ok("wait", "c"));
        assertEquals("created", state("c"));

        ok("start", "c");
        var pid = pid("c", "process");
        refused(125, "already running", "start", "c");
        refused(1, "is running; end it first", "rm", "c");
        refused(1, "is not paused", "unpause", "c");
        ok("pause", "c");
        refused(1, "already paused", "pause", "c");
        refused(125, "already paused", "start", "c");
        refused(125, "is paused; let it go on first: koker unpause c", "exec", "c", "true");
        refused(1, "is paused; end it first", "rm", "c");
        assertEquals("paused", state("c"));
        ok("unpause", "c");
        assertEquals(pid, pid("c", "process"));
        assertTrue(ProcessHandle.of(pid).orElseThrow().isAlive());

        ok("kill", "c");
        ok("wait", "c");
        for (var verb : List.of("kill", "pause", "unpause")) {
            refused(1, "it is stopped", verb, "c");
        }
        refused(125, "it is stopped", "exec", "c", "true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{\"id\": \"other\"}", "{\"id\": 7}", "\0\0\0"})
    void damagedState(String text) throws IOException {
        ok("create", "--name", "d", SLEEP);
        Files.writeString(stateFile("d"), text);
        refused(125, "state.json is damaged", "start", "d");
        refused(1, "state.json is damaged", "stop", "d");
        refused(125, "state.json is damaged", "exec", "d", "true");
        ok("run", "--rm", "busybox", "true");
        assertEquals("d", ok("rm", "d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{\"process\": 1}"})
    void damagedConfig(String text) throws IOException {
        ok("create", "--name", "d", SLEEP);
        Files.writeString(folder("d").resolve("config.json"), text);
        refused(125, "config.json", "start", "d");
        assertEquals("created", state("d"));
        assertEquals("d", ok("rm", "d"));
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "42", "125", "127", "255"})
    void exitStatusIsKept(int status) {
        detached("--name", "e", "busybox", "sh", "-c", "exit " + status);
        assertEquals(Integer.toString(status), ok("wait", "e"));
        assertEquals(
                "Exited (" + status + ")",
                ok("ps", "-a", "--format", "{{.Status}}").replaceFirst("\\).*", ")"));
    }

    @Test
    void startsThatFailLeaveTheContainerAsItWas() {
        refused(127, "no-such", "run", "-d", "--name", "f", "busybox", "no-such");
        refused(126, "/etc", "run", "-d", "--name", "f", "busybox", "/etc");
        assertEquals(Map.of(), states());
        ok("create", "--name", "f", SLEEP);
        refused(127, "no-such", "start", "f", "no-such");
        refused(125, "Set hostname", "start", "--fail", "set-hostname=EPERM", "f");
        refused(125, "no-such-step", "start", "--fail", "no-such-step=EPERM", "f");
        assertEquals("created", state("f"));
        ok("start", "f");
        assertEquals("running", state("f"));
    }

    @Test
    void removedWhenItEnds() throws IOException {
        var id = detached("--rm", "--name", "r", "busybox", "sh", "-c", "exit 3");
        Poll.until("it is removed", () -> !Files.exists(host.root().resolve("containers/" + id)));
        host.assertUnchanged();
        for (var verb : List.of(List.of("stop", "-t", "0"), List.of("rm", "-f"), List.of("kill"))) {
            detached("--rm", "--name", "r", SLEEP);
            assertEquals("r", ok(verb, "r"));
            host.assertUnchanged();
        }
    }

    @Test
    void idIsWrittenToAFile() throws IOException {
        var file = host.work().resolve("cid");
        var id = detached("--cidfile", file, SLEEP);
        assertEquals(id, Files.readString(file));
        refused(125, "exists", "run", "-d", "--cidfile", file, SLEEP);
        refused(125, "exists", "create", "--cidfile", file, SLEEP);
        refused(125, "missing", "create", "--cidfile", host.work().resolve("missing/cid"), SLEEP);
        assertEquals(1, ok("ps", "-aq").lines().count());
    }

    @Test
    void namesAndNoNames() throws IOException {
        var longest = "n".repeat(128);
        var id = detached("--name", longest, SLEEP);
        assertEquals("running", state(longest));
        assertEquals(longest, ok("stop", "-t", "0", longest));
        refused(125, "cannot be a name", "create", "--name", longest + "n", SLEEP);
        refused(125, "cannot be a name", "rename", longest, "a/b");
        ok("rename", longest, "short");
        ok("rename", "short", longest);
        ok("rename", id, "short");
        assertEquals(Set.of("short"), states().keySet());
        assertEquals(
                List.of("short"), List.of(host.root().resolve("names").toFile().list()));
        var unnamed = detached(SLEEP);
        assertEquals(unnamed, ok("rm", "-f", unnamed));
    }

    @Test
    void stopSignalAndTimeout() throws IOException {
        var script = "trap 'echo TERM; exit 1' TERM; trap 'echo QUIT; exit 2' QUIT; trap 'echo 37; exit 3' 37; "
                + "echo ready; while :; do sleep 0.02; done";
        host.images().add("systemd", Map.of("StopSignal", "SIGRTMIN+3"));
        host.images().add("odd", Map.of("StopSignal", "SIGODD"));
        detached("--name", "term", "busybox", "sh", "-c", script);
        detached("--name", "quit", "--stop-signal", "quit", "busybox", "sh", "-c", script);
        detached("--name", "rt", "systemd", "sh", "-c", script);
        detached("--name", "number", "--stop-signal", "37", "busybox", "sh", "-c", script);
        detached("--name", "winch", "--stop-signal", "WINCH", "--stop-timeout", "0", "busybox", "sh", "-c", script);
        refused(125, "'SIGODD' is unknown", "create", "odd", "true");
        var all = List.of("term", "quit", "rt", "number", "winch");
        all.forEach(LifecycleIT::awaitReady);
        ok("stop", all);
        assertEquals(List.of("1", "2", "3", "3", "137"), ok("wait", all).lines().toList());
        assertEquals("ready\n37", ok("logs", "rt"));
    }

    @Test
    void stopWaitsNoLongerThanItIsAllowedTo() {
        detached("--name", "deaf", SLEEP); // sleep as PID 1 does not hear SIGTERM
        detached("--name", "deafer", "--stop-timeout", "1", SLEEP);
        var begin = Instant.now();
        ok("stop", "-t", "0", "deaf");
        assertTrue(Duration.between(begin, Instant.now()).toMillis() < 900);
        begin = Instant.now();
        ok("stop", "deafer");
        var took = Duration.between(begin, Instant.now()).toMillis();
        assertTrue(1000 <= took && took < 3000, () -> took + " ms");
        assertEquals("137\n137", ok("wait", "deaf", "deafer"));
    }

    @Test
    void stopWithoutLimitWaits() throws IOException {
        detached("--name", "deaf", SLEEP);
        var stop = host.koker("-q", "stop", "-t", "-1", "deaf").start();
        Poll.until(
                "the signal is sent", () -> Files.readString(stateFile("deaf")).contains("\"stopping\": true"));
        assertTrue(stop.process().isAlive());
        ok("kill", "deaf");
        assertEquals("deaf\n", stop.end().succeeded().out());
    }

    @Test
    void filesOutliveARestart() {
        detached("--name", "f", "busybox", "sh", "-c", "echo x >> /kept; echo $(wc -l < /kept); sleep 1000");
        Poll.until("it has written", () -> ok("logs", "f").equals("1"));
        ok("restart", "-t", "0", "f");
        Poll.until("it has written again", () -> ok("logs", "f").equals("1\n2"));
    }

    @Test
    void anotherCommandThisOnce() {
        ok("create", "--name", "c", "busybox", "echo", "own");
        ok("start", "c", "echo", "other", "-a", "--rm");
        ok("wait", "c");
        ok("start", "c");
        ok("wait", "c");
        assertEquals("other -a --rm\nown", ok("logs", "c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "kill", "rm -f", "restart -t 0"})
    void pausedOneCanBeEnded(String verb) {
        detached("--name", "p", POLITE);
        awaitReady("p");
        ok("pause", "p");
        ok(List.of(verb.split(" ")), "p");
        if (verb.startsWith("restart")) {
            assertEquals("running", state("p"));
        } else if (verb.startsWith("rm")) {
            assertEquals(Map.of(), states());
        } else {
            assertEquals(verb.equals("stop") ? "7" : "137", ok("wait", "p"));
        }
    }

    @Test
    void pausedOneThatIsKilledFromOutsideEndsWhenItGoesOn() throws IOException {
        detached("--name", "p", SLEEP);
        ok("pause", "p");
        ProcessHandle.of(pid("p", "process")).orElseThrow().destroyForcibly();
        koker("unpause", "p"); // in version 2 there is nothing left that could go on
        assertEquals("137", ok("wait", "p"));
    }

    @Test
    void othersWaitWhileOneStops() {
        detached("--name", "w", POLITE);
        awaitReady("w");
        var waiting = IntStream.range(0, 4)
                .mapToObj(_ -> host.koker("-q", "wait", "w").start())
                .toList();
        ok("stop", "w");
        for (var each : waiting) {
            assertEquals("7\n", each.end().succeeded().out());
        }
    }

    @Test
    void signalsArriveAsTheyAre() {
        detached(
                "--name",
                "s",
                "busybox",
                "sh",
                "-c",
                "trap 'echo hup' HUP; trap 'echo usr1' USR1; echo ready; while :; do sleep 0.02; done");
        awaitReady("s");
        ok("kill", "-s", "HUP", "s");
        Poll.until("it came", () -> ok("logs", "s").endsWith("hup"));
        ok("kill", "--signal=10", "s");
        Poll.until("it came", () -> ok("logs", "s").endsWith("usr1"));
        refused(125, "unknown signal", "kill", "-s", "NONE", "s");
        assertEquals("running", state("s"));
    }

    // Restart policies

    private static long runs(String name) {
        return ok("logs", name).lines().filter(line -> line.equals("run")).count();
    }

    @ParameterizedTest
    @CsvSource({"no, 1, 1", "on-failure:2, 1, 3", "on-failure:2, 0, 1", "on-failure, 0, 1"})
    void isStartedAgainAsOftenAsThePolicySays(String policy, int status, int times) throws IOException {
        detached("--name", "p", "--restart", policy, "busybox", "sh", "-c", "echo run; exit " + status);
        Poll.until("it ran " + times + " times", () -> runs("p") == times);
        host.command("sleep", "0.5").run(); // longer than the next start would take
        assertEquals(times, runs("p"));
        assertEquals("stopped", state("p"));
        assertEquals(Integer.toString(status), ok("wait", "p"));
        assertEquals(Set.of(), host.remainingProcesses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "unless-stopped", "on-failure"})
    void comesBackUntilTheUserEndsIt(String policy) throws IOException {
        var script = "test -e /again && echo back && sleep 1000; touch /again; exit 1";
        var names = List.of("stopped", "killed", "removed");
        names.forEach(name -> detached("--name", name, "--restart", policy, "busybox", "sh", "-c", script));
        names.forEach(name -> Poll.until("it is back", () -> ok("logs", name).equals("back")));
        ok("stop", "-t", "0", "stopped");
        ok("kill", "killed");
        ok("rm", "-f", "removed");
        ok("wait", "killed");
        host.command("sleep", "0.5").run(); // longer than the next start would take
        assertEquals(Map.of("stopped", "stopped", "killed", "stopped"), states());
        Poll.until("nobody looks after them", () -> host.remainingProcesses().isEmpty());
    }

    @Test
    void oneThatWaitsToBeStartedAgainObeys() throws IOException {
        var verbs = List.of("stop", "rm -f", "rm", "start", "restart");
        for (var verb : verbs) {
            // After the fifth time, it waits for more than three seconds.
            var script = "echo run; test -e /stay && sleep 1000";
            detached("--name", name(verb), "--restart", "always", "busybox", "sh", "-c", script);
        }
        var running = new ArrayList<Command.Running>();
        for (var verb : verbs) {
            Poll.until("it waits", () -> runs(name(verb)) >= 6);
            if (verb.endsWith("start")) {
                Files.createFile(folder(name(verb)).resolve("upper/stay"));
            }
            // At once, as it waits for so long only.
            running.add(host.koker("-q", List.of(verb.split(" ")), name(verb)).start());
        }
        running.forEach(each -> each.end().succeeded());
        assertEquals(Map.of("stop", "stopped", "start", "running", "restart", "running"), states());
        assertEquals(7, runs("start"));
    }

    private static String name(String verb) {
        return verb.replace(" ", "");
    }

    @Test
    void aNewStartCountsAnew() throws IOException {
        detached("--name", "p", "--restart", "on-failure:1", "busybox", "sh", "-c", "echo run; exit 1");
        Poll.until(
                "it ran twice",
                () -> runs("p") == 2 && host.remainingProcesses().isEmpty());
        ok("start", "p");
        Poll.until(
                "it ran twice more",
                () -> runs("p") == 4 && host.remainingProcesses().isEmpty());
    }

    // Several commands at once

    private static List<Command.Ended> atOnce(int times, Object... words) {
        var running = IntStream.range(0, times)
                .mapToObj(_ -> host.koker("-q", Command.words(words)).start())
                .toList();
        return running.stream().map(Command.Running::end).toList();
    }

    @Test
    void ofManyStartsOneWins() {
        ok("create", "--name", "c", SLEEP);
        var all = atOnce(20, "start", "c");
        assertEquals(1, all.stream().filter(each -> each.status() == 0).count());
        for (var each : all) {
            assertTrue(
                    each.status() == 0 || each.errors().equals("koker: container c is already running\n"),
                    each::errors);
        }
        assertEquals("running", state("c"));
    }

    @Test
    void ofManyRemovalsOneWinsAndNoneHarms() {
        detached("--name", "c", SLEEP);
        var all = atOnce(8, "rm", "-f", "c");
        assertTrue(all.stream().anyMatch(each -> each.status() == 0));
        for (var each : all) {
            assertTrue(
                    each.status() == 0 || each.errors().matches("koker: (no container|container .* has just been).*\n"),
                    each::errors);
        }
        assertEquals(Map.of(), states());
    }

    @Test
    void stopsAtOnceAgree() {
        detached("--name", "c", "--restart", "always", POLITE);
        awaitReady("c");
        atOnce(6, "stop", "c")
                .forEach(each -> assertEquals("c\n", each.succeeded().out()));
        assertEquals("stopped", state("c"));
    }

    @Test
    void startsAndStopsAtOnceEndInOneState() throws IOException {
        ok("create", "--name", "c", POLITE);
        var running = IntStream.range(0, 12)
                .mapToObj(i ->
                        host.koker("-q", i % 2 == 0 ? "start" : "stop", "c").start())
                .toList();
        for (var each : running) {
            var ended = each.end();
            assertTrue(ended.status() == 0 || ended.errors().contains("already running"), ended::errors);
        }
        assertTrue(Set.of("running", "stopped", "created").contains(state("c")));
        ok("stop", "-t", "0", "c");
        assertEquals(Set.of(), host.remainingProcesses());
        ok("start", "c");
        assertEquals("running", state("c"));
    }

    @Test
    void sameNameAtOnceIsGivenOnce() {
        var all = atOnce(6, "run", "-d", "--name", "same", SLEEP);
        assertEquals(1, all.stream().filter(each -> each.status() == 0).count());
        assertEquals(Map.of("same", "running"), states());
    }

    @Test
    void differentContainersDoNotWaitForEachOther() throws IOException {
        detached("--name", "slow", SLEEP);
        detached("--name", "quick", SLEEP);
        // Somebody holds the lock of one of them.
        var holder = host.command("flock", folder("slow"), "sh", "-c", "echo locked; read x")
                .input(RunIT.endless())
                .start();
        try {
            Poll.until(
                    "it is locked",
                    () -> host.command("flock", "-n", folder("slow"), "true")
                                    .run()
                                    .status()
                            != 0);
            var waits = host.koker("-q", "stop", "-t", "0", "slow").start();
            for (var verb : Stream.of(
                            "pause quick", "unpause quick", "stop -t 0 quick", "start quick", "ps -a", "rm -f quick")
                    .map(words -> List.of(words.split(" ")))
                    .toList()) {
                host.koker("-q", verb).within(Duration.ofSeconds(10)).run().succeeded();
            }
            assertTrue(waits.process().isAlive(), "nobody waits for the lock");
            holder.process().destroyForcibly();
            waits.end().succeeded();
        } finally {
            holder.process().destroyForcibly();
        }
    }

    @Test
    void initAndSupervisorLiveSideBySide() {
        detached("--init", "--name", "i", "busybox", "sh", "-c", "sleep 1000 & echo ready; wait; true");
        awaitReady("i");
        assertEquals("koker-init\nsh\nsleep\ncat", ok("exec", "i", "sh", "-c", "cat /proc/[0-9]*/comm"));
        ok("stop", "i");
        assertEquals("143", ok("wait", "i"));
    }
}
