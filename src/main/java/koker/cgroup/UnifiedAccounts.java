package koker.cgroup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All that is counted for a cgroup of version 2, where fewer files say more. */
record UnifiedAccounts(Counters files) {
    private static final long NANOS = 1000; // in a microsecond

    Map<String, Object> all() {
        return new Account()
                .part("cpu", processors())
                .part("cpuset", places())
                .part("memory", memory())
                .part("pids", files.processes())
                .part("blkio", blocks())
                .part("hugetlb", hugePages())
                .entries();
    }

    private Map<String, Object> processors() {
        var usage = new Account()
                .number("total", nanos("usage_usec"))
                .number("kernel", nanos("system_usec"))
                .number("user", nanos("user_usec"));
        var throttling = new Account()
                .number("periods", files.number("cpu.stat", "nr_periods"))
                .number("throttledPeriods", files.number("cpu.stat", "nr_throttled"))
                .number("throttledTime", nanos("throttled_usec"));
        return new Account()
                .part("usage", usage.entries())
                .part("throttling", throttling.entries())
                .entries();
    }

    private long nanos(String key) {
        var micros = files.number("cpu.stat", key);
        return micros < 0 ? -1 : micros * NANOS;
    }

    private Map<String, Object> places() {
        return new Account()
                .part("cpus", files.list("cpuset.cpus.effective"))
                .part("mems", files.list("cpuset.mems.effective"))
                .entries();
    }

    private Map<String, Object> memory() {
        var used = files.number("memory.current");
        var limit = files.number("memory.max");
        var usage = new Account()
                .number("limit", limit)
                .number("usage", used)
                .file("max", files, "memory.peak")
                .number("failcnt", files.number("memory.events", "max"));
        // Version 1 counts memory and swap together, and so does who reads this.
        var swap = new Account();
        if (files.has("memory.swap.max")) {
            var swapLimit = files.number("memory.swap.max");
            var unlimited = limit == Long.MAX_VALUE || swapLimit == Long.MAX_VALUE;
            swap.number("limit", unlimited ? Long.MAX_VALUE : limit + swapLimit)
                    .number("usage", used + files.number("memory.swap.current"))
                    .number("failcnt", files.number("memory.swap.events", "max"));
        }
        return new Account()
                .number("cache", files.number("memory.stat", "file"))
                .part("usage", usage.entries())
                .part("swap", swap.entries())
                .part("raw", files.table("memory.stat"))
                .entries();
    }

    private Map<String, Object> blocks() {
        return new Account()
                .part("ioServiceBytesRecursive", devices("rbytes", "wbytes", "dbytes"))
                .part("ioServicedRecursive", devices("rios", "wios", "dios"))
                .entries();
    }

    private List<Map<String, Object>> devices(String read, String written, String discarded) {
        var names = Map.of(read, "Read", written, "Write", discarded, "Discard");
        var all = new ArrayList<Map<String, Object>>();
        // 8:0 rbytes=4096 wbytes=0 …
        for (var line : files.words("io.stat")) {
            for (var word : line.subList(1, line.size())) {
                var parts = word.split("=", 2);
                if (names.containsKey(parts[0])) {
                    all.add(Counters.device(line.getFirst(), names.get(parts[0]), parts[1]));
                }
            }
        }
        return all;
    }

    private Map<String, Object> hugePages() {
        var all = new LinkedHashMap<String, Object>();
        for (var size : files.between("hugetlb.", ".current")) {
            if (!size.contains(".")) { // else they are reservations
                var prefix = "hugetlb." + size;
                all.put(
                        size,
                        new Account()
                                .file("usage", files, prefix + ".current")
                                .number("failcnt", files.number(prefix + ".events", "max"))
                                .entries());
            }
        }
        return all;
    }
}
