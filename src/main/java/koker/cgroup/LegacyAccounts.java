package koker.cgroup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * All that is counted for a cgroup of version 1.
 *
 * @param files those of the cgroup in the hierarchy of a controller
 */
record LegacyAccounts(Function<String, Counters> files) {
    /** cpuacct.stat counts in ticks of USER_HZ, 100 a second; all else is in nanoseconds. */
    private static final long TICK = 10_000_000;

    private static final List<String> CPUSET = List.of(
            "cpu_exclusive",
            "mem_hardwall",
            "mem_exclusive",
            "memory_migrate",
            "memory_spread_page",
            "memory_spread_slab",
            "memory_pressure",
            "sched_load_balance",
            "sched_relax_domain_level");

    Map<String, Object> all() {
        return new Account()
                .part("cpu", processors())
                .part("cpuset", places())
                .part("memory", memory())
                .part("pids", files.apply("pids").processes())
                .part("blkio", blocks())
                .part("hugetlb", hugePages())
                .entries();
    }

    private Map<String, Object> processors() {
        var times = files.apply("cpuacct");
        var system = new ArrayList<Long>();
        var user = new ArrayList<Long>();
        // cpu user system
        for (var line : times.words("cpuacct.usage_all")) {
            if (!line.getFirst().equals("cpu")) {
                user.add(Long.valueOf(line.get(1)));
                system.add(Long.valueOf(line.get(2)));
            }
        }
        var usage = new Account()
                .file("total", times, "cpuacct.usage")
                .part("percpu", times.numbers("cpuacct.usage_percpu"))
                .part("percpu_kernel", system)
                .part("percpu_user", user)
                .number("kernel", ticks(times, "system"))
                .number("user", ticks(times, "user"));
        var limits = files.apply("cpu");
        var throttling = new Account()
                .number("periods", limits.number("cpu.stat", "nr_periods"))
                .number("throttledPeriods", limits.number("cpu.stat", "nr_throttled"))
                .number("throttledTime", limits.number("cpu.stat", "throttled_time"));
        return new Account()
                .part("usage", usage.entries())
                .part("throttling", throttling.entries())
                .entries();
    }

    private static long ticks(Counters times, String kind) {
        var ticks = times.number("cpuacct.stat", kind);
        return ticks < 0 ? -1 : ticks * TICK;
    }

    private Map<String, Object> places() {
        var files = files().apply("cpuset");
        var all = new Account().part("cpus", files.list("cpuset.cpus")).part("mems", files.list("cpuset.mems"));
        CPUSET.forEach(name -> all.file(name, files, "cpuset." + name));
        return all.entries();
    }

    private Map<String, Object> memory() {
        var files = files().apply("memory");
        return new Account()
                .number("cache", files.number("memory.stat", "cache"))
                .part("usage", amount(files, "memory."))
                .part("swap", amount(files, "memory.memsw."))
                .part("kernel", amount(files, "memory.kmem."))
                .part("kernelTCP", amount(files, "memory.kmem.tcp."))
                .part("raw", files.table("memory.stat"))
                .entries();
    }

    private static Map<String, Object> amount(Counters files, String prefix) {
        return new Account()
                .file("limit", files, prefix + "limit_in_bytes")
                .file("usage", files, prefix + "usage_in_bytes")
                .file("max", files, prefix + "max_usage_in_bytes")
                .file("failcnt", files, prefix + "failcnt")
                .entries();
    }

    private Map<String, Object> blocks() {
        var files = files().apply("blkio");
        // The one counts what goes to disks that BFQ orders, the other what would be held back by a limit.
        var scheduler = files.words("blkio.bfq.io_serviced_recursive").size() > 1 ? "bfq" : "throttle";
        return new Account()
                .part("ioServiceBytesRecursive", devices(files, "blkio." + scheduler + ".io_service_bytes_recursive"))
                .part("ioServicedRecursive", devices(files, "blkio." + scheduler + ".io_serviced_recursive"))
                .entries();
    }

    private static List<Map<String, Object>> devices(Counters files, String file) {
        var all = new ArrayList<Map<String, Object>>();
        // 8:0 Read 4096; the sums have fewer words
        for (var line : files.words(file)) {
            if (line.size() == 3) {
                all.add(Counters.device(line.get(0), line.get(1), line.get(2)));
            }
        }
        return all;
    }

    private Map<String, Object> hugePages() {
        var files = files().apply("hugetlb");
        var all = new LinkedHashMap<String, Object>();
        for (var size : files.between("hugetlb.", ".usage_in_bytes")) {
            if (!size.contains(".")) { // else they are reservations
                all.put(size, amountOfPages(files, "hugetlb." + size + "."));
            }
        }
        return all;
    }

    private static Map<String, Object> amountOfPages(Counters files, String prefix) {
        return new Account()
                .file("usage", files, prefix + "usage_in_bytes")
                .file("max", files, prefix + "max_usage_in_bytes")
                .file("failcnt", files, prefix + "failcnt")
                .entries();
    }
}
