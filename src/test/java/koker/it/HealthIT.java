package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Health checks: when they are made, what they come to, and that they leave nothing and nobody behind. */
class HealthIT {
    private static final int MOST_MEMORY = 64;

    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> SLEEP = List.of("busybox", "sleep", "1000");
    private static final List<String> OFTEN = List.of("--health-interval", "50ms");

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    /** Starts the container {@code h}, checked by a line of a shell. */
    private static void checked(String command, Object... words) {
        host.ok("run", "-d", "--name", "h", OFTEN, "--health-cmd", command, Command.words(words));
    }

    private static JsonObject inspect() {
        return JsonParser.parseString(host.ok("container", "inspect", "h"))
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
    }

    private static JsonObject health() {
        return inspect().getAsJsonObject("State").getAsJsonObject("Health");
    }

    private static JsonArray log() {
        return health().getAsJsonArray("Log");
    }

    private static JsonObject last() {
        var log = log();
        return log.get(log.size() - 1).getAsJsonObject();
    }

    private static String status() {
        return health().get("Status").getAsString();
    }

    private static void until(String status) {
        Poll.until("it is " + status, () -> status().equals(status));
    }

    private static void untilChecked() {
        Poll.until("it is checked", () -> !log().isEmpty());
    }

    private static Path supervisor() {
        return Path.of(
                "/proc", inspect().getAsJsonObject("State").get("SupervisorPid").getAsString());
    }

    private static String children(Path process) throws IOException {
        return Files.readString(
                        process.resolve("task").resolve(process.getFileName()).resolve("children"))
                .strip();
    }

    @Test
    void goesThroughAllStates() throws IOException {
        checked("cat /flags/well || { echo not well >&2; exit 7; }", "-v", host.work() + ":/flags", SLEEP);
        assertEquals("starting", status());
        assertTrue(host.ok("ps").contains(" (health: starting)"));
        Poll.until("two have failed", () -> health().get("FailingStreak").getAsInt() >= 2);
        Files.writeString(host.work().resolve("well"), "well\n");
        until("healthy");
        assertEquals(0, health().get("FailingStreak").getAsInt());
        assertEquals(0, last().get("ExitCode").getAsInt());
        assertEquals("well\n", last().get("Output").getAsString());
        assertTrue(host.ok("ps").contains(" (healthy)"));
        assertEquals("h", host.ok("ps", "--filter", "health=healthy", "--format", "{{.Names}}"));
        assertEquals("", host.ok("ps", "-q", "--filter", "health=none"));
        Files.delete(host.work().resolve("well"));
        until("unhealthy");
        assertTrue(health().get("FailingStreak").getAsInt() >= 3);
        assertEquals(7, last().get("ExitCode").getAsInt());
        assertTrue(last().get("Output").getAsString().endsWith("not well\n"), last()::toString);
        assertTrue(host.ok("ps").contains(" (unhealthy)"));
        assertEquals("h", host.ok("ps", "--filter", "health=unhealthy", "--format", "{{.Names}}"));
        Poll.until("five are kept", () -> log().size() == 5);
        host.ok("restart", "-t", "0", "h");
        assertEquals("starting", status());
        assertTrue(log().size() < 5); // those of the life before are gone
        host.ok("stop", "-t", "0", "h");
        assertFalse(host.ok("ps", "-a").contains("health"));
    }

    @Test
    void isAsTheImageHasIt() throws IOException {
        var check = Map.of("Test", List.of("CMD", "echo", "$HOME"), "Interval", 50_000_000L, "Retries", 9);
        host.images().add("checked", Map.of("Healthcheck", check));
        host.ok("run", "-d", "--name", "h", "checked", "sleep", "1000");
        until("healthy");
        assertEquals("$HOME\n", last().get("Output").getAsString());
        var shown = inspect().getAsJsonObject("Config").getAsJsonObject("Healthcheck");
        assertEquals(
                "{\"Test\":[\"CMD\",\"echo\",\"$HOME\"],\"Interval\":50000000,\"Timeout\":30000000000,\"StartPeriod\":0,"
                        + "\"StartInterval\":5000000000,\"Retries\":9}",
                shown.toString());
        host.ok("rm", "-f", "h");
        checked("echo other", "checked", "sleep", "1000");
        until("healthy");
        assertEquals("other\n", last().get("Output").getAsString());
        assertEquals(
                9,
                inspect()
                        .getAsJsonObject("Config")
                        .getAsJsonObject("Healthcheck")
                        .get("Retries")
                        .getAsInt());
        for (var option : List.of(List.of("--no-healthcheck"), List.of("--health-cmd", "none"))) {
            host.ok("rm", "-f", "h");
            host.ok("run", "-d", "--name", "h", option, "checked", "sleep", "1000");
            assertFalse(inspect().getAsJsonObject("State").has("Health"));
            assertEquals("h", host.ok("ps", "--filter", "health=none", "--format", "{{.Names}}"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --health-interval 5s               | --health-cmd
            --no-healthcheck --health-cmd true | exclude each other
            --health-cmd true --health-retries 0 | '0'
            --health-cmd true --health-timeout 0s | '0s'
            --health-cmd true --health-interval 5 | '5'
            """)
    void whatMakesNoSenseIsRefused(String options, String reason) {
        var ended = host.quiet("create", List.of(options.split(" ")), SLEEP);
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().contains(reason), ended::errors);
        assertEquals("", host.ok("ps", "-aq"));
    }

    @Test
    void anImagesCheckOfAnUnknownKindIsRefused() throws IOException {
        host.images().add("odd", Map.of("Healthcheck", Map.of("Test", List.of("ASK", "x"))));
        var ended = host.quiet("run", "-d", "odd", "true");
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains("[ASK, x]"), ended::errors);
        host.ok("run", "--no-healthcheck", "odd", "true");
    }

    @Test
    void oneThatTakesTooLongIsEndedWithAllThatItStarted() {
        checked("echo begun; sleep 1000 & sleep 1000", "--health-timeout", "300ms", "--health-retries", "1", SLEEP);
        until("unhealthy");
        assertEquals(-1, last().get("ExitCode").getAsInt());
        var output = last().get("Output").getAsString();
        assertEquals("Health check exceeded timeout (300 ms): begun\n", output);
        Poll.until(
                "nothing is left of one",
                () -> host.ok("top", "h", "-o", "pid,args").lines().count() == 2);
    }

    @Test
    void ofItsOutputTheBeginningIsKept() {
        checked("seq 1 1000000", SLEEP);
        until("healthy");
        var output = last().get("Output").getAsString();
        assertEquals(4096, output.length());
        assertTrue(output.startsWith("1\n2\n3\n"));
    }

    @Test
    void whatIsLeftRunningInTheBackgroundIsNotWaitedFor() {
        checked("sleep 1000 & echo done", SLEEP);
        until("healthy");
        assertEquals("done\n", last().get("Output").getAsString());
    }

    @Test
    void aCommandThatIsNotThereIsAFailure() {
        host.ok("run", "-d", "--name", "h", OFTEN, "--health-retries", "1", "--health-cmd", "no-such-command", SLEEP);
        until("unhealthy");
        assertEquals(127, last().get("ExitCode").getAsInt());
    }

    @Test
    void runsAsTheContainersUserInItsFolderWithItsVariables() {
        checked("id -u; pwd; echo $A; echo to stderr > /dev/stderr", "-u", "1000:7", "-w", "/tmp", "-e", "A=b", SLEEP);
        until("healthy");
        assertEquals("1000\n/tmp\nb\nto stderr\n", last().get("Output").getAsString());
    }

    @Test
    void failuresInTheStartPeriodDoNotCountAndAreSoonFollowed() {
        host.ok(
                "run",
                "-d",
                "--name",
                "h",
                List.of("--health-interval", "1h", "--health-start-period", "3s", "--health-start-interval", "50ms"),
                List.of("--health-retries", "1", "--health-cmd", "false"),
                SLEEP);
        Poll.until("four have failed", () -> log().size() >= 4);
        assertEquals("starting", status());
        assertEquals(0, health().get("FailingStreak").getAsInt());
        // The one that counts is the first after the period; the next one would come in an hour.
        Poll.until("one counts", () -> status().equals("unhealthy") || isLate());
    }

    /** Whether the start period is over, and no check is on. */
    private static boolean isLate() throws IOException {
        var state = inspect().getAsJsonObject("State");
        var age = Duration.between(Instant.parse(state.get("StartedAt").getAsString()), Instant.now());
        return age.toSeconds() > 3
                && children(supervisor()).equals(state.get("Pid").getAsString());
    }

    @Test
    void oneSuccessEndsTheStart() {
        host.ok(
                "run",
                "-d",
                "--name",
                "h",
                List.of("--health-interval", "100ms", "--health-start-period", "1h", "--health-start-interval", "50ms"),
                List.of("--health-retries", "1", "--health-cmd", "test ! -e /bad"),
                SLEEP);
        until("healthy");
        host.ok("exec", "h", "touch", "/bad");
        until("unhealthy");
    }

    @Test
    void onePausedIsNotChecked() {
        checked("true", SLEEP);
        until("healthy");
        host.ok("pause", "h");
        host.command("sleep", "0.5").run(); // the last check is noted
        var before = log();
        host.command("sleep", "1").run(); // several intervals
        assertEquals(before, log());
        assertTrue(host.ok("ps").contains("(Paused)"));
        var ended = host.quiet("container", "healthcheck", "run", "h");
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains("is paused"), ended::errors);
        host.ok("unpause", "h");
        Poll.until("it is checked again", () -> !log().equals(before));
        assertEquals("healthy", status());
    }

    @Test
    void isCheckedThoughItNeverStopsWriting() {
        checked("true", "--log-max-size", "1m", "busybox", "sh", "-c", "yes & exec yes >&2");
        until("healthy");
        var before = log();
        Poll.until("it is checked again", () -> !log().equals(before));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-t"})
    void isCheckedThoughItHasClosedItsStreams(String terminal) throws IOException {
        var script = "exec >&- 2>&- <&-; while ! test -e /flags/end; do sleep 0.02; done; exit 5";
        var options = terminal.isEmpty() ? List.<String>of() : List.of(terminal);
        checked("true", "-v", host.work() + ":/flags", options, "busybox", "sh", "-c", script);
        until("healthy");
        var before = log();
        Poll.until("it is checked again", () -> !log().equals(before));
        Files.createFile(host.work().resolve("end"));
        assertEquals("5", host.ok("wait", "h"));
        Poll.until("nobody looks after it", () -> host.remainingProcesses().isEmpty());
    }

    // Nobody is left behind

    @ParameterizedTest
    @ValueSource(strings = {"stop -t 0 h", "kill h", "rm -f h", "container", "supervisor", "restart -t 0 h"})
    void noCheckOutlivesTheContainer(String end) {
        checked("sleep 1000", SLEEP);
        Poll.until(
                "a check is on",
                () -> host.ok("top", "h", "-o", "pid,args")
                                .lines()
                                .filter(line -> line.endsWith("sleep 1000"))
                                .count()
                        == 2);
        var state = inspect().getAsJsonObject("State");
        switch (end) {
            case "container" -> kill(state.get("Pid").getAsLong());
            case "supervisor" -> kill(state.get("SupervisorPid").getAsLong());
            default -> host.ok(List.of(end.split(" ")));
        }
        if (end.startsWith("restart")) {
            assertEquals("starting", status());
            host.ok("stop", "-t", "0", "h");
        }
        Poll.until("all are gone", () -> host.remainingProcesses().isEmpty());
    }

    private static void kill(long pid) {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }

    @Test
    void aCheckThatIsKilledHarmsNobody() throws IOException {
        checked("echo x; sleep 0.2", SLEEP);
        for (var round = 0; round < 10; round++) {
            var child = Poll.get("a check is on", () -> {
                var children = children(supervisor());
                return children.isEmpty()
                                || children.equals(inspect()
                                        .getAsJsonObject("State")
                                        .get("Pid")
                                        .getAsString())
                        ? Optional.empty()
                        : Stream.of(children.split(" "))
                                .filter(pid -> !pid.equals(inspect()
                                        .getAsJsonObject("State")
                                        .get("Pid")
                                        .getAsString()))
                                .findFirst();
            });
            host.command("sleep", "0.0" + round).run();
            ProcessHandle.of(Long.parseLong(child)).ifPresent(ProcessHandle::destroyForcibly);
        }
        until("healthy");
        assertEquals("running", inspect().getAsJsonObject("State").get("Status").getAsString());
        host.ok("stop", "-t", "0", "h");
    }

    @Test
    void betweenChecksTheSupervisorIsAsSmallAsEver() throws IOException {
        host.ok("run", "-d", "--name", "h", "--health-cmd", "true", "--health-interval", "400ms", SLEEP);
        until("healthy");
        var pid = inspect().getAsJsonObject("State").get("Pid").getAsString();
        var supervisor = supervisor();
        // No zombie either.
        Poll.until("no check is on", () -> children(supervisor).equals(pid));
        var memory =
                Poll.get("it can be measured", () -> Files.readAllLines(supervisor.resolve("smaps_rollup")).stream()
                        .filter(line -> line.startsWith("Pss:"))
                        .map(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")))
                        .findFirst());
        assertTrue(memory <= MOST_MEMORY, () -> memory + " kB");
    }

    // Users ask

    @Test
    void usersCheckThemselves() {
        host.ok("run", "-d", "--name", "h", "--health-cmd", "test ! -e /bad", "--health-retries", "2", SLEEP);
        assertEquals("starting", status());
        assertEquals("healthy", host.ok("container", "healthcheck", "run", "h"));
        host.ok("exec", "h", "touch", "/bad");
        for (var expected : List.of("healthy", "unhealthy")) {
            var ended = host.quiet("container", "healthcheck", "run", "h");
            assertEquals(1, ended.status());
            assertEquals(expected + "\n", ended.out());
        }
        assertEquals(3, log().size());
        host.ok("run", "-d", "--name", "unchecked", SLEEP);
        for (var name : List.of("unchecked", "nobody")) {
            var ended = host.quiet("container", "healthcheck", "run", name);
            assertEquals(125, ended.status());
            assertEquals(1, ended.errors().lines().count(), ended::errors);
        }
        host.ok("stop", "-t", "0", "h");
        assertEquals(125, host.quiet("container", "healthcheck", "run", "h").status());
    }

    @Test
    void othersWaitUntilItIsWell() {
        checked("test -e /well", SLEEP);
        var waiting = host.koker("-q", "wait", "--condition", "healthy", "h").start();
        untilChecked();
        assertTrue(waiting.process().isAlive());
        host.ok("exec", "h", "touch", "/well");
        assertEquals("healthy\n", waiting.end().succeeded().out());
        host.ok("stop", "-t", "0", "h");
        assertNotEquals(0, host.quiet("wait", "--condition", "healthy", "h").status());
        assertEquals(125, host.quiet("wait", "--condition", "rich", "h").status());
    }

    @Test
    void inTheForegroundItIsCheckedToo() {
        var running = host.run("--name", "h", OFTEN, "--health-cmd", "echo $PPID", SLEEP)
                .start();
        Poll.until("it runs", () -> host.ok("ps", "--format", "{{.Status}}").contains("(healthy)"));
        host.ok("stop", "-t", "0", "h");
        var ended = running.end();
        assertEquals(137, ended.status());
        assertEquals("", ended.errors());
        assertEquals("", ended.out());
    }

    /** One that is checked in the foreground, and writes down how often. */
    private static Command.Running inTheForeground() {
        var check = List.of("--health-cmd", "echo . >>/flags/checks", "-v", host.work() + ":/flags");
        var running = host.koker("run", "--name", "h", OFTEN, check, SLEEP).start();
        Poll.until(
                "it is healthy", () -> host.ok("ps", "--format", "{{.Status}}").contains("(healthy)"));
        return running;
    }

    private static void untilCheckedAgain(int times) throws IOException {
        var checks = host.work().resolve("checks");
        var before = Files.size(checks);
        Poll.until("it is checked " + times + " times", () -> Files.size(checks) >= before + 2L * times);
    }

    @Test
    void checksInTheForegroundLeaveNothingInKoker() throws IOException {
        var running = inTheForeground();
        var koker = Path.of("/proc", Long.toString(running.pid()));
        untilCheckedAgain(3);
        var descriptors = descriptors(koker);
        var shared = shared(koker);
        untilCheckedAgain(30); // many more than one check has at a time
        Poll.until("no more descriptors are open", () -> descriptors(koker) <= descriptors);
        Poll.until("no more memory is shared", () -> shared(koker) <= shared);
        host.ok("stop", "-t", "0", "h");
        running.end();
    }

    private static int descriptors(Path process) {
        return process.resolve("fd").toFile().list().length;
    }

    /** The stretches of memory that were made to be shared with children. */
    private static long shared(Path process) throws IOException {
        return Files.readAllLines(process.resolve("maps")).stream()
                .filter(line -> line.contains("/dev/zero"))
                .count();
    }

    @Test
    void aCheckThatCannotBeNotedIsNotTheLast() throws IOException {
        var running = inTheForeground();
        var folder = host.root().resolve("containers").resolve(host.ok("ps", "-q"));
        Files.createDirectory(folder.resolve("health.json.new"));
        untilCheckedAgain(3);
        var before = log();
        Files.delete(folder.resolve("health.json.new"));
        Poll.until("one is noted again", () -> !log().equals(before));
        host.ok("stop", "-t", "0", "h");
        var ended = running.end();
        assertTrue(ended.errors().contains("WRN Health not checked reason="), ended::errors);
    }
}
