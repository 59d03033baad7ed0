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
    private static final long PERIOD = 100_000;

    private final DiskSchedulers schedulers;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> throttles = new LinkedHashMap<>();
    private final List<Map.Entry<String, String>> lines = new ArrayList<>();

    /** Limits on a host with {@code schedulers}. */
    UnifiedLimits(DiskSchedulers schedulers) {
        this.schedulers = schedulers;
    }

    /** A value for each file, in the order in which they are to be written. */
    Map<String, String> values() {
        return values;
    }

    /** A line of io.max for each device that is throttled: its numbers, and what is limited. */
    Map<String, String> throttles() {
        return throttles;
    }

    /** What is written to a file that takes one line for each device. */
    List<Map.Entry<String, String>> lines() {
        return lines;
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
            var limit = resources.pids().limit();
            values.put("pids.max", limit < 0 ? "max" : max(limit));
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
            lines.add(Map.entry("rdma.max", RdmaLimit.line(device.getKey(), device.getValue())));
        }
        for (var huge : resources.hugepageLimits()) {
            values.put("hugetlb." + huge.pageSize() + ".max", max(huge.limit()));
        }
        values.putAll(resources.unified());
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
            values.put("memory.max", max(memory.limit()));
        }
        if (memory.swap() != null) {
            // Here swap is counted by itself, in config.json together with memory.
            var swap = memory.swap() < 0 || memory.limit() == null ? -1 : memory.swap() - memory.limit();
            values.put("memory.swap.max", max(swap));
        }
        if (memory.reservation() != null) {
            values.put("memory.low", max(memory.reservation()));
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
            values.put("cpu.weight", Long.toString(weight(cpu.shares())));
        }
        var quota = cpu.quota();
        if (quota != null || cpu.period() != null) {
            var period = cpu.period() == null ? PERIOD : cpu.period();
            values.put("cpu.max", (quota == null ? "max" : max(quota)) + " " + period);
        }
        if (cpu.burst() != null) {
            values.put("cpu.max.burst", Long.toString(cpu.burst()));
        }
        setIdle(cpu, 1);
        if (cpu.cpus() != null) {
            values.put("cpuset.cpus", cpu.cpus());
        }
        if (cpu.mems() != null) {
            values.put("cpuset.mems", cpu.mems());
        }
    }

    /** The kernel takes no weight as long as a cgroup is idle: no longer is said before it, and from now on behind it. */
    private void setIdle(Spec.Cpu cpu, long idle) {
        if (cpu.idle() != null && cpu.idle() == idle) {
            values.put("cpu.idle", Long.toString(idle));
        }
    }

    private void add(Spec.BlockIo blocks) {
        for (var weight : blocks.weightDevice()) {
            if (weight.weight() != null) {
                lines.add(Map.entry(
                        schedulers.anyIs("bfq") ? "io.bfq.weight" : "io.weight",
                        weight.major() + ":" + weight.minor() + " "
                                + (schedulers.anyIs("bfq") ? weight.weight() : weightOfBlocks(weight.weight()))));
            }
        }
        if (blocks.weight() != null) {
            if (schedulers.anyIs("bfq")) {
                values.put("io.bfq.weight", Integer.toString(blocks.weight()));
            } else {
                values.put("io.weight", Long.toString(weightOfBlocks(blocks.weight())));
            }
        }
        throttle("rbps", blocks.throttleReadBpsDevice());
        throttle("wbps", blocks.throttleWriteBpsDevice());
        throttle("riops", blocks.throttleReadIOPSDevice());
        throttle("wiops", blocks.throttleWriteIOPSDevice());
    }

    /** 10 to 1000 as 1 to 10000. */
    private static long weightOfBlocks(int weight) {
        return 1 + (weight - 10) * 9999L / 990;
    }

    private void throttle(String kind, List<Spec.Throttle> rates) {
        for (var rate : rates) {
            throttles.merge(
                    rate.major() + ":" + rate.minor(), kind + "=" + rate.rate(), (one, other) -> one + " " + other);
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

    private static String max(long value) {
        return value < 0 ? "max" : Long.toString(value);
    }
}
