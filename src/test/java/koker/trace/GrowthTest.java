package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What steps add to the picture: what the kernel did, not what was tried. */
class GrowthTest {
    private static final String FLAGS = "{flags=CLONE_NEWNS|CLONE_NEWPID|CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD}";

    private static List<String> growth(Recorded recorded) {
        var growth = new Growth();
        return recorded.ended(0, "").steps().stream()
                .flatMap(step -> growth.of(step).stream())
                .map(change -> (change.kind() + " " + change.key() + " " + change.value()).strip())
                .toList();
    }

    private static RecordedCall call(String name, long result, String errno, String... args) {
        return new RecordedCall(name, List.of(args), result, errno, !errno.isEmpty(), 0, 1);
    }

    @Test
    void aCloneBringsAProcessAndItsNamespaces() {
        var recorded = new Recorded().step("host", "Clone", Map.of(), call("clone3", 42, "", FLAGS, "88"));
        assertEquals(List.of("PROCESS container 42", "NAMESPACE mount new", "NAMESPACE pid new"), growth(recorded));
    }

    @Test
    void aProgramOfTheFirewallIsNoContainer() {
        var recorded = new Recorded()
                .step("host", "Clone", Map.of(), call("clone3", 42, "", "{flags=CLONE_CLEAR_SIGHAND}", "88"))
                .step("helper", "Exec", Map.of("command", "/sbin/iptables-restore -w"), "execve");
        assertEquals(List.of("FIREWALL iptables-restore iptables"), growth(recorded));
    }

    @Test
    void theEndOfAnotherProcessIsNotTheContainers() {
        var recorded = new Recorded()
                .step("host", "Clone", Map.of(), call("clone3", 42, "", FLAGS, "88"))
                .step("host", "Wait for process", Map.of("pid", "41"), "waitid")
                .step("host", "Wait for process", Map.of("pid", "42"), "waitid");
        assertEquals(List.of("END container"), growth(recorded).subList(3, 4));
        assertEquals(4, growth(recorded).size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            "proc" ; "/proc" ; "proc" ; MS_NOSUID                    ; MOUNT /proc proc
            "/a"   ; "/b"    ; NULL   ; MS_BIND|MS_REC               ; MOUNT /b bind
            "/a"   ; "/b"    ; NULL   ; MS_REMOUNT|MS_BIND|MS_RDONLY ;
            NULL   ; "/"     ; NULL   ; MS_REC|MS_PRIVATE            ;
            """)
    void onlyANewMountIsAMount(String source, String target, String type, String flags, String expected) {
        var recorded =
                new Recorded().step("container", "Mount", Map.of(), "mount", source, target, type, flags, "NULL");
        assertEquals(expected == null ? List.of() : List.of(expected), growth(recorded));
    }

    @Test
    void aMountThatTheKernelRefusesIsNone() {
        var refused = call("mount", -1, "ENOENT", "\"/dev/null\"", "\"/proc/asound\"", "NULL", "MS_BIND", "NULL");
        assertEquals(List.of(), growth(new Recorded().step("container", "Mask", Map.of(), refused)));
    }

    @Test
    void aMountOnTheHostIsNoneOfTheContainers() {
        var recorded =
                new Recorded().step("host", "Mount", Map.of(), "mount", "\"a\"", "\"/a\"", "\"tmpfs\"", "0", "NULL");
        assertEquals(List.of(), growth(recorded));
    }

    @Test
    void anOverlayHasItsLayersTheUppermostFirst() {
        var recorded = new Recorded()
                .step(
                        "container",
                        "Mount",
                        Map.of(),
                        "mount",
                        "\"overlay\"",
                        "\"/c/rootfs\"",
                        "\"overlay\"",
                        "MS_NODEV",
                        "\"lowerdir=/l/two:/l/one,upperdir=/c/upper,workdir=/c/work\"");
        assertEquals(
                List.of(
                        "MOUNT /c/rootfs overlay",
                        "LAYER /l/two",
                        "LAYER /l/one",
                        "FOLDER upper /c/upper",
                        "FOLDER work /c/work"),
                growth(recorded));
    }

    @Test
    void aFolderThatIsRemovedIsGoneAndAFileIsNoFolder() {
        var recorded = new Recorded()
                .step("host", "Clean up", Map.of(), "unlinkat", "AT_FDCWD", "\"/sys/fs/cgroup/x\"", "AT_REMOVEDIR")
                .step("host", "Clean up", Map.of(), "unlinkat", "7", "\"upper\"", "0");
        assertEquals(List.of("GONE /sys/fs/cgroup/x"), growth(recorded));
    }

    @Test
    void aCableHasTwoEnds() {
        var recorded = new Recorded()
                .step("host", "Make veth", Map.of("link", "veth1", "master", "koker0", "peer", "eth0"), "sendto")
                .step("host", "Add address", Map.of("link", "eth0", "address", "10.44.0.2/22"), "sendto");
        assertEquals(
                List.of(
                        "HOST_LINK koker0 bridge",
                        "HOST_LINK veth1 koker0",
                        "LINK eth0 veth1",
                        "ADDRESS eth0 10.44.0.2/22"),
                growth(recorded));
    }
}
