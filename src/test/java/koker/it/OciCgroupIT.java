package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The cgroup of a container under {@code koker oci}: who is in it, how it ends, and what may be used there. In the mode of the machine, and
 * once more where koker sees cgroups of version 2 alone; without the controllers that are in use in version 1. Limits of version 2 are
 * {@link VmIT}'s.
 */
@Timeout(150)
class OciCgroupIT {
    private static final Path TOP = CgroupMode.TOP;
    private static final String OWN = "koker-own";

    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;
    private CgroupMode mode;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host).add("linux", "\"cgroupsPath\": \"/" + OWN + "\"");
    }

    @AfterEach
    void removeAll() throws IOException {
        if (Files.exists(host.root().resolve("oci/c"))) {
            oci("delete", "--force", "c").run();
        }
        lab.close();
        for (var folder : folders()) {
            try (var below = Files.walk(folder)) {
                for (var each : below.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    private void in(CgroupMode mode) {
        this.mode = mode.there();
    }

    private Command oci(Object... words) {
        return host.command(mode.words(lab.oci(words).line()));
    }

    private String ok(Object... words) {
        return oci(words).run().succeeded().out().strip();
    }

    private void refused(int status, String reason, Object... words) {
        var ended = oci(words).run();
        assertTrue(ended.errors().contains(reason), ended.errors());
        assertEquals(status, ended.status());
    }

    private Command.Ended run() {
        return oci("run", "--bundle", lab.bundle().folder(), "c").run();
    }

    /** Leaves the container's process with files as its standard streams, so that nobody waits for their end. */
    private Command leaving(String verb, Object... options) {
        return host.command(
                "sh",
                "-c",
                "\"$@\" </dev/null >/dev/null 2>\"$0\"; status=$?; cat \"$0\" >&2; exit $status",
                host.work().resolve("errors"),
                oci(verb, Command.words(options), "--bundle", lab.bundle().folder(), "c")
                        .line());
    }

    private void runDetached(String... command) throws IOException {
        lab.bundle().running(command);
        leaving("run", "--detach").run().succeeded();
    }

    private String status() {
        return JsonParser.parseString(ok("state", "c"))
                .getAsJsonObject()
                .get("status")
                .getAsString();
    }

    private List<Integer> processes() {
        var all = new ArrayList<Integer>();
        JsonParser.parseString(ok("ps", "-f", "json", "c")).getAsJsonArray().forEach(pid -> all.add(pid.getAsInt()));
        return all;
    }

    private void withoutPidNamespace() throws IOException {
        lab.bundle().changed(all -> all.getAsJsonObject("linux")
                .getAsJsonArray("namespaces")
                .remove(JsonParser.parseString("{\"type\":\"pid\"}")));
    }

    private void withDevices(String rules) throws IOException {
        lab.add("linux.resources", "\"devices\": [" + rules + "]");
        for (var set : List.of("bounding", "effective", "permitted")) {
            lab.bundle().changed(all -> all.getAsJsonObject("process")
                    .getAsJsonObject("capabilities")
                    .add(set, Bundle.array("CAP_MKNOD", "CAP_SYSLOG")));
        }
    }

    /** The container's cgroup in each hierarchy where there is one. */
    private static List<Path> folders() throws IOException {
        var all = new ArrayList<Path>();
        try (var hierarchies = Files.newDirectoryStream(TOP, Files::isDirectory)) {
            for (var hierarchy : hierarchies) {
                if (Files.isDirectory(hierarchy.resolve(OWN))) {
                    all.add(hierarchy.resolve(OWN));
                }
            }
        }
        if (Files.isDirectory(TOP.resolve(OWN))) {
            all.add(TOP.resolve(OWN));
        }
        return all;
    }

    private static String freezerState() throws IOException {
        var legacy = TOP.resolve("freezer").resolve(OWN).resolve("freezer.state");
        var file = Files.exists(legacy)
                ? legacy
                : CgroupMode.unified().resolve(OWN).resolve("cgroup.freeze");
        return Files.readString(file).strip();
    }

    @ParameterizedTest
    @EnumSource
    void updateLeavesDevicesAsTheyAre(CgroupMode mode) throws IOException {
        in(mode);
        runDetached("sleep", "1000");
        // What Kubernetes sends: all that the container has of resources.
        oci("update", "--resources", "-", "c")
                .input("{\"devices\": [{\"allow\": false, \"access\": \"rwm\"}]}")
                .run()
                .succeeded();
        assertEquals("used", ok("exec", "c", "sh", "-c", ": >/dev/null && echo used"));
    }

    private static final String USE = """
            busybox mknod /dev/log c 1 11; busybox mknod /dev/tunnel c 10 200; busybox mknod /dev/terminal c 5 1
            for how in '</dev/log' '>/dev/log' '<>/dev/log' '<>/dev/null' '</dev/tunnel' '</dev/terminal'; do
                sh -c ": $how" 2>&1 | grep -q 'not permitted' && echo "no $how" || echo "$how"
            done""";

    /** What a rule allows is opened to read, to write, to read and write; of the rest, devices that every container has, and has not. */
    @ParameterizedTest
    @CsvSource({
        "'', 'no </dev/log, no >/dev/log, no <>/dev/log, <>/dev/null, </dev/tunnel, no </dev/terminal'",
        "allow c 1:11 rwm, '</dev/log, >/dev/log, <>/dev/log, <>/dev/null, </dev/tunnel, no </dev/terminal'",
        "allow c 1:11 rwm; deny c 1:11 w, '</dev/log, no >/dev/log, no <>/dev/log, <>/dev/null, </dev/tunnel, no </dev/terminal'",
        "allow c 1:11 r; allow c 1:11 w, '</dev/log, >/dev/log, <>/dev/log, <>/dev/null, </dev/tunnel, no </dev/terminal'",
        "allow a *:* rwm, '</dev/log, >/dev/log, <>/dev/log, <>/dev/null, </dev/tunnel, </dev/terminal'",
        "allow a *:* rwm; deny c 1:11 w, '</dev/log, no >/dev/log, no <>/dev/log, <>/dev/null, </dev/tunnel, </dev/terminal'"
    })
    void devicesAreUsedAsRulesSay(String rules, String used) throws IOException {
        lab.bundle().script(USE);
        Files.createSymbolicLink(lab.bundle().folder().resolve("rootfs/bin/grep"), Path.of("busybox"));
        withDevices(rules(rules));
        for (var mode : CgroupMode.values()) {
            in(mode);
            assertEquals(List.of(used.split(", ")), run().succeeded().lines(), mode.name());
        }
    }

    private static String rules(String text) {
        return text.replaceAll(
                        "(allow|deny) (.) ([^ :]+):([^ ]+) ([rwm]+)",
                        "{\"$1\": true, \"type\": \"$2\", \"major\": $3, \"minor\": $4, \"access\": \"$5\"}")
                .replace("\"deny\": true", "\"allow\": false")
                .replace("*", "-1")
                .replace(";", ",");
    }

    @Test
    void exceptionsFromExceptionsAreRefusedInVersion1AndHoldInVersion2() throws IOException {
        lab.bundle().script(": >/dev/log");
        withDevices(rules("allow c 1:* rwm; deny c 1:11 w"));
        lab.bundle().script("busybox mknod /dev/log c 1 11; : >/dev/log");
        in(CgroupMode.UNIFIED);
        assertTrue(run().errors().contains("Operation not permitted"));
        in(CgroupMode.HOST);
        if (Files.exists(TOP.resolve("devices"))) {
            refused(
                    1,
                    "'c 1:11 w' cannot be denied after 'c 1:* rwm' was allowed",
                    "run",
                    "--bundle",
                    lab.bundle().folder(),
                    "c");
            assertEquals(List.of(), folders());
        }
    }

    /** As where systemd or Docker runs in a container: its processes move down, and the cgroup passes a controller on. */
    @Test
    void execFollowsTheFirstProcessToACgroupBelow() throws IOException {
        in(CgroupMode.UNIFIED);
        runDetached("sleep", "1000");
        var own = CgroupMode.unified().resolve(OWN);
        Files.createDirectory(own.resolve("init"));
        Files.writeString(
                own.resolve("init/cgroup.procs"), ok("ps", "-f", "json", "c").replaceAll("[^0-9]", ""));
        var further = ok("exec", "c", "cat", "/proc/self/cgroup");
        assertEquals("0::/" + OWN, inUnified(further), "as long as it can");
        assumeTrue(Files.readString(own.resolve("cgroup.controllers")).contains("hugetlb"), "one is to be had");
        Files.writeString(own.resolve("cgroup.subtree_control"), "+hugetlb");
        assertEquals("0::/" + OWN + "/init", inUnified(ok("exec", "c", "cat", "/proc/self/cgroup")));
        refused(255, "EBUSY", "exec", "--cgroup", ".", "c", "true");
        assertEquals(1, processes().size());
    }

    private static String inUnified(String cgroups) {
        return cgroups.lines()
                .filter(line -> line.startsWith("0::"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void execFollowsTheFirstProcessToACgroupElsewhere() throws IOException {
        in(CgroupMode.UNIFIED);
        runDetached("sleep", "1000");
        var elsewhere = Files.createDirectory(CgroupMode.unified().resolve(OWN + "-elsewhere"));
        Files.writeString(
                elsewhere.resolve("cgroup.procs"), ok("ps", "-f", "json", "c").replaceAll("[^0-9]", ""));
        Files.delete(CgroupMode.unified().resolve(OWN));
        assertEquals("0::/" + OWN + "-elsewhere", inUnified(ok("exec", "c", "cat", "/proc/self/cgroup")));
        ok("delete", "--force", "c");
        Poll.until("it can go", () -> elsewhere.toFile().delete());
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyCgroupThatIsThereIsTaken(CgroupMode mode) throws IOException {
        in(mode);
        make();
        runDetached("sh", "-c", "sleep 1000 & sleep 2000 & wait");
        Poll.until("all run", () -> processes().size() == 3);
        ok("pause", "c");
        assertEquals("paused", status());
        ok("resume", "c");
        assertEquals("running", status());
        ok("kill", "--all", "c", "KILL");
        Poll.until("nobody is left", () -> processes().isEmpty());
        ok("delete", "c");
        assertFalse(folders().isEmpty(), "it was not koker's");
        // Nor is it in the way of the next one.
        runDetached("sleep", "1000");
        refused(
                1,
                "container's cgroup is not empty: 1 process(es) found",
                "run",
                "-b",
                lab.bundle().folder(),
                "d");
        assertFalse(Files.exists(host.root().resolve("oci/d")));
        ok("delete", "--force", "c");
    }

    private static void make() throws IOException {
        try (var hierarchies = Files.newDirectoryStream(TOP, Files::isDirectory)) {
            for (var hierarchy : hierarchies) {
                if (Files.exists(hierarchy.resolve("cgroup.procs"))) {
                    Files.createDirectory(hierarchy.resolve(OWN));
                }
            }
        }
        if (CgroupMode.unified().equals(TOP)) {
            Files.createDirectory(TOP.resolve(OWN));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFrozenCgroupIsRefused(CgroupMode mode) throws IOException {
        in(mode);
        make();
        var legacy = TOP.resolve("freezer").resolve(OWN);
        if (mode == CgroupMode.HOST && Files.exists(legacy)) {
            Files.writeString(legacy.resolve("freezer.state"), "FROZEN");
        } else {
            Files.writeString(CgroupMode.unified().resolve(OWN).resolve("cgroup.freeze"), "1");
        }
        refused(
                1,
                "container's cgroup unexpectedly frozen",
                "run",
                "-b",
                lab.bundle().folder(),
                "c");
        assertFalse(Files.exists(host.root().resolve("oci/c")));
    }

    /** A systemd in a container of a user namespace of its own makes cgroups, if it is shown them to write to. */
    @Test
    void whoMayWriteToTheCgroupOwnsIt() throws IOException {
        in(CgroupMode.UNIFIED);
        host.command("chmod", "711", host.root()).run().succeeded();
        Files.createDirectories(lab.bundle().folder().resolve("rootfs/sys/fs/cgroup"));
        lab.add(
                "linux",
                "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 1000}],"
                        + " \"gidMappings\": [{\"containerID\": 0, \"hostID\": 200000, \"size\": 1000}]");
        lab.bundle().changed(all -> {
            var namespaces = all.getAsJsonObject("linux").getAsJsonArray("namespaces");
            namespaces.add(JsonParser.parseString("{\"type\": \"user\"}"));
            namespaces.add(JsonParser.parseString("{\"type\": \"cgroup\"}"));
        });
        for (var writable : List.of(true, false)) {
            lab.bundle().changed(all -> {
                var mounts = all.getAsJsonArray("mounts");
                while (mounts.size() > 3) {
                    mounts.remove(3);
                }
                mounts.add(JsonParser.parseString(
                        "{\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\""
                                + (writable ? "rw" : "ro") + "\"]}"));
            });
            runDetached("sleep", "1000");
            var own = CgroupMode.unified().resolve(OWN);
            for (var file :
                    List.of("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "cgroup.max.depth")) {
                var owned = writable && !file.equals("cgroup.max.depth");
                assertEquals(owned ? 100_000 : 0, Files.getAttribute(own.resolve(file), "unix:uid"), file);
                assertEquals(0, Files.getAttribute(own.resolve(file), "unix:gid"), file);
            }
            if (writable) {
                ok("exec", "c", "sh", "-c", "busybox mkdir /sys/fs/cgroup/a && echo $$ >/sys/fs/cgroup/a/cgroup.procs");
                assertTrue(Files.exists(own.resolve("a")));
            }
            ok("delete", "--force", "c");
        }
    }

    @ParameterizedTest
    @EnumSource
    void killEndsWhatIsPaused(CgroupMode mode) throws IOException {
        in(mode);
        runDetached("sleep", "1000");
        ok("pause", "c");
        ok("kill", "c", "KILL");
        Poll.until("it has ended", () -> status().equals("stopped"));
        ok("kill", "--all", "c", "KILL");
        refused(1, "container not running", "kill", "c", "KILL");
        ok("delete", "c");
    }

    @ParameterizedTest
    @CsvSource({"HOST, --all", "UNIFIED, --all", "HOST, ''", "UNIFIED, ''"})
    void killReachesThoseThatFork(CgroupMode mode, String all) throws IOException {
        in(mode);
        withoutPidNamespace();
        // Each of them is there for a moment, and leaves another one.
        runDetached("sh", "-c", "f() { f & }; f; f; f; f; sleep 1000");
        ok(all.isEmpty() ? List.of("kill", "c", "KILL") : List.of("kill", all, "c", "KILL"));
        Poll.until("nobody is left", () -> processes().isEmpty());
        ok("delete", "c");
    }

    @ParameterizedTest
    @EnumSource
    void otherSignalsLeaveItAsPausedAsItWas(CgroupMode mode) throws IOException {
        in(mode);
        withoutPidNamespace();
        runDetached("sh", "-c", "trap 'echo x >/got' USR1; while :; do sleep 0.05; done");
        ok("pause", "c");
        ok("kill", "--all", "c", "USR1");
        assertEquals("paused", status());
        ok("resume", "c");
        Poll.until("the signal came", () -> Files.exists(lab.bundle().folder().resolve("rootfs/got")));
        ok("kill", "--all", "c", "USR1");
        assertEquals("running", status());
        assertTrue(List.of("THAWED", "0").contains(freezerState()), freezerState());
        ok("delete", "--force", "c");
    }

    @ParameterizedTest
    @EnumSource
    void whatWaitsForItsStartIsPausedAndResumed(CgroupMode mode) throws IOException {
        in(mode);
        lab.bundle().running("sleep", "1000");
        leaving("create").run().succeeded();
        ok("pause", "c");
        assertEquals("paused", status());
        refused(1, "cannot start a container in the paused state", "start", "c");
        ok("resume", "c");
        assertEquals("created", status());
        ok("start", "c");
        assertEquals("running", status());
        ok("delete", "--force", "c");
    }
}
