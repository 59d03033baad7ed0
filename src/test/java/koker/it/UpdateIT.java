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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be changed about a container that is there: limits and restart policy; and that those that do not run can go together. */
class UpdateIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> SLEEP = List.of("busybox", "sleep", "1000");

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    private static void refused(String reason, Object... words) {
        var ended = host.quiet(words);
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().contains(reason), ended::errors);
        assertTrue(ended.status() == 1 || ended.status() == 125, () -> "status " + ended.status());
    }

    private static String inspect(String template) {
        return host.ok("container", "inspect", "--format", template, "c");
    }

    private static String limits() {
        return inspect(
                "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuQuota}} {{.HostConfig.PidsLimit}}");
    }

    private static Path folder() throws IOException {
        return host.root().resolve("names/c").toRealPath();
    }

    /** What the kernel says of the container's limit; {@code v1} and {@code v2} are the files of the two versions. */
    private static String kernel(String controller, String v1, String v2) throws IOException {
        var cgroup = "koker-" + folder().getFileName();
        var legacy = Path.of("/sys/fs/cgroup", controller, cgroup, v1);
        return Files.readString(Files.exists(legacy) ? legacy : Path.of("/sys/fs/cgroup", cgroup, v2))
                .strip();
    }

    private static String memory() throws IOException {
        return kernel("memory", "memory.limit_in_bytes", "memory.max");
    }

    @Test
    void limitsOfOneThatRunsChangeAtOnce() throws IOException {
        host.ok("run", "-d", "--name", "c", "-m", "64", SLEEP);
        assertEquals("c", host.ok("update", "--pids", "7", "--cpus", "0.5", "c"));
        assertEquals("7", kernel("pids", "pids.max", "pids.max"));
        assertTrue(kernel("cpu", "cpu.cfs_quota_us", "cpu.max").startsWith("50000"));
        // Far up and far down: what is written first matters to the kernel.
        for (var megabytes : List.of(1000, 32, 64)) {
            host.ok("container", "update", "--memory", megabytes + "m", "c");
            assertEquals(Long.toString((long) megabytes << 20), memory());
        }
        assertEquals((64 << 20) + " " + (128 << 20) + " 50000 7", limits());
        host.ok("restart", "-t", "0", "c");
        assertEquals("7", kernel("pids", "pids.max", "pids.max"));
        assertEquals(Long.toString(64 << 20), memory());
        host.ok("update", "--pids", "-1", "--swap", "-1", "c");
        assertEquals("max", kernel("pids", "pids.max", "pids.max"));
        assertEquals((64 << 20) + " -1 50000 -1", limits());
    }

    @Test
    void limitsOfOneThatDoesNotRunCountAtTheNextStart() throws IOException {
        host.ok("create", "--name", "c", SLEEP);
        host.ok("update", "-m", "32m", "c");
        host.ok("start", "c");
        assertEquals(Long.toString(32 << 20), memory());
    }

    @Test
    void whatTheKernelRefusesChangesNothing() throws IOException {
        var script = "head -c 40000000 /dev/zero > /dev/shm/full && echo ready; exec sleep 1000";
        host.ok("run", "-d", "--name", "c", "-m", "200m", "--swap", "0", "--pids", "9", "busybox", "sh", "-c", script);
        Poll.until("it has taken memory", () -> host.ok("logs", "c").equals("ready"));
        var before = limits();
        var config = Files.readString(folder().resolve("config.json"));
        if (Files.exists(Path.of("/sys/fs/cgroup/memory"))) { // version 2 would kill
            refused("cannot limit container c", "update", "--pids", "5", "-m", "10m", "c");
            assertEquals(Long.toString(200 << 20), memory());
            assertEquals("9", kernel("pids", "pids.max", "pids.max"));
        }
        refused("below 6m", "update", "-m", "1m", "c");
        assertEquals(before, limits());
        assertEquals(config, Files.readString(folder().resolve("config.json")));
        assertEquals("running", inspect("{{.State.Status}}"));
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        host.ok("create", "--rm", "--name", "c", SLEEP);
        refused("nothing to change", "update", "c");
        refused("is removed when it ends", "update", "--restart", "always", "c");
        refused("limit on memory", "update", "--swap", "1g", "c");
        refused("no restart policy", "update", "--restart", "sometimes", "c");
        refused("no container 'nobody'", "update", "--pids", "9", "nobody");
        refused("--rm and --restart", "run", "--rm", "--restart", "always", SLEEP);
        assertEquals("created", inspect("{{.State.Status}}"));
    }

    @Test
    void severalAtOnce() {
        host.ok("create", "--name", "a", SLEEP);
        host.ok("create", "--name", "c", SLEEP);
        var ended = host.quiet("update", "--pids", "9", "a", "nobody", "c");
        assertEquals(1, ended.status());
        assertEquals(List.of("a", "c"), ended.lines());
        assertTrue(limits().endsWith(" 9"));
    }

    @ParameterizedTest
    @CsvSource({"no, always", "always, no", "on-failure:1, unless-stopped"})
    void thePolicyCountsForTheRunThatIsOn(String before, String after) throws IOException {
        var script = "echo run; while ! test -e /flags/end; do sleep 0.02; done; rm /flags/end; exit 0";
        host.ok(
                "run",
                "-d",
                "--name",
                "c",
                "--restart",
                before,
                "-v",
                host.work() + ":/flags",
                "busybox",
                "sh",
                "-c",
                script);
        Poll.until("it runs", () -> runs() == 1);
        assertEquals("c", host.ok("update", "--restart", after, "c"));
        assertEquals(after, inspect("{{.HostConfig.RestartPolicy}}"));
        Files.createFile(host.work().resolve("end"));
        if (after.equals("no")) {
            Poll.until("nobody looks after it", () -> host.remainingProcesses().isEmpty());
            assertEquals("stopped", inspect("{{.State.Status}}"));
        } else {
            Poll.until("it runs again", () -> runs() == 2);
            Files.createFile(host.work().resolve("end"));
            Poll.until("and again", () -> runs() == 3);
        }
    }

    private static long runs() {
        return host.ok("logs", "c").lines().count();
    }

    // Pruning

    @Test
    void thoseThatDoNotRunArePruned() throws IOException {
        host.ok("create", "--name", "made", "--label", "keep=no", SLEEP);
        host.ok("run", "-d", "--name", "c", SLEEP);
        host.ok("run", "-d", "--name", "paused", SLEEP);
        host.ok("pause", "paused");
        host.ok("run", "-d", "--name", "waits", "--restart", "always", "busybox", "sh", "-c", "echo run; exit 1");
        Poll.until("it waits for long", () -> host.ok("logs", "waits").lines().count() >= 6);
        var id = host.ok("run", "-d", "--name", "ended", "busybox", "sh", "-c", "head -c 1234567 /dev/zero > /file");
        host.ok("wait", "ended");
        Poll.until("nobody looks after it", () -> host.ok("ps", "-aq", "--filter", "status=exited")
                .contains(id));

        assertEquals("Total reclaimed space: 0B", host.ok("container", "prune", "-f", "--filter", "until=24h"));
        assertEquals("Total reclaimed space: 0B", host.ok("container", "prune", "-f", "--filter", "label=keep=yes"));
        refused("'name=x' is no filter", "container", "prune", "-f", "--filter", "name=x");
        assertTrue(host.koker("container", "prune").input("n\n").run().out().startsWith("WARNING!"));
        assertEquals(5, host.ok("ps", "-aq").lines().count());

        var pruned = Poll.get("it is pruned", () -> {
            var out = host.ok("container", "prune", "-f", "--filter", "label!=keep");
            return out.contains(id) ? Optional.of(out) : Optional.empty();
        });
        assertTrue(pruned.matches("(?s)Deleted Containers:\n" + id + "\n\nTotal reclaimed space: 1\\.2\\dMB"), pruned);
        assertTrue(host.koker("container", "prune").input("y\n").run().out().contains("Deleted Containers:"));
        assertEquals(
                List.of("c", "paused", "waits"),
                host.ok("ps", "-a", "--format", "{{.Names}}").lines().sorted().toList());
    }

    // Files and annotations

    @Test
    void annotationsAreInTheBundle() throws IOException {
        host.ok("create", "--name", "c", "--annotation", "org.example.a=1=2", "--annotation", "b=", SLEEP);
        assertEquals("1=2", inspect("{{index .HostConfig.Annotations \"org.example.a\"}}"));
        assertTrue(Files.readString(folder().resolve("config.json")).contains("\"org.example.a\": \"1=2\""));
        refused("'b' is no annotation", "create", "--annotation", "b", SLEEP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "supervisor", "container", "rm -f"})
    void theNumberOfTheFirstProcessIsInAFileAsLongAsItRuns(String end) throws IOException {
        var file = host.work().resolve("pid");
        host.ok("run", "-d", "--name", "c", "--pidfile", file, SLEEP);
        assertEquals(inspect("{{.State.Pid}}") + "\n", Files.readString(file));
        assertEquals(List.of("pid"), List.of(host.work().toFile().list()));
        switch (end) {
            case "stop" -> host.ok("stop", "-t", "0", "c");
            case "rm -f" -> host.ok("rm", "-f", "c");
            default -> {
                var field = end.equals("container") ? "Pid" : "SupervisorPid";
                ProcessHandle.of(Long.parseLong(inspect("{{.State." + field + "}}")))
                        .orElseThrow()
                        .destroyForcibly();
                Poll.until("it has ended", () -> inspect("{{.State.Status}}").equals("stopped"));
                Poll.until("the file is gone", () -> !host.ok("ps", "-aq").isEmpty() && !Files.exists(file));
            }
        }
        assertFalse(Files.exists(file));
        if (!end.startsWith("rm")) {
            host.ok("start", "c");
            assertEquals(inspect("{{.State.Pid}}") + "\n", Files.readString(file));
        }
    }

    @Test
    void theNumberIsInAFileInTheForegroundToo() throws IOException {
        var file = host.work().resolve("pid");
        var running = host.run("--rm", "--pidfile", file, SLEEP).start();
        Poll.until("the file is there", () -> Files.exists(file));
        var pid = Long.parseLong(Files.readString(file).strip());
        Poll.until("the command runs", () -> Files.readString(Path.of("/proc/" + pid + "/comm"))
                .equals("sleep\n"));
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        assertEquals(137, running.end().status());
        assertFalse(Files.exists(file));
        refused("its folder must be there", "create", "--pidfile", host.work().resolve("no/pid"), SLEEP);
    }
}
