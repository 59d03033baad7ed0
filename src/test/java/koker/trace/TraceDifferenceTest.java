package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import koker.trace.TraceDifference.Sign;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What two recordings have in common, and what not. */
class TraceDifferenceTest {
    private static List<String> difference(Recorded before, Recorded after) {
        return new TraceDifference(before.ended(0, ""), after.ended(0, ""))
                .changes().stream()
                        .map(change -> change.sign().mark()
                                + change.step().show()
                                + (change.detail().isEmpty() ? "" : " | " + change.detail()))
                        .toList();
    }

    private static Recorded run(String id, String pid) {
        return new Recorded()
                .step(
                        "host",
                        "Make cgroup",
                        Map.of("path", "/x/koker-" + id),
                        "mkdirat",
                        "AT_FDCWD",
                        "\"/x/koker-" + id + "\"")
                .step("container", "Set hostname", Map.of("hostname", id), "sethostname", "\"" + id + "\"", "12")
                .step("host", "Wait for process", Map.of("pid", pid), "waitid", "P_PID", pid, "{si_pid=" + pid + "}");
    }

    @Test
    void theSameTwiceIsNoDifferenceThoughIdsAndProcessesDiffer() {
        assertEquals(List.of(), difference(run("0123456789ab", "17"), run("ffff56789abc", "4711")));
    }

    @Test
    void aStepThatIsInOneOnlyIsTold() {
        var more = new Recorded()
                .step("host", "Make cgroup", Map.of(), "mkdirat")
                .step("host", "Write cgroup", Map.of("memory.max", "67108864"), "write", "9", "\"67108864\"", "8");
        var less = new Recorded().step("host", "Make cgroup", Map.of(), "mkdirat");
        assertEquals(List.of("+Write cgroup memory.max=67108864"), difference(less, more));
        assertEquals(List.of("-Write cgroup memory.max=67108864"), difference(more, less));
    }

    @Test
    void anotherLimitIsAnotherStep() {
        var one = new Recorded().step("host", "Write cgroup", Map.of("memory.max", "1000000000000"), "write");
        var other = new Recorded().step("host", "Write cgroup", Map.of("memory.max", "2000000000000"), "write");
        assertEquals(2, difference(one, other).size());
    }

    @Test
    void aCallThatFailsOnlyOnceIsTold() {
        var refused = new RecordedCall("pivot_root", List.of(), -1, "EINVAL", false, 0, 1);
        var good = new Recorded().step("container", "Enter root", Map.of(), "pivot_root");
        var bad = new Recorded().step("container", "Enter root", Map.of(), refused);
        assertEquals(List.of("~Enter root | pivot_root() = EINVAL instead of pivot_root()"), difference(good, bad));
    }

    @Test
    void anErrorThatDoesNotMatterIsNoDifference() {
        var tolerated = new RecordedCall("mkdirat", List.of(), -1, "EEXIST", true, 0, 1);
        var good = new Recorded().step("container", "Make folder", Map.of(), "mkdirat");
        assertEquals(List.of(), difference(good, new Recorded().step("container", "Make folder", Map.of(), tolerated)));
    }

    @Test
    void whichProcessIsFasterIsNoDifference() {
        var one = new Recorded().step("host", "A", Map.of(), "a").step("container", "B", Map.of(), "b");
        var other = new Recorded().step("container", "B", Map.of(), "b").step("host", "A", Map.of(), "a");
        assertEquals(List.of(), difference(one, other));
    }

    @ParameterizedTest
    @CsvSource({
        "close, 7, 9, true",
        "umask, 7, 9, false",
        "munmap, 140366191656960, 140366191525888, true",
        "chdir, '\"/a\"', '\"/b\"', false",
        "connect, '\"10.44.0.2\"', '\"10.44.0.17\"', true",
        "connect, '\"fd00:1::2\"', '\"fd00:1::3\"', true",
        "connect, '\"02:42:0a:2c:00:01\"', '\"02:42:0a:2c:00:02\"', true",
        "openat, '\"/proc/17/ns\"', '\"/proc/18/ns\"', true",
        "write, '\"67108864\"', '\"134217728\"', false",
    })
    void whatDiffersEachTimeIsNotCompared(String call, String one, String other, boolean same) {
        var before = new Recorded().step("container", "Step", Map.of(), call, one);
        var after = new Recorded().step("container", "Step", Map.of(), call, other);
        assertEquals(same, difference(before, after).isEmpty());
    }

    @Test
    void changesComeInTheOrderOfTime() {
        var after = new Recorded()
                .step("container", "First", Map.of(), "a")
                .step("host", "Second", Map.of(), "b")
                .step("container", "Third", Map.of(), "c");
        var changes = new TraceDifference(new Recorded().ended(0, ""), after.ended(0, "")).changes();
        assertEquals(
                List.of(Sign.NEW, Sign.NEW, Sign.NEW),
                changes.stream().map(TraceDifference.Change::sign).toList());
        assertEquals(
                List.of("First", "Second", "Third"),
                changes.stream().map(change -> change.step().title()).toList());
    }
}
