package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import koker.cgroup.CgroupException;
import koker.cgroup.Cgroups;
import koker.runtime.Planner;
import koker.runtime.SpecMutation;
import koker.spec.SpecException;
import koker.spec.SpecFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever a config.json says, the command itself refuses it in one line, or makes a container that can be deleted; and nothing is left. */
@Timeout(240)
class OciFuzzIT {
    private static final int REFUSED = 40;
    private static final int PLANNED = 20;

    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;
    private HostSnapshot before;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host);
        lab.bundle().running("true");
        lab.add(
                "process",
                "\"terminal\": false, \"noNewPrivileges\": true, \"oomScoreAdj\": 5, "
                        + "\"rlimits\": [{\"type\": \"RLIMIT_CORE\", \"soft\": 1, \"hard\": 2}]");
        lab.add("annotations", "\"a\": \"b\"");
        lab.add(
                "linux",
                "\"sysctl\": {\"net.ipv4.ip_forward\": \"1\"}, \"maskedPaths\": [\"/proc/kcore\"], "
                        + "\"readonlyPaths\": [\"/proc/sys\"], \"personality\": {\"domain\": \"LINUX\"}, "
                        + "\"cgroupsPath\": \"/koker-fuzz\", "
                        + "\"resources\": {\"pids\": {\"limit\": 7}, \"cpu\": {\"shares\": 5}}, "
                        + "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
                        + "\"syscalls\": [{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");
    }

    @AfterEach
    void removeAll() throws IOException {
        lab.close();
    }

    @Test
    void everyMutationIsRefusedInOneLineOrIsAContainer() throws IOException {
        var seed = Long.getLong("koker.seed", System.nanoTime());
        System.out.println("seed of the mutations: " + seed + "; again with -Dkoker.seed=" + seed);
        var random = new Random(seed);
        before = HostSnapshot.take(host.root(), Host.CACHE);
        var spec = Files.readString(lab.bundle().config());
        var cgroups = Cgroups.ofHost();
        var refused = 0;
        var planned = 0;
        while (refused < REFUSED || planned < PLANNED) {
            var text = SpecMutation.of(spec, random);
            Files.write(lab.bundle().config(), text);
            var all = new String(text, StandardCharsets.UTF_8);
            if (isPlanned(cgroups)) {
                // A new look at a mount could change the host's file system itself, which the root is a part of; and
                // folders above a
                // cgroup stay, as others may be in them.
                if (planned < PLANNED && !all.contains("remount") && all.contains("\"/koker-fuzz\"")) {
                    planned++;
                    check("seed " + seed + ": " + all, false);
                }
            } else if (refused < REFUSED) {
                refused++;
                check("seed " + seed + ": " + all, true);
            }
        }
    }

    private boolean isPlanned(Cgroups cgroups) throws IOException {
        try {
            new Planner(SpecFile.read(lab.bundle().folder()), lab.bundle().folder(), cgroups).created();
            return true;
        } catch (SpecException | CgroupException e) {
            return false;
        }
    }

    private void check(String what, boolean mustBeRefused) throws IOException {
        var ended = lab.create().run();
        if (ended.status() == 0) {
            assertFalse(mustBeRefused, what);
            assertTrue(List.of("created", "stopped").contains(lab.status()), what);
            var deleted = lab.oci("delete", "--force", "c").run();
            assertEquals(0, deleted.status(), () -> what + deleted.errors());
        } else {
            assertEquals(1, ended.status(), () -> what + ended.errors());
            var last = ended.errors().lines().toList();
            assertTrue(last.getLast().matches("koker: .{10,1300}"), () -> what + ended.errors());
            assertTrue(last.stream().allMatch(line -> line.startsWith("koker: ")), () -> what + ended.errors());
        }
        assertFalse(Files.exists(host.root().resolve(Path.of("oci", "c"))), what);
        Poll.until("nothing is left: " + what, () -> HostSnapshot.take(host.root(), Host.CACHE)
                .difference(before)
                .isEmpty());
    }
}
