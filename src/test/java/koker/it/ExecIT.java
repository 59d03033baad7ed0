package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Further commands in a container that runs. */
class ExecIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> SLEEP = List.of("busybox", "sleep", "1000");

    @AfterEach
    void removeAll() {
        var all = host.root().resolve("containers").toFile().list();
        if (all != null && all.length > 0) {
            host.koker("-q", "rm", "-f", List.of(all)).run();
        }
    }

    /** Starts the container that the commands of a test run in. */
    private static void begin(Object... options) {
        host.koker("-q", "run", "-d", "--name", "c", Command.words(options))
                .run()
                .succeeded();
    }

    private static Command exec(Object... words) {
        return host.koker("-q", "exec", Command.words(words));
    }

    private static String out(Object... words) {
        return exec(words).run().succeeded().out().strip();
    }

    private static String shell(String script) {
        return out("c", "sh", "-c", script);
    }

    private static Command.Ended refused(int status, String reason, Object... words) {
        var ended = exec(words).run();
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        assertTrue(ended.errors().contains(reason), () -> "not '" + reason + "': " + ended.errors());
        assertEquals(status, ended.status(), ended::errors);
        return ended;
    }

    @Test
    void isWhereTheContainerIs() {
        var see = "for n in cgroup ipc mnt net pid uts; do readlink /proc/PID/ns/$n; done; sort /proc/PID/cgroup; "
                + "readlink /proc/PID/root; grep -E 'Cap|Seccomp|NoNew|Uid|Gid|Groups|Umask' /proc/PID/status; "
                + "cat /proc/PID/limits /proc/PID/oom_score_adj; readlink /proc/PID/cwd";
        begin("-u", "1000:1001", "--ulimit", "nofile=100:200", "-w", "/tmp/x", "--hostname", "here", SLEEP);
        assertEquals(shell(see.replace("PID", "1")), shell(see.replace("PID", "self")));
        assertEquals("here", shell("hostname"));
    }

    @Test
    void environmentFolderAndUser() {
        begin("-e", "OWN=1", "-w", "/tmp", SLEEP);
        assertEquals("1 2 /etc", out("-e", "NEW=2", "-w", "/etc", "c", "sh", "-c", "echo $OWN $NEW $PWD"));
        assertEquals("3", out("-e", "OWN=3", "c", "sh", "-c", "echo $OWN"));
        assertEquals("/tmp", shell("pwd"));
        assertEquals("8 8 /var/spool/mail", out("-u", "mail", "c", "sh", "-c", "echo $(id -u) $(id -g) $HOME"));
        assertEquals("5 6", out("-u", "5:6", "c", "sh", "-c", "echo $(id -u) $(id -g)"));
        refused(125, "no user 'mary'", "-u", "mary", "c", "true");
        assertEquals("8 /root", out("-u", "mail", "-w", "/root", "c", "sh", "-c", "echo $(id -u) $(pwd)"));
        refused(125, "Change folder", "-w", "/none", "c", "true");
    }

    @Test
    void capabilities() {
        begin("--cap-drop", "ALL", "--cap-add", "KILL", SLEEP);
        var see = "grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status | cut -f2 | uniq";
        assertEquals("0000000000000020", shell(see));
        var all = host.command("sh", "-c", "grep CapEff /proc/self/status | cut -f2")
                .run()
                .out()
                .strip();
        assertEquals(all, out("--privileged", "c", "sh", "-c", see));
        assertEquals("0000000000000000", out("-u", "mail", "c", "sh", "-c", "grep CapEff /proc/self/status | cut -f2"));
    }

    @ParameterizedTest
    @CsvSource({"exit 0, 0", "exit 7, 7", "exit 255, 255", "kill -TERM $$, 143", "kill -KILL $$, 137"})
    void exitsAsTheCommand(String script, int status) {
        begin(SLEEP);
        var ended = exec("c", "sh", "-c", script).run();
        assertEquals("", ended.errors());
        assertEquals(status, ended.status());
    }

    @Test
    void commandsThatCannotBe() throws IOException {
        begin(SLEEP);
        for (var options : List.of("-i", "-t", "-d")) {
            refused(127, "no-such", options, "c", "no-such");
            refused(127, "/no/such", options, "c", "/no/such");
            refused(126, "/etc/passwd", options, "c", "/etc/passwd");
            refused(126, "/etc", options, "c", "/etc");
        }
        refused(125, "Missing", "c");
        refused(125, "TTY", "-it", "c", "true");
        assertEquals("sleep\ncat", shell("cat /proc/[0-9]*/comm"), "a process is left");
    }

    @Test
    void streamsAreKeptApart() {
        begin(SLEEP);
        var ended = exec("c", "sh", "-c", "echo out; echo err >&2").run();
        assertEquals("out\n", ended.out());
        assertEquals("err\n", ended.errors());
        assertEquals(
                "", exec("c", "cat").input("not passed on").run().succeeded().out());
        assertEquals(
                "passed on",
                exec("-i", "c", "cat").input("passed on").run().succeeded().out());
    }

    @Test
    void bytesArriveAsTheyAre() {
        begin(SLEEP);
        var bytes = new byte[10 << 20];
        new Random(4).nextBytes(bytes);
        var ended = exec("-i", "c", "cat").input(bytes).run().succeeded();
        assertArrayEquals(bytes, ended.output());
    }

    @Test
    void onlyThreeDescriptorsAreOpen() {
        begin(SLEEP);
        var koker = String.join(" ", host.runWords()).replace(" run", " exec");
        for (var options : List.of("", "-i", "-t", "-u mail", "--privileged")) {
            var ended = host.command(
                            "sh",
                            "-c",
                            "exec 7</etc/shadow 8</etc; " + koker + " " + options
                                    + " c sh -c 'ls -1 /proc/$$/fd; true'")
                    .run();
            assertEquals(
                    List.of("0", "1", "2"),
                    ended.out().replace("\r", "").lines().toList(),
                    options);
        }
    }

    @Test
    void aTerminalOfItsOwn() {
        begin("-t", SLEEP);
        var script = "stty rows 31 cols 101; "
                + String.join(" ", host.runWords()).replace(" run", " exec")
                + " -it c sh -c 'tty; stty size; test -t 0 && test -t 2 && echo both; echo $TERM; exit 5'";
        var ended = host.command("script", "-qec", script, "/dev/null")
                .env("SHELL", "/bin/sh")
                .run();
        assertEquals(
                List.of("/dev/pts/1", "31 101", "both", "xterm"),
                ended.out().replace("\r", "").replace("^@", "").lines().limit(4).toList());
        assertEquals(5, ended.status());
        assertEquals(
                "out\r\nerr\r\n",
                exec("-t", "c", "sh", "-c", "echo out; echo err >&2").run().out());
    }

    @ParameterizedTest
    @CsvSource({"TERM, 9", "HUP, 10", "USR1, 11"})
    void signalsArePassedOn(String signal, int status) {
        begin(SLEEP);
        var running = exec(
                        "c",
                        "sh",
                        "-c",
                        "trap 'exit 9' TERM; trap 'exit 10' HUP; trap 'exit 11' USR1; touch /ready; while :; do sleep 0.02; done")
                .start();
        Poll.until("it is ready", () -> exec("c", "test", "-e", "/ready").run().status() == 0);
        running.signal(signal);
        assertEquals(status, running.end().status());
    }

    @Test
    void detachedOneOutlivesKoker() throws IOException {
        begin(SLEEP);
        assertEquals("", out("-d", "c", "sh", "-c", "sleep 0.2; echo $$ > /done; sleep 1000"));
        Poll.until("it goes on", () -> exec("c", "test", "-s", "/done").run().status() == 0);
        assertEquals("2", shell("pidof sleep | wc -w"));
        host.koker("-q", "stop", "-t", "0", "c").run().succeeded();
        assertEquals(Set.of(), host.remainingProcesses());
    }

    @Test
    void endsWithTheContainer() {
        begin(SLEEP);
        var running = IntStream.range(0, 3)
                .mapToObj(i -> exec(i == 1 ? "-t" : "-i", "c", "sh", "-c", "touch /ready" + i + "; sleep 1000")
                        .input(RunIT.endless())
                        .start())
                .toList();
        Poll.until(
                "all are ready",
                () -> shell("ls /").contains("ready2")
                        && shell("ls / | grep -c ready").equals("3"));
        host.koker("-q", "stop", "-t", "0", "c").run().succeeded();
        for (var each : running) {
            var ended = each.end();
            assertEquals("", ended.errors());
            assertEquals(137, ended.status());
        }
        host.koker("-q", "rm", "c").run().succeeded();
    }

    @Test
    void endsWithKoker() throws IOException {
        for (var user : List.of("root", "mail")) {
            begin(SLEEP);
            var running =
                    exec("-u", user, "c", "sh", "-c", "sleep 4711 & sleep 4712").start();
            Poll.until("it runs", () -> shell("pidof sleep | wc -w").equals("3"));
            running.process().destroyForcibly();
            // What it started goes on, as in every engine; it is the container's.
            Poll.until("it is gone", () -> shell("cat /proc/[0-9]*/comm | grep -c sleep")
                    .equals("2"));
            host.koker("-q", "rm", "-f", "c").run().succeeded();
        }
    }

    @Test
    void noRoomForAnotherProcess() {
        begin("--pids", "1", SLEEP);
        for (var options : List.of("-i", "-t", "-d")) {
            refused(125, "--pids", options, "c", "true");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 40, 120})
    void containerThatEndsMeanwhile(int millis) throws IOException {
        for (var round = 0; round < 2; round++) {
            begin(SLEEP);
            var all = IntStream.range(0, 4)
                    .mapToObj(_ -> exec("c", "sleep", "1000").start())
                    .toList();
            LockSupport.parkNanos(millis * 1_000_000L);
            host.koker("-q", "rm", "-f", "c").run().succeeded();
            for (var each : all) {
                var ended = each.end();
                assertTrue(Set.of(125, 137).contains(ended.status()), () -> ended.status() + ended.errors());
                assertEquals(
                        ended.status() == 125 ? 1 : 0, ended.errors().lines().count(), ended::errors);
            }
            assertEquals(Set.of(), host.remainingProcesses());
        }
    }

    @Test
    void kokersOwnProgramCannotBeReachedFromInside() throws IOException {
        // CVE-2019-5736: as soon as a process joins the container, others there try to open its executable.
        begin("busybox", "sh", "-c", """
                while :; do
                    for p in /proc/[0-9]*; do
                        case $p in /proc/1|/proc/$$) continue;; esac
                        e=$(readlink $p/exe 2>/dev/null) && case $e in /bin/*|"") ;; *) echo "$e" >> /seen; cat $p/exe > /dev/null && echo read >> /seen;; esac
                    done
                    echo x >> /rounds
                done
                """);
        for (var i = 0; i < 12; i++) {
            exec(i % 2 == 0 ? "-i" : "-t", "-u", i % 3 == 0 ? "mail" : "root", "c", "true")
                    .run();
        }
        assertTrue(Integer.parseInt(shell("wc -l < /rounds")) > 12, "it had no time to look");
        assertEquals("", shell("cat /seen 2>/dev/null; true"));
    }

    @Test
    void manyAtOnce() {
        begin(SLEEP);
        var all = IntStream.range(0, 12)
                .mapToObj(
                        i -> exec("c", "sh", "-c", "echo " + i + "; exit " + i).start())
                .toList();
        var statuses = all.stream()
                .map(Command.Running::end)
                .map(Command.Ended::status)
                .collect(Collectors.toSet());
        assertEquals(IntStream.range(0, 12).boxed().collect(Collectors.toSet()), statuses);
        assertFalse(Arrays.asList(shell("ps").split("\n")).size() > 4, "a process is left");
    }

    @Test
    void aTerminalToWhichNobodyIsAttached() throws IOException {
        begin(SLEEP);
        // More than a terminal takes if nobody reads it.
        var script =
                "echo $$ > /pid; tty > /out; test -t 0 && seq 1 100000 && echo all >> /out; read x; echo hung up >> /out";
        out("-d", "-t", "c", "sh", "-c", script);
        Poll.until("all is written", () -> shell("cat /out").contains("all"));
        assertTrue(shell("cat /out").matches("/dev/pts/\\d+\nall"), () -> shell("cat /out"));
        assertTrue(host.remainingProcesses().stream().anyMatch(process -> process.endsWith(" koker-terminal")));
        shell("kill -9 $(cat /pid)");
        Poll.until("nobody holds the terminal any more", () -> host.remainingProcesses().stream()
                .noneMatch(process -> process.endsWith(" koker-terminal")));
    }
}
