package koker.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.MountFlag;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.ProcessStep;
import koker.spec.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the mounts of a host to the steps that limit a container there. */
class CgroupsTest {
    private static final List<String> LEGACY = List.of(
            "23 28 0:21 / /proc rw,nosuid shared:13 - proc proc rw",
            "30 28 0:25 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755",
            "35 30 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:15 - cgroup cgroup rw,cpu,cpuacct",
            "36 30 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:16 master:3 - cgroup cgroup rw,memory",
            "37 30 0:32 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
            "38 30 0:33 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices",
            "39 30 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer",
            "40 30 0:35 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd");
    private static final String UNIFIED = "41 30 0:36 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate";
    private static final Spec.Resources ALL = with(memory(100L, 300L), cpu(5000L, 10000L), new Spec.Pids(7L));

    private static List<String> hybrid() {
        var lines = new ArrayList<>(LEGACY);
        lines.add(UNIFIED);
        return lines;
    }

    private static Spec.Resources with(Spec.Memory memory, Spec.Cpu cpu, Spec.Pids pids) {
        return new Spec.Resources(memory, cpu, pids, null, null, null, null);
    }

    private static Spec.Memory memory(Long limit, Long swap) {
        return new Spec.Memory(limit, null, swap, null);
    }

    private static Spec.Cpu cpu(Long quota, Long period) {
        return new Spec.Cpu(null, quota, period, null, null);
    }

    @Test
    void aLegacyHostHasACgroupInEachHierarchyThatLimits() {
        assertEquals(
                List.of(
                        "/sys/fs/cgroup/cpu,cpuacct/x",
                        "/sys/fs/cgroup/memory/x",
                        "/sys/fs/cgroup/pids/x",
                        "/sys/fs/cgroup/devices/x",
                        "/sys/fs/cgroup/freezer/x",
                        "/sys/fs/cgroup/systemd/x"),
                Cgroups.of(LEGACY).folders("/x"));
    }

    @Test
    void aHybridHostIsLimitedAsALegacyOne() {
        assertEquals(Cgroups.of(LEGACY).folders("/x"), Cgroups.of(hybrid()).folders("/x"));
        assertEquals(Cgroups.of(LEGACY).limit("/x", ALL), Cgroups.of(hybrid()).limit("/x", ALL));
    }

    @Test
    void aLegacyHostIsLimitedByTheFilesOfVersion1() {
        assertEquals(
                List.of(
                        new HostStep.WriteCgroup("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "100"),
                        new HostStep.WriteCgroup("/sys/fs/cgroup/memory/x/memory.memsw.limit_in_bytes", "300"),
                        new HostStep.WriteCgroup("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "10000"),
                        new HostStep.WriteCgroup("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "5000"),
                        new HostStep.WriteCgroup("/sys/fs/cgroup/pids/x/pids.max", "7")),
                Cgroups.of(LEGACY).limit("/x", ALL));
    }

    private static final List<Spec.Throttle> SLOW = List.of(new Spec.Throttle(8, 0, 1000), new Spec.Throttle(8, 16, 7));

    /** Every limit but those of {@link #ALL}, and the one that only version 1 has. */
    private static Spec.Resources more() {
        return new Spec.Resources(
                new Spec.Memory(null, 50L, null, null),
                new Spec.Cpu(1024L, null, 5000L, "0-1", "0"),
                null,
                new Spec.BlockIo(500, SLOW, List.of(), List.of(), SLOW),
                List.of(new Spec.HugepageLimit("2MB", 4 << 20)),
                null,
                null);
    }

    @Test
    void everyOtherLimitHasAFileOfVersion1() {
        var lines = new ArrayList<>(LEGACY);
        for (var controller : List.of("cpuset", "blkio", "hugetlb")) {
            lines.add("44 30 0:40 / /none/" + controller + " rw - cgroup cgroup rw," + controller);
        }
        var cpu = "/sys/fs/cgroup/cpu,cpuacct/x/";
        assertEquals(
                List.of(
                        new HostStep.WriteCgroup("/sys/fs/cgroup/memory/x/memory.soft_limit_in_bytes", "50"),
                        new HostStep.WriteCgroup(cpu + "cpu.shares", "1024"),
                        new HostStep.WriteCgroup(cpu + "cpu.cfs_period_us", "5000"),
                        new HostStep.WriteCgroup("/none/cpuset/x/cpuset.cpus", "0-1"),
                        new HostStep.WriteCgroup("/none/cpuset/x/cpuset.mems", "0"),
                        new HostStep.WriteCgroup("/none/blkio/x/blkio.bfq.weight", "500"),
                        new HostStep.WriteCgroup("/none/blkio/x/blkio.throttle.read_bps_device", "8:0 1000"),
                        new HostStep.WriteCgroup("/none/blkio/x/blkio.throttle.read_bps_device", "8:16 7"),
                        new HostStep.WriteCgroup("/none/blkio/x/blkio.throttle.write_iops_device", "8:0 1000"),
                        new HostStep.WriteCgroup("/none/blkio/x/blkio.throttle.write_iops_device", "8:16 7"),
                        new HostStep.WriteCgroup("/none/hugetlb/x/hugetlb.2MB.limit_in_bytes", "4194304"),
                        new HostStep.WriteCgroup("/none/hugetlb/x/hugetlb.2MB.rsvd.limit_in_bytes", "4194304")),
                Cgroups.of(lines).limit("/x", more()));
    }

    @Test
    void everyOtherLimitHasAFileOfVersion2(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu cpuset io memory hugetlb\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu cpuset io memory hugetlb\n");
        var host = new UnifiedCgroups(folder.toString(), new DiskSchedulers(folder.resolve("block")));
        assertEquals(
                List.of(
                        new HostStep.WriteCgroup(folder + "/x/memory.low", "50"),
                        new HostStep.WriteCgroup(folder + "/x/cpu.weight", "100"),
                        new HostStep.WriteCgroup(folder + "/x/cpu.max", "max 5000"),
                        new HostStep.WriteCgroup(folder + "/x/cpuset.cpus", "0-1"),
                        new HostStep.WriteCgroup(folder + "/x/cpuset.mems", "0"),
                        new HostStep.WriteCgroup(folder + "/x/io.weight", "4950"),
                        new HostStep.WriteCgroup(folder + "/x/io.max", "8:0 rbps=1000 wiops=1000"),
                        new HostStep.WriteCgroup(folder + "/x/io.max", "8:16 rbps=7 wiops=7"),
                        new HostStep.WriteCgroup(folder + "/x/hugetlb.2MB.max", "4194304"),
                        new HostStep.WriteCgroup(folder + "/x/hugetlb.2MB.rsvd.max", "4194304")),
                host.limit("/x", more()));
    }

    @ParameterizedTest
    @CsvSource({"[mq-deadline] bfq none, io.weight=4950", "mq-deadline [bfq] none, io.bfq.weight=500"})
    void aDisksSchedulerDecidesWhichWeightCounts(String schedulers, String written, @TempDir Path folder)
            throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "io\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "io\n");
        var queue = Files.createDirectories(folder.resolve("block/sda/queue"));
        Files.writeString(queue.resolve("scheduler"), schedulers + "\n");
        var host = new UnifiedCgroups(folder.toString(), new DiskSchedulers(folder.resolve("block")));
        var weight = new Spec.BlockIo(500, null, null, null, null);
        var step =
                (HostStep.WriteCgroup) host.limit("/x", new Spec.Resources(null, null, null, weight, null, null, null))
                        .getFirst();
        assertEquals(folder + "/x/" + written, step.file() + "=" + step.value());
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "1024, 100", "262144, 10000", "512, 59", "2048, 174"})
    void sharesBecomeAWeight(long shares, long weight) {
        assertEquals(weight, UnifiedLimits.weight(shares));
    }

    @Test
    void oneDiskWithoutASchedulerHidesNoOther(@TempDir Path folder) throws IOException {
        for (var disk : List.of("a", "b", "c")) {
            Files.createDirectories(folder.resolve(disk + "/queue"));
        }
        Files.writeString(folder.resolve("b/queue/scheduler"), "[bfq] none\n");
        assertTrue(new DiskSchedulers(folder).anyIs("bfq"));
        assertFalse(new DiskSchedulers(folder).anyIs("none"));
    }

    /** A host with cgroups of version 2 and these controllers, and a cgroup x with files as in {@code name=text}. */
    private static Cgroups unified(Path folder, String controllers, String... files) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), controllers + "\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), controllers + "\n");
        Files.createDirectories(folder.resolve("x"));
        for (var file : files) {
            var parts = file.split("=");
            Files.writeString(folder.resolve("x").resolve(parts[0]), parts[1] + "\n");
        }
        return new UnifiedCgroups(folder.toString(), new DiskSchedulers(folder.resolve("block")));
    }

    /** What is written as {@code file=value} to limit the cgroup x anew. */
    private static List<String> written(Cgroups host, Spec.Resources resources) {
        return host.limit("/x", host.complete("/x", resources)).stream()
                .map(HostStep.WriteCgroup.class::cast)
                .map(step -> step.file().substring(step.file().lastIndexOf('/') + 1) + "=" + step.value())
                .toList();
    }

    @Test
    void inVersion2OneOfTwoTimesLeavesTheOther(@TempDir Path folder) throws IOException {
        var host = unified(folder, "cpu", "cpu.max=20000 50000");
        assertEquals(List.of("cpu.max=20000 40000"), written(host, with(null, cpu(null, 40000L), null)));
        assertEquals(List.of("cpu.max=10000 50000"), written(host, with(null, cpu(10000L, null), null)));
        assertEquals(List.of("cpu.max=max 50000"), written(host, with(null, cpu(-1L, null), null)));
        var free = unified(folder, "cpu", "cpu.max=max 100000");
        assertEquals(List.of("cpu.max=max 40000"), written(free, with(null, cpu(null, 40000L), null)));
        var made = new UnifiedCgroups(folder.toString(), new DiskSchedulers(folder));
        assertEquals(
                List.of(new HostStep.WriteCgroup(folder + "/y/cpu.max", "20000")),
                made.limit("/y", with(null, cpu(20000L, null), null)));
    }

    @Test
    void inVersion2SwapIsWhatIsLeftOfBoth(@TempDir Path folder) throws IOException {
        var host = unified(folder, "memory", "memory.max=1000", "memory.swap.max=500");
        assertEquals(List.of("memory.max=1000", "memory.swap.max=200"), written(host, swapping(null, 1200)));
        assertEquals(List.of("memory.max=600", "memory.swap.max=900"), written(host, swapping(600, null)));
        assertEquals(List.of("memory.max=1500", "memory.swap.max=0"), written(host, swapping(1500, null)));
        assertEquals(List.of("memory.swap.max=max"), written(host, swapping(null, -1)));
        assertEquals(List.of("memory.max=max", "memory.swap.max=max"), written(host, swapping(-1, null)));
        assertEquals(List.of("memory.max=max", "memory.swap.max=100"), written(host, swapping(-1, 100)));
        for (var wrong : List.of(swapping(1501, null), swapping(null, 999))) {
            var e = assertThrows(CgroupException.class, () -> written(host, wrong));
            assertTrue(e.getMessage().contains("memory+swap limit should be >= memory limit"), e.getMessage());
        }
        var free = unified(folder, "memory", "memory.max=max", "memory.swap.max=max");
        assertEquals(List.of("memory.max=600"), written(free, swapping(600, null)));
        var e = assertThrows(CgroupException.class, () -> written(free, swapping(null, 1200)));
        assertTrue(e.getMessage().contains("unable to set swap limit without memory limit"), e.getMessage());
        var swapless = unified(folder, "memory", "memory.max=1000", "memory.swap.max=max");
        assertEquals(List.of("memory.max=600"), written(swapless, swapping(600, null)), "none is limited then");
    }

    private static Spec.Resources swapping(Integer limit, Integer swap) {
        return with(
                memory(limit == null ? null : limit.longValue(), swap == null ? null : swap.longValue()), null, null);
    }

    @Test
    void swapThatIsNotCountedNeedNotBeForbidden(@TempDir Path folder) throws IOException {
        var steps = unified(folder, "memory").limit("/x", swapping(1000, 1000));
        assertEquals(new HostStep.WriteCgroup(folder + "/x/memory.swap.max", "0", true), steps.getLast());
        steps = unified(folder, "memory").limit("/x", swapping(1000, 1001));
        assertEquals(new HostStep.WriteCgroup(folder + "/x/memory.swap.max", "1"), steps.getLast());
    }

    @Test
    void inVersion2WhatIsIdleNoLongerHasTheUsualWeight(@TempDir Path folder) throws IOException {
        var awake = with(null, new Spec.Cpu(null, null, null, null, null, null, null, null, 0L), null);
        assertEquals(List.of("cpu.idle=0", "cpu.weight=100"), written(unified(folder, "cpu", "cpu.idle=1"), awake));
        assertEquals(List.of("cpu.idle=0"), written(unified(folder, "cpu", "cpu.idle=0"), awake));
    }

    @Test
    void filesOfVersion2AreWrittenLineByLine(@TempDir Path folder) throws IOException {
        var host = unified(folder, "io");
        var lines = new Spec.Resources(
                null, null, null, null, null, Map.of("io.max", "8:0 rbps=1 wiops=2\n8:16 rbps=3"), null);
        assertEquals(List.of("io.max=8:0 rbps=1 wiops=2", "io.max=8:16 rbps=3"), written(host, lines));
        for (var file : List.of("cgroup.max.depth", "irq.pressure")) {
            var core = new Spec.Resources(null, null, null, null, null, Map.of(file, "3"), null);
            assertEquals(List.of(file + "=3"), written(host, core), "it is of no controller");
        }
    }

    @Test
    void inVersion1NoLimitOnMemoryIsNoneOnBoth(@TempDir Path folder) throws IOException {
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup cgroup rw,memory,cpu"));
        assertEquals(List.of("memory.limit_in_bytes=-1"), written(host, swapping(-1, null)), "swap is not counted");
        Files.createDirectory(folder.resolve("x"));
        Files.writeString(folder.resolve("x/memory.memsw.limit_in_bytes"), "1000\n");
        assertEquals(
                List.of("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1"),
                written(host, swapping(-1, null)));
    }

    @Test
    void inVersion1NoLimitIsNoneWhateverTheSizeOfAPage(@TempDir Path folder) throws IOException {
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup cgroup rw,memory"));
        Files.createDirectory(folder.resolve("x"));
        for (var kilobytes : List.of(4L, 16L, 64L)) {
            var page = kilobytes << 10;
            Files.writeString(folder.resolve("x/memory.limit_in_bytes"), Long.MAX_VALUE / page * page + "\n");
            assertEquals(Long.MAX_VALUE, host.usage("/x").memoryLimit(), kilobytes + " kB");
        }
    }

    @Test
    void whatAModeCannotDoIsRefusedByName(@TempDir Path folder) throws IOException {
        var unified = new Spec.Resources(null, null, null, null, null, Map.of("memory.high", "1"), null);
        var legacy =
                assertThrows(CgroupException.class, () -> Cgroups.of(LEGACY).limit("/x", unified));
        assertTrue(legacy.getMessage().contains("memory.high"), legacy.getMessage());
        Files.writeString(folder.resolve("cgroup.controllers"), "memory\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "memory\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        assertEquals(List.of(new HostStep.WriteCgroup(folder + "/x/memory.high", "1")), host.limit("/x", unified));
        var swappiness = with(new Spec.Memory(null, null, null, 10L), null, null);
        var e = assertThrows(CgroupException.class, () -> host.limit("/x", swappiness));
        assertTrue(e.getMessage().contains("--memory-swappiness"), e.getMessage());
    }

    @Test
    void aCgroupIsMadeWithThoseAboveIt(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu pids\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu pids\n");
        Files.createDirectory(folder.resolve("a"));
        Files.writeString(folder.resolve("a/cgroup.subtree_control"), "cpu\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        assertEquals(
                List.of(
                        new HostStep.MakeParentCgroup(folder + "/a"),
                        new HostStep.MakeParentCgroup(folder + "/a/b"),
                        new HostStep.MakeCgroup(folder + "/a/b/x"),
                        new HostStep.WriteCgroup(folder + "/a/cgroup.subtree_control", "+pids"),
                        new HostStep.WriteCgroup(folder + "/a/b/cgroup.subtree_control", "+pids +cpu"),
                        new HostStep.WriteCgroup(folder + "/a/b/x/pids.max", "7")),
                host.make("/a/b/x", with(null, null, new Spec.Pids(7L))));
    }

    @Test
    void aNewCpusetHasWhatTheOneAboveHas(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cpuset.cpus"), "0-3\n");
        Files.writeString(folder.resolve("cpuset.mems"), "0\n");
        Files.createDirectory(folder.resolve("a"));
        Files.writeString(folder.resolve("a/cpuset.cpus"), "1\n");
        Files.writeString(folder.resolve("a/cpuset.mems"), "\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup cgroup rw,cpuset"));
        assertEquals(
                List.of(
                        new HostStep.MakeParentCgroup(folder + "/a"),
                        new HostStep.MakeCgroup(folder + "/a/x"),
                        new HostStep.WriteCgroup(folder + "/a/x/cpuset.cpus", "1"),
                        new HostStep.WriteCgroup(folder + "/a/cpuset.mems", "0"),
                        new HostStep.WriteCgroup(folder + "/a/x/cpuset.mems", "0")),
                host.make("/a/x", Spec.Resources.NONE));
        var limit = with(null, new Spec.Cpu(null, null, null, "1", null), null);
        assertEquals(
                List.of(
                        new HostStep.MakeCgroup(folder + "/y"),
                        new HostStep.WriteCgroup(folder + "/y/cpuset.mems", "0"),
                        new HostStep.WriteCgroup(folder + "/y/cpuset.cpus", "1")),
                host.make("/y", limit),
                "what is limited need not be written twice");
    }

    @Test
    void withoutLimitsThereIsNothingToDo() {
        assertEquals(List.of(), Cgroups.of(LEGACY).limit("/x", with(null, null, null)));
        assertEquals(
                List.of(),
                Cgroups.of(LEGACY).limit("/x", with(memory(null, null), cpu(null, null), new Spec.Pids(null))));
    }

    @Test
    void onAUnifiedHostThereIsOnePathForAllControllers() {
        var host = Cgroups.of(List.of("29 23 0:26 / /cg rw - cgroup2 cgroup rw"));
        assertEquals(
                List.of(new ProcessStep.JoinCgroup("/cg/x/a/b/cgroup.procs")),
                host.join("/x", Subgroups.parse(List.of("/a/b"))));
        var controller = Subgroups.parse(List.of("pids:a"));
        assertThrows(CgroupException.class, () -> host.join("/x", controller));
    }

    @Test
    void noLimitOfProcessesIsMax() {
        assertEquals(
                List.of(new HostStep.WriteCgroup("/sys/fs/cgroup/pids/x/pids.max", "max")),
                Cgroups.of(LEGACY).limit("/x", with(null, null, new Spec.Pids(-1L))));
    }

    @Test
    void aControllerThatTheHostLacksIsNamed() {
        var host = Cgroups.of(
                LEGACY.stream().filter(line -> !line.contains("memory")).toList());
        var e = assertThrows(CgroupException.class, () -> host.limit("/x", ALL));
        assertTrue(e.getMessage().contains("'memory'"), e.getMessage());
    }

    @Test
    void deviceRulesAreWrittenInTheirOrder() {
        var rules = List.of(
                new Spec.DeviceRule(false, null, null, null, "rwm"),
                new Spec.DeviceRule(true, "c", 1L, 3L, "rw"),
                new Spec.DeviceRule(true, "b", 8L, null, "m"));
        assertEquals(
                List.of(new HostStep.RestrictDevices(
                        "/sys/fs/cgroup/devices/x",
                        List.of(
                                new HostStep.RestrictDevices.Rule(false, "a"),
                                new HostStep.RestrictDevices.Rule(true, "c 1:3 rw"),
                                new HostStep.RestrictDevices.Rule(true, "b 8:* m")))),
                Cgroups.of(LEGACY).limit("/x", new Spec.Resources(null, null, null, null, null, null, rules)));
        assertTrue(Cgroups.of(LEGACY).restrictsDevices());
    }

    @Test
    void aContainerSeesTheHierarchiesOfItsCgroupsAndCannotChangeThem() {
        var flags = EnumSet.of(MountFlag.MS_NOSUID, MountFlag.MS_RDONLY);
        var steps = Cgroups.of(hybrid()).show("/sys/fs/cgroup", flags);
        assertEquals(
                new MountStep.Mount("tmpfs", "tmpfs", "/sys/fs/cgroup", EnumSet.of(MountFlag.MS_NOSUID), "mode=755"),
                steps.getFirst());
        assertTrue(steps.contains(
                new MountStep.Mount("cgroup", "cgroup", "/sys/fs/cgroup/cpu,cpuacct", flags, "cpu,cpuacct")));
        assertTrue(steps.contains(
                new MountStep.Mount("cgroup", "systemd", "/sys/fs/cgroup/systemd", flags, "name=systemd")));
        // There it has no cgroup of its own, and would see the host's.
        assertFalse(steps.toString().contains("/sys/fs/cgroup/unified"));
        // Each is found by its name, as on the host.
        for (var controller : List.of("cpu", "cpuacct")) {
            assertTrue(steps.contains(new MountStep.MakeLink("/sys/fs/cgroup/" + controller, "cpu,cpuacct")));
        }
        assertFalse(steps.toString().contains("MakeLink[path=/sys/fs/cgroup/memory"));
        var last = EnumSet.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND, MountFlag.MS_NOSUID, MountFlag.MS_RDONLY);
        assertEquals(new MountStep.Mount("", "", "/sys/fs/cgroup", last, ""), steps.getLast());
    }

    @Test
    void aUnifiedHostIsLimitedByTheFilesOfVersion2(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu memory pids\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu memory pids\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        assertEquals(List.of(folder + "/x"), host.folders("/x"));
        assertEquals(
                List.of(
                        new HostStep.WriteCgroup(folder + "/x/memory.max", "100"),
                        new HostStep.WriteCgroup(folder + "/x/memory.swap.max", "200"),
                        new HostStep.WriteCgroup(folder + "/x/cpu.max", "5000 10000"),
                        new HostStep.WriteCgroup(folder + "/x/pids.max", "7")),
                host.limit("/x", ALL));
        assertEquals(
                List.of(
                        new HostStep.WriteCgroup(folder + "/x/memory.max", "max"),
                        new HostStep.WriteCgroup(folder + "/x/memory.swap.max", "max", true),
                        new HostStep.WriteCgroup(folder + "/x/cpu.max", "max"),
                        new HostStep.WriteCgroup(folder + "/x/pids.max", "max")),
                host.limit("/x", with(memory(-1L, -1L), cpu(-1L, null), new Spec.Pids(-1L))));
        assertEquals(
                List.of(new MountStep.Mount("cgroup2", "cgroup", "/c", EnumSet.of(MountFlag.MS_NODEV), "")),
                host.show("/c", EnumSet.of(MountFlag.MS_NODEV)));
        assertTrue(host.restrictsDevices());
    }

    @Test
    void whatIsUsedIsCountedWithoutALimitToo(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpuset cpu io pids rdma\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "pids\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        assertEquals(
                List.of(new HostStep.WriteCgroup(folder + "/cgroup.subtree_control", "+cpu +io")),
                host.limit("/x", with(null, null, null)));
    }

    @Test
    void aControllerIsEnabledWhereItIsNot(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu memory pids\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "memory\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        assertEquals(
                new HostStep.WriteCgroup(folder + "/cgroup.subtree_control", "+cpu +pids"),
                host.limit("/x", ALL).getFirst());
    }

    @Test
    void processesOfADelegatedCgroupMoveAsideBeforeItPassesOnControllers(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu memory pids\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu memory\n");
        Files.writeString(folder.resolve("cgroup.procs"), "0\n7\n12\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        var enable = new HostStep.WriteCgroup(folder + "/cgroup.subtree_control", "+pids");
        assertEquals(enable, host.limit("/x", ALL).getFirst(), "the root of all cgroups");
        Files.writeString(folder.resolve("cgroup.type"), "domain\n");
        assertEquals(
                List.of(new HostStep.MoveToCgroup(folder + "/init", List.of(7, 12)), enable),
                host.limit("/x", ALL).subList(0, 2));
        Files.writeString(folder.resolve("cgroup.procs"), "");
        assertEquals(enable, host.limit("/x", ALL).getFirst(), "nobody is in the way");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu memory pids\n");
        Files.writeString(folder.resolve("cgroup.procs"), "7\n");
        assertEquals(
                new HostStep.WriteCgroup(folder + "/x/memory.max", "100"),
                host.limit("/x", ALL).getFirst(),
                "they are passed on already");
    }

    @Test
    void aCgroupThatSystemdDelegatedServes(@TempDir Path folder) throws IOException {
        assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("user"));
        var host = new UnifiedCgroups(folder.toString(), new DiskSchedulers(folder));
        var scope = Files.createDirectories(folder.resolve("a/b.scope"));
        Files.createDirectory(scope.resolve("init"));
        for (var place : List.of(folder, folder.resolve("a"), scope)) {
            Files.writeString(place.resolve("cgroup.controllers"), "memory\n");
            Files.writeString(place.resolve("cgroup.subtree_control"), place.equals(scope) ? "" : "memory\n");
            Files.writeString(place.resolve("cgroup.procs"), "7\n");
            Files.writeString(place.resolve("cgroup.type"), "domain\n");
        }
        for (var own : List.of("/a/b.scope", "/a/b.scope/init", "/a", "/", "/../a/b.scope")) {
            assertEquals(Optional.empty(), host.delegated(own));
        }
        Files.setAttribute(scope, "user:delegate", new byte[] {'1'});
        assertEquals(Optional.of("/a/b.scope"), host.delegated("/a/b.scope"));
        assertEquals(Optional.of("/a/b.scope"), host.delegated("/a/b.scope/init"), "they have moved aside");
        for (var own : List.of("/a/b.scope/other", "/a", "/", "/../a/b.scope")) {
            assertEquals(Optional.empty(), host.delegated(own));
        }
        assertEquals(
                List.of(
                        new HostStep.MoveToCgroup(scope + "/init", List.of(7)),
                        new HostStep.WriteCgroup(scope + "/cgroup.subtree_control", "+memory"),
                        new HostStep.WriteCgroup(scope + "/x/memory.max", "100")),
                host.limit("/a/b.scope/x", with(memory(100L, null), null, null)));
    }

    @Test
    void aControllerThatThereIsNotIsNamed(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu pids\n");
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu\n");
        var host = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        var e = assertThrows(CgroupException.class, () -> host.limit("/x", ALL));
        assertTrue(
                e.getMessage().contains("'memory'") && e.getMessage().contains("there are: cpu pids"), e.getMessage());
    }

    @Test
    void outOfMemoryIsWhatTheKernelCounts(@TempDir Path folder) throws IOException {
        var unified = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup2 cgroup rw"));
        var legacy = Cgroups.of(List.of("29 23 0:26 / " + folder + " rw - cgroup cgroup rw,memory"));
        assertFalse(unified.outOfMemory("/x"), "no such cgroup");
        assertFalse(legacy.outOfMemory("/x"), "no such cgroup");
        var cgroup = Files.createDirectory(folder.resolve("x"));
        for (var count : List.of("0", "1", "10")) {
            Files.writeString(cgroup.resolve("memory.events"), "low 0\noom 5\noom_kill " + count + "\n");
            Files.writeString(cgroup.resolve("memory.oom_control"), "under_oom 1\noom_kill " + count + "\n");
            assertEquals(!count.equals("0"), unified.outOfMemory("/x"), count);
            assertEquals(!count.equals("0"), legacy.outOfMemory("/x"), count);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "23 28 0:21 / /proc rw - proc proc rw",
                "23 28 0:21 / /a - b rw - tmpfs tmpfs rw",
                "23 28 0:21 / /cgroup rw - ext4 cgroup rw,memory",
                "1 2 - cgroup cgroup rw,memory",
                "1 2 3 4 5 6 - cgroup"
            })
    void otherLinesTellOfNoCgroup(String line) {
        var e = assertThrows(CgroupException.class, () -> Cgroups.of(List.of(line)));
        assertTrue(e.getMessage().contains("cgroup"), e.getMessage());
    }

    @Test
    void aFolderWithSpacesIsItself() {
        var host = Cgroups.of(List.of("29 23 0:26 / /my\\040cgroups rw - cgroup2 cgroup rw"));
        assertEquals(List.of("/my cgroups/x"), host.folders("/x"));
    }
}
