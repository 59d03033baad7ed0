package koker.engine;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.spec.Spec;

/**
 * What a container may use at most.
 *
 * @param memory bytes
 * @param swap bytes, beside memory; negative for no limit
 * @param cpus processors, in billionths
 * @param pids processes and threads; negative for no limit
 */
public record Limits(Optional<Long> memory, Optional<Long> swap, Optional<Long> cpus, Optional<Long> pids) {
    private static final long PERIOD = 100_000; // microseconds
    /** None but those that every container has; a node of any other may be made, but not opened. As in Docker. */
    private static final List<Spec.DeviceRule> DEVICES = List.of(
            new Spec.DeviceRule(false, "a", null, null, "rwm"),
            allow("c", null, null, "m"),
            allow("b", null, null, "m"),
            allow("c", 1L, 3L, "rwm"), // null
            allow("c", 1L, 5L, "rwm"), // zero
            allow("c", 1L, 7L, "rwm"), // full
            allow("c", 1L, 8L, "rwm"), // random
            allow("c", 1L, 9L, "rwm"), // urandom
            allow("c", 5L, 0L, "rwm"), // tty
            allow("c", 5L, 1L, "rwm"), // console
            allow("c", 5L, 2L, "rwm"), // ptmx
            allow("c", 136L, null, "rwm")); // pts

    private static final long LEAST_MEMORY = 6L << 20;

    public Limits {
        if (memory.isPresent() && memory.get() < LEAST_MEMORY) {
            throw new IllegalArgumentException("a memory limit below 6m leaves no room for a process");
        }
        if (swap.isPresent() && memory.isEmpty()) {
            throw new IllegalArgumentException("a limit on swap needs a limit on memory, too: add --mem");
        }
    }

    /**
     * Memory: {@code 10m}; a bare number is in MiB.
     *
     * @throws IllegalArgumentException if it is no size
     */
    public static long memory(String text) {
        return Size.parse(text, 1L << 20);
    }

    /**
     * Swap: as memory, or -1 for no limit.
     *
     * @throws IllegalArgumentException if it is no size
     */
    public static long swap(String text) {
        return text.equals("-1") ? -1 : memory(text);
    }

    /**
     * Processors: {@code 0.5} is half of one.
     *
     * @throws IllegalArgumentException if it is no number, or the host has fewer
     */
    public static long cpus(String text) {
        var available = Runtime.getRuntime().availableProcessors();
        try {
            var cpus = new BigDecimal(text.strip());
            if (cpus.compareTo(new BigDecimal("0.01")) < 0 || cpus.compareTo(BigDecimal.valueOf(available)) > 0) {
                throw new IllegalArgumentException(
                        "'" + text + "' is out of range; this host can give from 0.01 to " + available + " processors");
            }
            return cpus.movePointRight(9).longValue();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no number of processors, such as 2 or 0.5", e);
        }
    }

    /**
     * Processes: a number, or -1 for no limit.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static long pids(String text) {
        try {
            var pids = Long.parseLong(text.strip());
            if (pids == -1 || pids > 0 && pids <= 1 << 22) {
                return pids;
            }
        } catch (NumberFormatException e) {
            // falls through: the same words for every bad number
        }
        throw new IllegalArgumentException(
                "'" + text + "' is no number of processes from 1 to 4194304, or -1 for no limit");
    }

    /** The limits that {@code resources}, made by {@link #resources}, stand for. */
    static Limits of(Spec.Resources resources) {
        var memory = Optional.ofNullable(resources.memory()).map(Spec.Memory::limit);
        var both = Optional.ofNullable(resources.memory()).map(Spec.Memory::swap);
        return new Limits(
                memory,
                // What is by default depends on the limit on memory.
                both.filter(sum -> memory.isPresent() && sum != 2 * memory.get())
                        .map(sum -> sum < 0 ? -1 : sum - memory.get()),
                Optional.ofNullable(resources.cpu()).map(cpu -> cpu.quota() * (1_000_000_000 / PERIOD)),
                Optional.ofNullable(resources.pids()).map(Spec.Pids::limit));
    }

    /** The limits as config.json has them, for a host with {@code cgroups}. */
    Spec.Resources resources(Cgroups cgroups) {
        return new Spec.Resources(
                memory.map(limit -> new Spec.Memory(limit, memoryAndSwap(limit, cgroups)))
                        .orElse(null),
                cpus.map(nanos -> new Spec.Cpu(nanos / (1_000_000_000 / PERIOD), PERIOD))
                        .orElse(null),
                pids.map(Spec.Pids::new).orElse(null),
                cgroups.restrictsDevices() ? DEVICES : List.of());
    }

    /** As in Docker, a container may swap as much as it may use, unless its user says otherwise, or the host cannot tell. */
    private Long memoryAndSwap(long limit, Cgroups cgroups) {
        if (swap.isPresent()) {
            return swap.get() < 0 ? -1 : limit + swap.get();
        }
        return cgroups.limitsSwap() ? 2 * limit : null;
    }

    private static Spec.DeviceRule allow(String type, Long major, Long minor, String access) {
        return new Spec.DeviceRule(true, type, major, minor, access);
    }
}
