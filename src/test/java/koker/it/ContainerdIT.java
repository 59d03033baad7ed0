package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** containerd runs its containers through koker. */
class ContainerdIT {
    private static final String IMAGE = "docker.io/library/busybox:latest";

    @RegisterExtension
    static final Host host = new Host();

    private static Path folder;
    private static RuntimeLink runtime;
    private static Apart apart;
    private static Map<String, String> environment;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("containerd"); // the path of a socket may have 108 bytes
        runtime = RuntimeLink.in(folder);
        apart = new Apart("");
        environment = new HashMap<>(runtime.environment());
        environment.put("PATH", System.getenv("PATH"));
        Docker.addPrograms(environment);
        var builder = new ProcessBuilder(apart.words(
                        "containerd",
                        "--config=/dev/null",
                        "--root=" + folder.resolve("root"),
                        "--state=" + folder.resolve("state"),
                        "--address=" + folder.resolve("socket")))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile());
        builder.environment().putAll(environment);
        builder.start();
        Poll.until(
                "containerd answers",
                () -> Files.exists(folder.resolve("socket"))
                        && ctr("version").run().status() == 0);
        var image = folder.resolve("busybox.tar");
        host.koker("-q", "save", "-o", image, "busybox").run().succeeded();
        assertEquals(0, ctr("image", "import", image).run().status());
    }

    @AfterAll
    static void stop() throws Exception {
        apart.close();
        new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    }

    @AfterEach
    void removeContainers() {
        for (var id : ok("task", "ls", "-q").lines().toList()) {
            ctr("task", "rm", "-f", id).run();
        }
        for (var id : ok("container", "ls", "-q").lines().toList()) {
            ctr("container", "rm", id).run();
        }
        assertEquals("", ok("task", "ls", "-q"));
    }

    @Test
    void runs() {
        var ended = run("--rm", IMAGE, "one", "sh", "-c", "echo out; echo err >&2; exit 7")
                .run();
        assertEquals("out\n", ended.out());
        assertEquals("err\n", ended.errors());
        assertEquals(7, ended.status());
        var missing = run("--rm", IMAGE, "two", "no-such-command").run();
        assertNotEquals(0, missing.status());
        assertTrue(missing.errors().matches("(?s).*no-such-command.*(not found|[Nn]o such file).*"), missing.errors());
    }

    @Test
    void theOptionsOfContainersAreHeeded() {
        assertEquals(
                "yes /tmp",
                run(
                                "--rm",
                                "--env=ANSWER=yes",
                                "--cwd=/tmp",
                                "--memory-limit=67108864",
                                IMAGE,
                                "one",
                                "sh",
                                "-c",
                                "echo $ANSWER $(pwd)")
                        .run()
                        .succeeded()
                        .out()
                        .strip());
        assertNotEquals(
                0,
                run("--rm", "--read-only", IMAGE, "one", "touch", "/file").run().status());
        assertEquals(
                "Seccomp:\t2",
                run("--rm", "--seccomp", IMAGE, "one", "grep", "Seccomp:", "/proc/self/status")
                        .run()
                        .succeeded()
                        .out()
                        .strip());
        assertEquals(
                "from outside",
                run(
                                "--rm",
                                "--mount=type=bind,src=" + host.work() + ",dst=/work,options=rbind:ro",
                                IMAGE,
                                "one",
                                "sh",
                                "-c",
                                "test -d /work && ! touch /work/file 2>/dev/null && echo from outside")
                        .run()
                        .succeeded()
                        .out()
                        .strip());
    }

    @Test
    void aTaskIsLookedAfter() {
        run("-d", IMAGE, "task", "sleep", "1000").run().succeeded();
        assertTrue(tasks().matches("(?s).*task +[0-9]+ +RUNNING.*"), ContainerdIT::tasks);
        var exec = ctr(
                        "task",
                        "exec",
                        fifos(),
                        "--exec-id=x",
                        "task",
                        "sh",
                        "-c",
                        "hostname >/dev/null; echo $PPID; exit 4")
                .run();
        assertEquals("0\n", exec.out());
        assertEquals(4, exec.status());
        ok("task", "pause", "task");
        assertTrue(tasks().contains("PAUSED"), ContainerdIT::tasks);
        ok("task", "resume", "task");
        assertTrue(tasks().contains("RUNNING"), ContainerdIT::tasks);
        assertTrue(ok("task", "ps", "task").lines().count() == 2);
        assertTrue(ok("task", "metrics", "task").contains("memory.usage_in_bytes"));
        ok("task", "kill", "--signal=KILL", "task");
        Poll.until("it has ended", () -> tasks().contains("STOPPED"));
        ctr("task", "rm", "task").run();
        assertFalse(tasks().contains("task "), ContainerdIT::tasks);
    }

    @Test
    void recordingsTellWhatContainerdStartedAndWhyAContainerDidNotStart() {
        run("--rm", IMAGE, "told", "true").run().succeeded();
        runtime.tellsOf(host, "told", "create", "exit status 0", "mounts, and what lies in the root");
        runtime.tellsOf(host, "told", "start", "exit status 0");
        assertNotEquals(0, run("--rm", IMAGE, "failed", "no-such-command").run().status());
        runtime.tellsOf(
                host,
                "failed",
                "create",
                "exit status 1",
                "FAILED: Find command command=no-such-command: faccessat: ENOENT",
                "executable file not found in $PATH");
    }

    private static Command ctr(Object... words) {
        var command =
                host.command(Docker.program("ctr"), "--address=" + folder.resolve("socket"), Command.words(words));
        environment.forEach(command::env);
        return command;
    }

    private static Command run(Object... words) {
        return ctr("run", "--snapshotter=native", "--runc-binary=" + runtime.file(), fifos(), Command.words(words));
    }

    /** Where streams are, which must be there for containerd, too. */
    private static String fifos() {
        return "--fifo-dir=" + folder.resolve("fifos");
    }

    private static String ok(Object... words) {
        return ctr(words).run().succeeded().out().strip();
    }

    private static String tasks() {
        return ok("task", "ls");
    }
}
