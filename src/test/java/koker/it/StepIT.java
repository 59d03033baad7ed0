package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stopping before each step, on a terminal on which somebody has typed ahead. */
class StepIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final Pattern STOP = Pattern.compile("^(\\d+)  (on the host|in the container), ");

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    /** What a koker that stops before each step of {@code command} shows, when {@code typed} is typed. */
    private static Command.Ended step(String command, String typed) {
        var words = String.join(" ", host.kokerWords("-q", "--step")) + " " + command;
        return host.command("script", "-qec", words, "/dev/null")
                .input(typed)
                .env("SHELL", "/bin/sh")
                .run();
    }

    private static long stops(Command.Ended ended) {
        return ended.lines().stream().filter(line -> STOP.matcher(line).find()).count();
    }

    private static String run(String options, String command) {
        return "run --rm --network none " + options + " busybox " + command;
    }

    @Test
    void allStepsAreShownAndMadeOnEnter() {
        var ended = step(run("--hostname lab", "hostname"), "\n".repeat(300));
        assertEquals(0, ended.status(), ended.out());
        assertTrue(ended.out().endsWith("step> lab\r\n"), ended.out());
        assertTrue(stops(ended) > 60, ended.out());
        assertTrue(ended.out().contains("in the container, root\r\n   Enter root rootfs="), ended.out());
        assertTrue(ended.out().contains("     pivot_root(\".\", \".\")"), ended.out());
    }

    @Test
    void onlyPhasesAndNamedStepsAreStoppedAt() {
        var phases = step(run("", "true"), "n\n".repeat(100));
        var all = step(run("", "true"), "\n".repeat(300));
        assertTrue(stops(phases) > 3 && stops(phases) < stops(all) / 2, phases.out());
        var one = step(run("", "echo done"), "b enter-root\nc\n");
        assertEquals(2, stops(one), one.out());
        assertTrue(one.out().contains("done"), one.out());
    }

    @Test
    void whatTheLastStepsChangedIsShown() {
        var out = step(run("--mem 64", "true"), "b enter-root\n\nd\nc\n").out();
        assertTrue(out.contains("\n- mount /") && out.contains("\n+ mount / overlay overlay "), out);
        out = step(run("--mem 64", "true"), "b clone\np\nc\n").out();
        assertTrue(out.contains("memory.limit_in_bytes 67108864"), out);
    }

    @Test
    void thePictureShowsWhatIsThereByThen() {
        host.ok("run", "--rm", "busybox", "true");
        var out = step("run --rm busybox true", "b switch-on\np\nb set-hostname\np\nc\n")
                .out();
        var first = out.substring(out.indexOf("Switch on"), out.indexOf("Set hostname"));
        assertTrue(first.contains("link eth0") && first.contains("address 10."), first);
        assertTrue(Pattern.compile("net net:\\[\\d+\\]\r\n").matcher(first).find(), first);
        assertTrue(out.substring(out.indexOf("Set hostname")).contains("\n  / overlay overlay "), out);
    }

    @Test
    void aShellWhereTheContainerIsByThen() {
        var out = step(
                        run("--hostname lab", "true"),
                        "b mask\ni\necho shell $$ on $(hostname) with $(ls /proc | grep -c '^[0-9]'); exit\nc\n")
                .out();
        assertTrue(Pattern.compile("shell [2-9] on lab with \\d").matcher(out).find(), out);
    }

    @Test
    void aShellOnTheHost() {
        var out = step(run("", "true"), "b enter-root\ns\ntest -d " + host.root() + " && echo host it is; exit\nc\n")
                .out();
        assertTrue(out.contains("host it is\r\n"), out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"make-cgroup", "clone", "enter-root", "set-hostname", "exec"})
    void whoLeavesLeavesNothing(String step) {
        var ended = step(run("--hostname lab", "echo never"), "b " + step + "\nq\n");
        assertEquals(125, ended.status(), ended.out());
        assertTrue(ended.out().contains("koker: left before step "), ended.out());
        assertFalse(ended.out().contains("\nnever"), ended.out());
        assertEquals("", host.ok("ps", "-aq"));
    }

    @Test
    void otherCommandsStopToo() {
        var out = step("run -d --name web busybox sleep 1000", "b enter-root\nc\n")
                .out();
        assertTrue(out.contains("Enter root"), out);
        out = step("exec web echo inside", "b change-folder\nc\n").out();
        assertTrue(out.contains("Change folder") && out.endsWith("inside\r\n"), out);
        out = step("update --pids-limit 9 web", "\n".repeat(100)).out();
        assertTrue(out.contains("Write cgroup pids.max=9") && out.endsWith("web\r\n"), out);
    }

    @Test
    void theEndOfAContainerHasStepsToo() {
        host.ok("run", "-d", "--name", "ends", "--network", "none", "busybox", "sleep", "1000");
        var stopped = step("stop ends", "b wait-for-end\nc\n");
        assertEquals(2, stops(stopped), stopped.out());
        assertTrue(stopped.out().contains("Wait for end pid="), stopped.out());
        var removed = step("rm ends", "q\n");
        // Of a cgroup, if the supervisor has not come to it yet.
        assertTrue(
                Pattern.compile("Remove (file|cgroup) path=")
                        .matcher(removed.out())
                        .find(),
                removed.out());
        assertTrue(host.ok("ps", "-a").contains("ends"), "it was removed");
        host.ok("rm", "ends");
        assertEquals("", host.ok("ps", "-aq"));
    }

    @Test
    void whatIsUnknownIsToldAndHelpIsThere() {
        var out = step(run("", "true"), "b enter-rot\nx\ne\nc\n").out();
        assertTrue(out.contains("did you mean enter-root"), out);
        assertTrue(out.contains("undo all, and leave"), out);
        assertTrue(out.contains("Read on: "), out);
    }

    @Test
    void withoutATerminalItIsRefused() {
        var ended = host.command("setsid", "-w", host.kokerWords("run", "--step", "busybox", "true"))
                .run();
        assertEquals(125, ended.status());
        assertTrue(ended.errors().startsWith("koker: --step needs a terminal"), ended.errors());
        assertEquals("", host.ok("ps", "-aq"));
    }
}
