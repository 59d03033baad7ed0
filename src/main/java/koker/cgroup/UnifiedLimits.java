package koker.cgroup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import koker.spec.Spec;

/**
 * Limits as files of cgroup version 2, and what is written to them (the kernel's admin-guide/cgroup-v2). config.json counts as version 1 does;
 * the conversions are those of crun(1).
 */
final class UnifiedLimits {
    private final DiskSchedulers schedulers;
    private final List<Write> writes = new ArrayList<>();

    /**
     * What is written to a file of the cgroup.
     *
     * @param optional whether the kernel may have no such file, being built or started without what it is about
     */
    record Write(String file, String value, boolean optional) {
        /** The name before the first dot: that of the controller whose file it is, or cgroup or irq. */
        String part() {
            return file.substring(0, file.indexOf('.'));
        }
    }

    /** Limits on a host with {@code schedulers}. */
    UnifiedLimits(DiskSchedulers schedulers) {
        this.schedulers = schedulers;
    }

    /** All that is to be written, in this order. */
    List<Write> writes() {
        return writes;
    }

    /**
     * Sets all but the devices.
     *
     * @throws CgroupException if version 2 cannot limit that
     */
    void add(Spec.Resources resources) {
        if (resources.memory() != null) {
            add(resources.memory());
        }
        if (resources.cpu() != null) {
            add(resources.cpu());
        }
        if (resources.pids() != null && resources.pids().limit() != null) {
            write("pids.max", max(resources.pids().limit()));
        }
        if (resources.blockIO() != null) {
            add(resources.blockIO());
        }
        if (resources.network() != null) {
            throw new CgroupException(
                    "linux.resources.network is not supported on this host: cgroups of version 2 have no"
                            + " classes and priorities of packets");
        }
        for (var device : resources.rdma().entrySet()) {
            write("rdma.max", RdmaLimit.line(device.getKey(), device.getValue()));
        }
        for (var huge : resources.hugepageLimits()) {
            write("hugetlb." + huge.pageSize() + ".max", max(huge.limit()));
            write("hugetlb." + huge.pageSize() + ".rsvd.max", max(huge.limit()));
        }
        for (var file : resources.unified().entrySet()) {
            for (var line : file.getValue().split("\n")) { // the kernel takes one at a time
                write(file.getKey(), line);
            }
        }
    }

    private void add(Spec.Memory memory) {
        if (memory.swappiness() != null) {
            throw new CgroupException("this host has cgroups of version 2, which know no swappiness of their own;"
                    + " leave --memory-swappiness out");
        }
        if (memory.kernel() != null && memory.kernel() > 0 || memory.kernelTCP() != null && memory.kernelTCP() > 0) {
            throw new CgroupException(
                    "memory.kernel and memory.kernelTCP are not supported on this host: cgroups of version 2"
                            + " count the kernel's memory with the rest");
        }
        if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
            throw new CgroupException(
                    "memory.disableOOMKiller is not supported on this host: cgroups of version 2 do not know it");
        }
        if (memory.limit() != null) {
            write("memory.max", max(memory.limit()));
        }
        var swap = swap(memory);
        if (swap != null) {
            // Where swap is not counted there is none to forbid.
            writes.add(new Write("memory.swap.max", max(swap), swap <= 0));
        }
        if (memory.reservation() != null) {
            write("memory.low", max(memory.reservation()));
        }
    }

    /**
     * The limit on swap, here by itself, in config.json together with memory; -1 for none, null if nothing is said.
     *
     * @throws CgroupException if one does not follow from the other
     */
    static Long swap(Spec.Memory memory) {
        var limit = memory.limit();
        var both = memory.swap();
        if (both == null) {
            return limit != null && limit < 0 ? -1L : null; // in version 1 nothing else would do
        }
        if (both < 0 || limit != null && limit < 0) {
            return both;
        }
        if (limit == null) {
            throw new CgroupException(
                    "unable to set swap limit without memory limit: memory.swap is about both together,"
                            + " and cgroups of version 2 limit swap by itself; name memory.limit, too");
        }
        if (both < limit) {
            throw new CgroupException("memory+swap limit should be >= memory limit, but is " + both + " where that is "
                    + limit + "; name memory.swap, too");
        }
        return both - limit;
    }

    /**
     * Makes sure that a new limit is no less than what is {@code used}, if {@code memory} wants that checked.
     *
     * @throws CgroupException if it is
     */
    static void checkUse(Spec.Memory memory, long used) {
        var limit = memory.limit();
        if (Boolean.TRUE.equals(memory.checkBeforeUpdate()) && limit != null && limit > 0 && used > limit) {
            throw new CgroupException("the limit on memory, " + limit + " bytes, is less than the " + used
                    + " that the container uses already");
        }
    }

    private void add(Spec.Cpu cpu) {
        if (cpu.realtimeRuntime() != null || cpu.realtimePeriod() != null) {
            throw new CgroupException(
                    "cpu.realtimeRuntime and cpu.realtimePeriod are not supported on this host: cgroups of"
                            + " version 2 do not know them");
        }
        setIdle(cpu, 0);
        if (cpu.shares() != null) {
            write("cpu.weight", Long.toString(weight(cpu.shares())));
        }
        if (cpu.period() != null) {
            write("cpu.max", (cpu.quota() == null ? "max" : max(cpu.quota())) + " " + cpu.period());
        } else if (cpu.quota() != null) {
            write("cpu.max", max(cpu.quota())); // the period stays
        }
        if (cpu.burst() != null) {
            write("cpu.max.burst", Long.toString(cpu.burst()));
        }
        setIdle(cpu, 1);
        if (cpu.cpus() != null) {
            write("cpuset.cpus", cpu.cpus());
        }
        if (cpu.mems() != null) {
            write("cpuset.mems", cpu.mems());
        }
    }

    /** The kernel takes no weight as long as a cgroup is idle: no longer is said before it, and from now on behind it. */
    private void setIdle(Spec.Cpu cpu, long idle) {
        if (cpu.idle() != null && cpu.idle() == idle) {
            write("cpu.idle", Long.toString(idle));
        }
    }

    private void add(Spec.BlockIo blocks) {
        for (var weight : blocks.weightDevice()) {
            if (weight.weight() != null && weight.weight() > 0) {
                weigh(weight.major() + ":" + weight.minor() + " ", weight.weight());
            }
        }
        if (blocks.weight() != null) {
            weigh("", blocks.weight());
        }
        var throttles = new LinkedHashMap<String, String>();
        throttle(throttles, "rbps", blocks.throttleReadBpsDevice());
        throttle(throttles, "wbps", blocks.throttleWriteBpsDevice());
        throttle(throttles, "riops", blocks.throttleReadIOPSDevice());
        throttle(throttles, "wiops", blocks.throttleWriteIOPSDevice());
        for (var throttle : throttles.entrySet()) {
            write("io.max", throttle.getKey() + throttle.getValue());
        }
    }

    /** 10 to 1000, or as 1 to 10000 where no disk has the scheduler that takes it so. */
    private void weigh(String device, int weight) {
        if (schedulers.anyIs("bfq")) {
            write("io.bfq.weight", device + weight);
        } else {
            write("io.weight", device + (1 + (weight - 10) * 9999L / 990));
        }
    }

    /** A line of io.max is about all that is limited of a device. */
    private static void throttle(Map<String, String> lines, String kind, List<Spec.Throttle> rates) {
        for (var rate : rates) {
            lines.merge(rate.major() + ":" + rate.minor(), " " + kind + "=" + rate.rate(), String::concat);
        }
    }

    /** Shares from 2 to 262144 as a weight from 1 to 10000, so that 1024 become 100: both are what a cgroup has by itself. */
    static long weight(long shares) {
        if (shares <= 2) {
            return 1;
        }
        if (shares >= 262_144) {
            return 10_000;
        }
        var log = Math.log(shares) / Math.log(2);
        return (long) Math.ceil(Math.pow(10, (log * log + 125 * log) / 612 - 7.0 / 34));
    }

    private void write(String file, String value) {
        writes.add(new Write(file, value, false));
    }

    private static String max(long value) {
        return value < 0 ? "max" : Long.toString(value);
    }
}
