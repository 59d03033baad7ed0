package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A real terminal, that of tmux, in which somebody types. */
class TerminalIT {
    @RegisterExtension
    static final Host host = new Host();

    private String settings;

    @BeforeEach
    void openScreen() throws IOException {
        tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "env PS1=host: sh");
        Poll.until("the shell is there", () -> screen().contains("host:"));
        settings = settings();
    }

    @AfterEach
    void closeScreen() throws IOException {
        tmux("kill-server");
    }

    @Test
    void isARealTerminal() {
        shell("-it");
        type(
                "tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo three; ls -l /dev/console | cut -c1; echo $TERM");
        until("/dev/pts/0");
        until("24 80");
        until("three");
        until("xterm");
        leave();
    }

    @Test
    void keysThatInterruptReachTheForegroundAlone() {
        for (var options : List.of("-it", "-it --init")) {
            shell(options);
            type("sleep 1000");
            process("sleep");
            keys("C-c");
            type("echo interrupted with $?");
            until("interrupted with 130");
            leave();
        }
    }

    @Test
    void jobsAreControlled() {
        for (var options : List.of("-it", "-it --init")) {
            shell(options);
            type("sleep 1000");
            process("sleep");
            keys("C-z");
            until("Stopped");
            type("jobs | grep -c sleep | sed s/^/jobs:/");
            until("jobs:1");
            type("fg");
            Poll.until("sleep goes on", () -> !stopped());
            keys("C-c");
            type("echo back:$?");
            until("back:130");
            assertFalse(screen().contains("can't access tty"), "no job control");
            leave();
            type("clear");
        }
    }

    @Test
    void endOfInputEndsTheShell() {
        shell("-it");
        keys("C-d");
        until("ended 0");
        assertEquals(settings, settings());
    }

    @Test
    void sizeFollowsTheWindow() throws IOException {
        shell("-it");
        type("trap 'echo changed' WINCH");
        tmux("resize-window", "-x", "101", "-y", "31");
        Poll.until("the size changes", () -> {
            type("stty size");
            return screen().contains("31 101");
        });
        leave();
    }

    @Test
    void sizeOfAFurtherTerminalFollowsTheWindow() throws IOException {
        host.koker("-q", "run", "-d", "--name", "c", "busybox", "sleep", "1000")
                .run()
                .succeeded();
        try {
            type("clear; " + String.join(" ", host.kokerWords("-q", "exec", "-it", "c", "sh")) + "; echo ended $?");
            Poll.until("the shell in the container is there", () -> screen().matches("(?s).*/ [#$]\\s*"));
            tmux("resize-window", "-x", "97", "-y", "33");
            Poll.until("the size changes", () -> {
                type("stty size");
                return screen().contains("33 97");
            });
            leave();
        } finally {
            host.removeContainers();
        }
    }

    @Test
    void rawModeIsLeftAtTheEnd() {
        shell("-it");
        Poll.until("raw mode", () -> settings().contains("-icanon"));
        leave();
        assertEquals(settings, settings());
    }

    @Test
    void rawModeIsLeftThoughKokerIsKilled() throws IOException {
        shell("-it");
        Poll.until("raw mode", () -> settings().contains("-icanon"));
        koker().destroyForcibly();
        until("ended 137");
        // The shell of the host sets a mode of its own when a command ends.
        Poll.until("the old settings", () -> settings().equals(settings));
        Poll.until("no process is left", () -> host.remainingProcesses().isEmpty());
        host.run("busybox", "true").run().succeeded();
    }

    @Test
    void rawModeIsLeftThoughKokerIsKilledAndNobodyElseCares() throws IOException {
        // This shell waits for koker in a way that touches no settings.
        type("(" + String.join(" ", host.runWords()) + " -it busybox sh; read x)");
        until("/ #");
        Poll.until("raw mode", () -> settings().contains("-icanon"));
        koker().destroyForcibly();
        Poll.until("the old settings", () -> settings().equals(settings));
        keys("Enter");
        Poll.until("no process is left", () -> host.remainingProcesses().isEmpty());
        host.run("busybox", "true").run().succeeded();
    }

    @Test
    void rawModeIsLeftWhenTheStartFails() {
        type(String.join(" ", host.runWords()) + " -it busybox nonexistent; echo ended $?");
        until("ended 127");
        assertEquals(settings, settings());
    }

    @Test
    void rawModeIsLeftWhenTheContainerIsKilled() throws IOException {
        shell("-it");
        Poll.until("raw mode", () -> settings().contains("-icanon"));
        var shell = host.remainingProcesses().stream()
                .filter(process -> process.endsWith(" sh"))
                .findFirst()
                .orElseThrow();
        ProcessHandle.of(Long.parseLong(shell.split(" ")[0])).orElseThrow().destroyForcibly();
        until("ended 137");
        assertEquals(settings, settings());
    }

    @Test
    void aContainerEndsWithItsTerminal() {
        for (var options : List.of("-it", "-it --init")) {
            shell(options);
            tmux("respawn-pane", "-k", "env PS1=host: sh");
            Poll.until("no process is left", () -> host.remainingProcesses().isEmpty());
        }
    }

    @Test
    void attachEndsWithItsTerminalAndTheContainerGoesOn() {
        var id = host.ok("run", "-d", "-it", "busybox", "sh");
        type(String.join(" ", host.kokerWords("attach", id)));
        Poll.until("attach is there", () -> settings().contains("-icanon"));
        tmux("respawn-pane", "-k", "env PS1=host: sh");
        Poll.until("attach is gone", () -> host.remainingProcesses().stream().noneMatch(p -> p.endsWith(" java")));
        assertEquals("running", host.ok("container", "inspect", "-f", "{{.State.Status}}", id));
        host.ok("rm", "-f", id);
    }

    @Test
    void messagesInRawModeBeginAtTheMargin() {
        type(String.join(" ", host.runWords()).replace(" -q ", " ") + " -it busybox sh -c 'sleep 1000'; echo ended $?");
        process("sleep");
        Poll.until("it ends", () -> {
            runningKoker().ifPresent(ProcessHandle::destroy);
            return screen().contains("ended 137");
        });
        for (var line : screen().lines().toList()) {
            assertFalse(line.matches(" +[0-9].*"), () -> "a line does not begin at the margin: " + line);
        }
    }

    @Test
    void withoutInputKeysStayOutside() {
        type(String.join(" ", host.runWords())
                + " -t busybox sh -c 'tty; head -c 1 /dev/null; echo done'; echo ended $?");
        until("/dev/pts/0");
        until("ended 0");
        assertEquals(settings, settings());
    }

    @Test
    void terminalOfTheHostDoesNotReachAContainerWithout() {
        type(
                String.join(" ", host.runWords())
                        + " -i busybox sh -c 'for i in 0 1 2; do test -t $i && echo leaked; done; tty; readlink /proc/1/fd/1; echo done'; echo ended $?");
        until("ended 0");
        assertFalse(screen().lines().anyMatch(line -> line.equals("leaked")), this::screen);
        assertTrue(screen().contains("not a tty"), this::screen);
        assertTrue(screen().contains("pipe:"), this::screen);
    }

    @Test
    void interruptEndsAContainerWithoutTerminal() {
        type(String.join(" ", host.runWords()) + " --init busybox sleep 1000; echo ended $?");
        process("sleep");
        keys("C-c");
        until("ended 130");
    }

    @Test
    void muchOutputArrivesWhole() {
        shell("-it");
        type("seq 1 20000 | tail -n 3; seq 1 30000; echo all");
        until("30000\nall");
        leave();
    }

    @Test
    void itMayBeClosedInsideAndOpenedAgain() {
        type(String.join(" ", host.runWords())
                + " -t busybox sh -c 'exec <&- >&- 2>&-; sleep 0.3; echo again >/dev/console; exit 3'; echo ended $?");
        until("again\nended 3");
    }

    /** As programs of Node.js leave it, for one. */
    @Test
    void aTerminalOfTheHostThatWaitsForNobodyIsCopiedToAndFrom() {
        var nonblocking = "import os, sys; fd = os.open(\"/dev/tty\", os.O_RDWR | os.O_NONBLOCK);"
                + " [os.dup2(fd, i) for i in range(3)]; os.execv(sys.argv[1], sys.argv[1:])";
        for (var options : List.of("-i", "-it")) {
            type("clear; python3 -c '" + nonblocking + "' " + String.join(" ", host.runWords()) + " " + options
                    + " busybox sh -c 'echo ready; read x; seq 1 30000; echo got $x'; echo ended $?");
            until("ready");
            type("this");
            until("30000\ngot this\nended 0");
        }
    }

    @Test
    void terminalBelongsToTheUser() {
        shell("-it -u mail");
        type("stat -c 'owner %U' $(tty); echo ok > /dev/tty && echo o-k");
        until("owner mail");
        until("o-k");
        leave();
    }

    /** Starts a shell in a container. */
    private void shell(String options) {
        type("clear; " + String.join(" ", host.runWords()) + " " + options + " busybox sh; echo ended $?");
        Poll.until("the shell in the container is there", () -> screen().matches("(?s).*/ [#$]\\s*"));
    }

    private void leave() {
        type("exit 7");
        until("ended 7");
        assertEquals(settings, settings());
    }

    private void until(String text) {
        try {
            Poll.until("the screen shows " + text, () -> screen().contains(text));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; it shows:\n" + screen(), e);
        }
    }

    private static boolean stopped() throws IOException {
        for (var process : host.remainingProcesses()) {
            if (process.endsWith(" sleep")) {
                var stat = Path.of("/proc", process.split(" ")[0], "stat");
                return Files.readString(stat).contains(") T ");
            }
        }
        return false;
    }

    private static void process(String name) {
        Poll.until(name + " runs", () -> host.remainingProcesses().stream().anyMatch(p -> p.endsWith(" " + name)));
    }

    /** The koker that runs in the terminal. */
    private ProcessHandle koker() {
        return runningKoker().orElseThrow();
    }

    private Optional<ProcessHandle> runningKoker() {
        var shell = ProcessHandle.of(Long.parseLong(tmux("display", "-p", "#{pane_pid}")))
                .orElseThrow();
        return shell.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("/java"))
                .findFirst();
    }

    private String settings() {
        return host.command("stty", "-a", "-F", tmux("display", "-p", "#{pane_tty}"))
                .run()
                .out()
                .replaceAll("rows [0-9]+; columns [0-9]+;", "");
    }

    private String screen() {
        return tmux("capture-pane", "-p", "-S", "-100");
    }

    private void type(String line) {
        tmux("send-keys", "-l", line);
        keys("Enter");
    }

    private void keys(String key) {
        tmux("send-keys", key);
    }

    private String tmux(String... words) {
        return host.command("tmux", "-S", host.work().resolve("tmux"), List.of(words))
                .env("TMUX", null)
                .run()
                .out()
                .strip();
    }
}
