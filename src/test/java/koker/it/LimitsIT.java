package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits hold, and are told of in words. */
class LimitsIT {
    private static final String OUT_OF_MEMORY = "Out of memory";

    @RegisterExtension
    static final Host host = new Host();

    private static final Path SHARES = Path.of("/sys/fs/cgroup/cpu/cpu.shares");

    @ParameterizedTest
    @CsvSource({
        "10, 10485760",
        "10m, 10485760",
        "1g, 1073741824",
        "10240k, 10485760",
        "10485760b, 10485760",
        "6m, 6291456"
    })
    void memoryIsReadAsMebibytesUnlessAUnitIsGiven(String option, String bytes) {
        assertEquals(
                bytes + "\n",
                host.run("-m", option, "busybox", "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
                        .run()
                        .succeeded()
                        .out());
    }

    @ParameterizedTest
    @CsvSource({"0, 20971520", "5, 26214400", "-1, 9223372036854771712", ", 41943040"})
    void swapIsBesideMemory(String option, String bytes) {
        assertEquals(
                bytes + "\n",
                host.run(
                                "-m",
                                "20",
                                option == null ? List.of() : List.of("--swap", option),
                                "busybox",
                                "cat",
                                "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")
                        .run()
                        .succeeded()
                        .out());
    }

    @Test
    void outOfMemoryIsSaidInWords() {
        for (var init : List.of(List.of(), List.of("--init"))) {
            var ended = host.koker(
                            "run",
                            init,
                            "-m",
                            "10",
                            "busybox",
                            "dd",
                            "if=/dev/zero",
                            "of=/dev/null",
                            "bs=20M",
                            "count=1")
                    .run();
            assertEquals(137, ended.status());
            assertTrue(ended.errors().contains(OUT_OF_MEMORY), ended::errors);
        }
    }

    @Test
    void outOfMemoryOfAChildIsSaidToo() {
        var ended = host.koker("run", "-m", "10", "busybox", "sh", "-c", "tail /dev/zero; exit 5")
                .run();
        assertEquals(5, ended.status());
        assertTrue(ended.errors().contains(OUT_OF_MEMORY), ended::errors);
    }

    @Test
    void otherDeathsAreNotCalledOutOfMemory() {
        var ended = host.koker("run", "--init", "-m", "50", "busybox", "sh", "-c", "kill -9 $$")
                .run();
        assertEquals(137, ended.status());
        assertFalse(ended.errors().contains(OUT_OF_MEMORY), ended::errors);
    }

    @Test
    void enoughMemoryIsEnough() {
        host.run("-m", "40", "busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=20M", "count=1", "status=none")
                .run()
                .succeeded();
    }

    @Test
    void processesAreLimited() {
        var script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; echo all";
        var refused = host.run("--pids", "5", "busybox", "sh", "-c", script).run();
        assertTrue(refused.errors().contains("can't fork"), refused::errors);
        assertFalse(refused.out().contains("all"));
        assertEquals(
                "all\n",
                host.run("--pids", "20", "busybox", "sh", "-c", script)
                        .run()
                        .succeeded()
                        .out());
        assertEquals(
                "all\n",
                host.run("--pids", "-1", "busybox", "sh", "-c", script)
                        .run()
                        .succeeded()
                        .out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.25", "0.5", "1"})
    void processorTimeIsLimited(String cpus) throws IOException {
        var limit = Double.parseDouble(cpus);
        // The top of the cgroups that the tests see is one among others, and has a share of the machine as such.
        var before = Files.readString(SHARES);
        Files.writeString(SHARES, "262144");
        try {
            // They get less where the machine is busy with something else nevertheless.
            Poll.until("two that never rest use " + cpus + " processors", () -> {
                var used = used(cpus);
                assertTrue(used <= limit * 1.1, () -> "used " + used + " processors, limit " + limit);
                return used >= limit * 0.9;
            });
        } finally {
            Files.writeString(SHARES, before);
        }
    }

    /** How many processors two use that never rest, for three seconds or so by the clock. */
    private static double used(String cpus) {
        var script = "yes >/dev/null & yes >/dev/null & now='cat /sys/fs/cgroup/cpuacct/cpuacct.usage /proc/uptime';"
                + " $now; sleep 3; $now";
        var numbers = host.run("--cpus", cpus, "busybox", "sh", "-c", script)
                .run()
                .succeeded()
                .out()
                .split("\\s+");
        var nanos = Long.parseLong(numbers[3]) - Long.parseLong(numbers[0]);
        return nanos / 1e9 / (Double.parseDouble(numbers[4]) - Double.parseDouble(numbers[1]));
    }

    /** What a file of its own cgroup says, as a container sees it that is started with {@code options}. */
    private static String own(String file, Object... options) {
        return host.run(List.of(options), "busybox", "cat", "/sys/fs/cgroup/" + file)
                .run()
                .succeeded()
                .out()
                .strip();
    }

    @Test
    void everyLimitReachesTheKernel() {
        assertEquals("8388608", own("memory/memory.soft_limit_in_bytes", "--memory-reservation", "8m"));
        assertEquals("20", own("memory/memory.swappiness", "--memory-swappiness", "20"));
        assertEquals("31457280", own("memory/memory.memsw.limit_in_bytes", "-m", "20m", "--memory-swap", "30m"));
        assertEquals("512", own("cpu/cpu.shares", "--cpu-shares", "512"));
        assertEquals("50000", own("cpu/cpu.cfs_period_us", "--cpu-period", "50000"));
        assertEquals("20000", own("cpu/cpu.cfs_quota_us", "--cpu-quota", "20000"));
        assertEquals("0", own("cpuset/cpuset.mems", "--cpuset-mems", "0"));
    }

    @Test
    void aContainerKeepsToItsProcessors() {
        assertEquals("0", own("cpuset/cpuset.cpus", "--cpuset-cpus", "0"));
        var status = host.run("--cpuset-cpus", "1", "busybox", "grep", "Cpus_allowed_list", "/proc/self/status")
                .run()
                .succeeded()
                .out();
        assertEquals("Cpus_allowed_list:\t1\n", status);
        // Two who never rest have but the one.
        var script = "yes >/dev/null & yes >/dev/null & a=$(cat /sys/fs/cgroup/cpuacct/cpuacct.usage); sleep 1;"
                + " b=$(cat /sys/fs/cgroup/cpuacct/cpuacct.usage); echo $((b - a))";
        var nanos = host.run("--cpuset-cpus", "1", "busybox", "sh", "-c", script)
                .run()
                .succeeded()
                .out()
                .strip();
        assertTrue(Long.parseLong(nanos) < 1.15e9, nanos);
    }

    @Test
    void ofTwoWhoWantAProcessorEachGetsItsShare() {
        try {
            var usages = List.of("1024", "256").stream()
                    .map(shares -> host.ok(
                            List.of("run", "-d", "--network", "none", "--cpuset-cpus", "0", "--cpu-shares", shares),
                            List.of("busybox", "sh", "-c", "while :; do :; done")))
                    .map(id -> Path.of("/sys/fs/cgroup/cpuacct/koker-" + id + "/cpuacct.usage"))
                    .toList();
            var before = usages.stream().map(LimitsIT::number).toList();
            // However busy the processor is otherwise, what is left for the two is divided.
            var ratio = Poll.get("the two use the processor for a second", () -> {
                var large = number(usages.getFirst()) - before.getFirst();
                var small = number(usages.getLast()) - before.getLast();
                return large + small < 1_000_000_000L ? Optional.<Double>empty() : Optional.of((double) large / small);
            });
            assertEquals(4, ratio, 0.6);
        } finally {
            host.removeContainers();
        }
    }

    private static long number(Path file) {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aLimitThatTheKernelRefusesFailsTheStart() {
        var ended = host.run("--cpuset-cpus", "4000", "busybox", "true").run();
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().contains("cpuset.cpus=4000"), ended::errors);
    }

    @Test
    void aDeviceIsThereAndMayBeUsed() throws Exception {
        var node = host.root().resolve("device");
        host.command("mknod", "-m", "600", node.toString(), "b", "7", "0").run().succeeded(); // /dev/loop0
        var open = "(exec 3</dev/mine) 2>/dev/null && echo read; (exec 3>>/dev/mine) 2>/dev/null && echo write;"
                + " ls -l /dev/mine | tr -s ' ' | cut -d' ' -f1,5,6";
        for (var access : List.of("r", "w", "rw")) {
            var given = host.run("--device", node + ":/dev/mine:" + access, "busybox", "sh", "-c", open)
                    .run()
                    .succeeded()
                    .out();
            assertEquals(
                    (access.contains("r") ? "read\n" : "") + (access.contains("w") ? "write\n" : "")
                            + "brw------- 7, 0\n",
                    given,
                    access);
        }
        var made = host.run("busybox", "sh", "-c", "mknod -m 600 /dev/mine b 7 0; " + open)
                .run();
        assertEquals("brw------- 7, 0\n", made.succeeded().out(), made::errors);
        Files.delete(node);
    }

    @Test
    void oneIsKilledSoonerThanOthersIfItIsToBe() {
        assertEquals(
                "500\n",
                host.run("--oom-score-adj", "500", "busybox", "cat", "/proc/self/oom_score_adj")
                        .run()
                        .succeeded()
                        .out());
    }

    @Test
    void aCgroupIsMadeInAnother() throws Exception {
        var parent = "koker-parent-" + ProcessHandle.current().pid();
        try {
            var paths = host.run(
                            "--cgroup-parent",
                            parent + "/below",
                            "--cgroupns",
                            "host",
                            "-m",
                            "20m",
                            "--pids",
                            "7",
                            "busybox",
                            "cat",
                            "/proc/self/cgroup")
                    .run()
                    .succeeded()
                    .out();
            for (var controller : List.of("memory", "pids", "cpuset", "cpu")) {
                assertTrue(
                        paths.lines()
                                .anyMatch(line -> line.matches(
                                        "[0-9]+:" + controller + ":/" + parent + "/below/koker-[0-9a-f]{12}")),
                        paths);
            }
            try (var left = Files.walk(Path.of("/sys/fs/cgroup/memory", parent))) {
                assertEquals(2, left.filter(Files::isDirectory).count(), "the two that were made for others, too");
            }
        } finally {
            host.command("sh", "-c", "rmdir /sys/fs/cgroup/*/" + parent + "/below /sys/fs/cgroup/*/" + parent)
                    .run();
        }
    }

    @Test
    void readingIsSlowedDown() throws Exception {
        // A device of the test's own: a file, seen as a disk.
        var file = host.root().resolve("disk");
        host.command("truncate", "-s", "16m", file.toString()).run().succeeded();
        var device = host.command("losetup", "--find", "--show", "--direct-io=on", file.toString())
                .run()
                .succeeded()
                .out()
                .strip();
        try {
            var read = "dd if=/dev/disk of=/dev/null bs=256k count=8 iflag=direct 2>/dev/null && echo done";
            var before = System.nanoTime();
            host.run("--device", device + ":/dev/disk:r", "busybox", "sh", "-c", read)
                    .run()
                    .succeeded();
            var free = System.nanoTime() - before;
            before = System.nanoTime();
            var slow = host.run(
                            "--device",
                            device + ":/dev/disk:r",
                            "--device-read-bps",
                            device + ":1m",
                            "busybox",
                            "sh",
                            "-c",
                            read)
                    .run();
            assertEquals("done\n", slow.succeeded().out());
            var limited = System.nanoTime() - before;
            // 2 MB, one in a second.
            assertTrue(limited - free > 1_000_000_000L, () -> free / 1e9 + " s without, " + limited / 1e9 + " s with");
        } finally {
            host.command("losetup", "--detach", device).run().succeeded();
            Files.delete(file);
        }
    }
}
