package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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
    void processorTimeIsLimited(String cpus) {
        var limit = Double.parseDouble(cpus);
        // They get less where the machine is busy with something else.
        Poll.until("two that never rest use " + cpus + " processors", () -> {
            var used = used(cpus);
            assertTrue(used <= limit * 1.15, () -> "used " + used + " processors, limit " + limit);
            return used >= limit * 0.85;
        });
    }

    /** How many processors two use that never rest, for a second or so by the clock. */
    private static double used(String cpus) {
        var script = "yes >/dev/null & yes >/dev/null & now='cat /sys/fs/cgroup/cpuacct/cpuacct.usage /proc/uptime';"
                + " $now; sleep 1; $now";
        var numbers = host.run("--cpus", cpus, "busybox", "sh", "-c", script)
                .run()
                .succeeded()
                .out()
                .split("\\s+");
        var nanos = Long.parseLong(numbers[3]) - Long.parseLong(numbers[0]);
        return nanos / 1e9 / (Double.parseDouble(numbers[4]) - Double.parseDouble(numbers[1]));
    }
}
