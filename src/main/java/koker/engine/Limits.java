package koker.engine;

import java.math.BigDecimal;
import java.util.Optional;
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

    /** The limits as config.json has them. */
    Spec.Resources resources() {
        return new Spec.Resources(
                memory.map(limit -> new Spec.Memory(
                                limit,
                                swap.map(more -> more < 0 ? -1 : limit + more).orElse(2 * limit)))
                        .orElse(null),
                cpus.map(nanos -> new Spec.Cpu(nanos / (1_000_000_000 / PERIOD), PERIOD))
                        .orElse(null),
                pids.map(Spec.Pids::new).orElse(null));
    }
}
