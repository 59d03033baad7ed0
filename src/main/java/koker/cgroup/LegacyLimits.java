package koker.cgroup;

import java.util.ArrayList;
import java.util.List;
import koker.plan.HostStep;
import koker.plan.Step;
import koker.spec.Spec;

/** The limits of one cgroup, as files of version 1 (the kernel's admin-guide/cgroup-v1; OCI runtime-spec 1.2, config-linux). */
final class LegacyLimits {
    private static final String BOTH = "memory.memsw.limit_in_bytes";

    private final List<Hierarchy> hierarchies;
    private final String path;
    private final List<Step> steps = new ArrayList<>();

    LegacyLimits(List<Hierarchy> hierarchies, String path) {
        this.hierarchies = hierarchies;
        this.path = path;
    }

    /** The steps that set what was added. */
    List<Step> steps() {
        return steps;
    }

    /**
     * Sets all of them.
     *
     * @throws CgroupException if this host cannot limit that
     */
    void add(Spec.Resources resources) {
        if (!resources.unified().isEmpty()) {
            throw new CgroupException("this host has cgroups of version 1, which have no file "
                    + resources.unified().keySet().iterator().next() + " of version 2");
        }
        if (resources.memory() != null) {
            add(resources.memory());
        }
        if (resources.cpu() != null) {
            add(resources.cpu());
        }
        if (resources.pids() != null && resources.pids().limit() != null) {
            var limit = resources.pids().limit();
            write("pids", "pids.max", limit < 0 ? "max" : Long.toString(limit));
        }
        if (resources.blockIO() != null) {
            add(resources.blockIO());
        }
        if (resources.network() != null) {
            write("net_cls", "net_cls.classid", resources.network().classID());
            for (var priority : resources.network().priorities()) {
                write("net_prio", "net_prio.ifpriomap", priority.name() + " " + priority.priority());
            }
        }
        for (var device : resources.rdma().entrySet()) {
            write("rdma", "rdma.max", RdmaLimit.line(device.getKey(), device.getValue()));
        }
        for (var huge : resources.hugepageLimits()) {
            write("hugetlb", "hugetlb." + huge.pageSize() + ".limit_in_bytes", Long.toString(huge.limit()));
            write("hugetlb", "hugetlb." + huge.pageSize() + ".rsvd.limit_in_bytes", Long.toString(huge.limit()));
        }
        if (!resources.devices().isEmpty()) {
            steps.add(new HostStep.RestrictDevices(folder("devices"), LegacyDevices.of(resources.devices())));
        }
    }

    private void add(Spec.Memory memory) {
        var files = new Counters(folder("memory"));
        UnifiedLimits.checkUse(memory, files.number("memory.usage_in_bytes"));
        var limit = memory.limit();
        // Without a limit on memory there can be none on both.
        var both = memory.swap() == null && limit != null && limit < 0 && files.has(BOTH) ? limit : memory.swap();
        if (memory.kernel() != null && memory.kernel() > 0) {
            throw new CgroupException(
                    "memory.kernel is not supported: Linux no longer limits the kernel's memory by itself;"
                            + " it counts with the rest");
        }
        // The limit on both may at no time be less than that on memory.
        var now = both == null ? -1 : files.number(BOTH);
        var first = limit != null && now >= 0 && (limit < 0 || now < limit);
        if (first) {
            write("memory", BOTH, both);
        }
        write("memory", "memory.limit_in_bytes", limit);
        if (!first) {
            write("memory", BOTH, both);
        }
        write("memory", "memory.soft_limit_in_bytes", memory.reservation());
        write("memory", "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP());
        write("memory", "memory.swappiness", memory.swappiness());
        if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
            write("memory", "memory.oom_control", "1");
        }
    }

    private void add(Spec.Cpu cpu) {
        write("cpu", "cpu.rt_period_us", cpu.realtimePeriod());
        write("cpu", "cpu.rt_runtime_us", cpu.realtimeRuntime());
        writeIdle(cpu, 0);
        write("cpu", "cpu.shares", cpu.shares());
        write("cpu", "cpu.cfs_period_us", cpu.period());
        write("cpu", "cpu.cfs_quota_us", cpu.quota());
        write("cpu", "cpu.cfs_burst_us", cpu.burst());
        writeIdle(cpu, 1);
        write("cpuset", "cpuset.cpus", cpu.cpus());
        write("cpuset", "cpuset.mems", cpu.mems());
    }

    /** The kernel takes no shares as long as a cgroup is idle: no longer is said before them, and from now on behind them. */
    private void writeIdle(Spec.Cpu cpu, long idle) {
        if (cpu.idle() != null && cpu.idle() == idle) {
            write("cpu", "cpu.idle", idle);
        }
    }

    private void add(Spec.BlockIo blocks) {
        for (var weight : blocks.weightDevice()) {
            if (weight.weight() != null && weight.weight() > 0) {
                write(
                        "blkio",
                        "blkio.bfq.weight_device",
                        weight.major() + ":" + weight.minor() + " " + weight.weight());
            }
        }
        if (blocks.weight() != null) {
            // Since Linux 5.0 nobody but BFQ weighs in version 1.
            write("blkio", "blkio.bfq.weight", Integer.toString(blocks.weight()));
        }
        throttle("read_bps_device", blocks.throttleReadBpsDevice());
        throttle("write_bps_device", blocks.throttleWriteBpsDevice());
        throttle("read_iops_device", blocks.throttleReadIOPSDevice());
        throttle("write_iops_device", blocks.throttleWriteIOPSDevice());
    }

    private void throttle(String kind, List<Spec.Throttle> throttles) {
        for (var throttle : throttles) {
            write("blkio", "blkio.throttle." + kind, throttle.major() + ":" + throttle.minor() + " " + throttle.rate());
        }
    }

    private void write(String controller, String file, Long value) {
        if (value != null) {
            write(controller, file, Long.toString(value));
        }
    }

    private void write(String controller, String file, String value) {
        if (value != null) {
            steps.add(new HostStep.WriteCgroup(folder(controller) + "/" + file, value));
        }
    }

    private String folder(String controller) {
        return hierarchy(controller).folder() + path;
    }

    private Hierarchy hierarchy(String controller) {
        return Hierarchy.of(hierarchies, controller);
    }
}
