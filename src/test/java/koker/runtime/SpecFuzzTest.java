package koker.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import koker.cgroup.CgroupException;
import koker.cgroup.Cgroups;
import koker.spec.SpecException;
import koker.spec.SpecFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a config.json says, it becomes a plan, or is refused in one line. */
class SpecFuzzTest {
    private static final int MUTATIONS = 10_000;

    @TempDir
    Path bundle;

    /** Some of all that there can be. */
    private static final String SPEC = """
            {"ociVersion": "1.2.0", "root": {"path": "rootfs", "readonly": true}, "hostname": "h", "domainname": "d",
             "process": {"terminal": true, "consoleSize": {"height": 24, "width": 80},
              "user": {"uid": 1, "gid": 2, "umask": 18, "additionalGids": [3, 4]}, "cwd": "/", "args": ["sh", "-c", "x"],
              "env": ["PATH=/bin", "A=1"], "noNewPrivileges": true, "oomScoreAdj": 5,
              "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]},
              "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 18446744073709551615}],
              "scheduler": {"policy": "SCHED_BATCH", "nice": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]},
              "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 3}},
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
              {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "ro"]},
              {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]},
              {"destination": "/b", "type": "bind", "source": "/etc", "options": ["rbind", "rro", "rslave", "noexec"]},
              {"destination": "/p", "type": "tmpfs", "source": "p", "options": ["rshared", "size=1m"]}],
             "annotations": {"a": "b"},
             "hooks": {"poststop": [{"path": "/bin/true", "args": ["true"], "env": ["A=1"], "timeout": 5}]},
             "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "uts"}, {"type": "ipc"}, {"type": "user"},
               {"type": "network"}, {"type": "time"}, {"type": "cgroup"}],
              "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
              "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
              "timeOffsets": {"boottime": {"secs": 5, "nanosecs": 1}},
              "cgroupsPath": "/x/y", "rootfsPropagation": "rslave", "sysctl": {"net.ipv4.ip_forward": "1"},
              "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"], "personality": {"domain": "LINUX"},
              "devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 0, "gid": 0}],
              "resources": {"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 3}],
               "memory": {"limit": 1000000, "swap": 2000000, "reservation": 5000}, "pids": {"limit": 7},
               "cpu": {"shares": 5, "quota": 1000, "period": 2000, "cpus": "0-1", "mems": "0"},
               "blockIO": {"weight": 10, "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 5}]},
               "hugepageLimits": [{"pageSize": "2MB", "limit": 5}], "rdma": {"m": {"hcaHandles": 1}}}}}
            """;

    private static final String HOST = "37 30 0:32 / /nonexistent/all rw - cgroup cgroup"
            + " rw,memory,cpu,cpuacct,cpuset,pids,devices,freezer,blkio,hugetlb,rdma,net_cls,net_prio";

    @Test
    @Timeout(300)
    void everyMutationBecomesAPlanOrIsRefusedInOneLine() throws IOException {
        var seed = Long.getLong("koker.seed", System.nanoTime());
        System.out.println("seed of the mutations: " + seed + "; again with -Dkoker.seed=" + seed);
        var random = new Random(seed);
        Files.createDirectory(bundle.resolve("rootfs"));
        var planned = 0;
        for (var i = 0; i < MUTATIONS; i++) {
            var text = SpecMutation.of(SPEC, random);
            Files.write(bundle.resolve("config.json"), text);
            try {
                var spec = SpecFile.read(bundle);
                var planner = new Planner(spec, bundle, Cgroups.of(List.of(HOST)));
                var plan = random.nextBoolean() ? planner.created() : planner.join(1, false);
                // What is written in the calls must be something that can be written.
                plan.steps().forEach(step -> step.calls().forEach(call -> call.show(_ -> 0)));
                planned++;
            } catch (SpecException | CgroupException e) {
                assertFalse(e.getMessage().contains("\n"), e.getMessage());
                assertTrue(e.getMessage().length() > 10 && e.getMessage().length() < 1200, e.getMessage());
            } catch (RuntimeException e) {
                fail("seed " + seed + ", mutation " + i + ": " + new String(text, StandardCharsets.UTF_8), e);
            }
        }
        assertTrue(planned > MUTATIONS / 20 && planned < MUTATIONS, "planned: " + planned);
        try (var files = Files.list(bundle.resolve("rootfs"))) {
            assertEquals(List.of(), files.toList(), "nothing is touched");
        }
    }
}
