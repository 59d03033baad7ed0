package koker.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.spec.Spec;

/**
 * What a user wants a container to be allowed at most; what is absent stays as it is, or without a limit.
 *
 * @param pids processes and threads; negative for no limit
 * @param hugepages in pages of a certain size
 */
public record Limits(
        MemoryLimits memory,
        ProcessorLimits cpu,
        Optional<Long> pids,
        BlockLimits blocks,
        List<Spec.HugepageLimit> hugepages) {
    /** No limit at all. */
    public static final Limits NONE =
            new Limits(MemoryLimits.NONE, ProcessorLimits.NONE, Optional.empty(), BlockLimits.NONE, List.of());

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

    /**
     * Memory in huge pages: {@code 2MB:64m}.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public static Spec.HugepageLimit hugepages(String text) {
        var colon = text.indexOf(':');
        var size = text.substring(0, Math.max(0, colon));
        if (size.length() < 3
                || !size.endsWith("B")
                || !"KMG".contains(size.substring(size.length() - 2, size.length() - 1))) {
            throw new IllegalArgumentException("'" + text + "' is not of the form PAGESIZE:SIZE, such as 2MB:64m");
        }
        return new Spec.HugepageLimit(size, Size.parse(text.substring(colon + 1), 1));
    }

    /** Whether nothing is asked for. */
    boolean isEmpty() {
        return memory.isEmpty() && cpu.isEmpty() && pids.isEmpty() && blocks.isEmpty() && hugepages.isEmpty();
    }

    /**
     * The limits as config.json has them, for a host with {@code cgroups}: those of {@code base}, but for what is asked for here.
     *
     * @throws IllegalArgumentException if that does not fit together
     */
    Spec.Resources over(Spec.Resources base, Cgroups cgroups) {
        var huge = new ArrayList<>(base.hugepageLimits());
        for (var limit : hugepages) {
            huge.removeIf(other -> other.pageSize().equals(limit.pageSize()));
            huge.add(limit);
        }
        return new Spec.Resources(
                memory.over(base.memory(), cgroups.limitsSwap()),
                cpu.over(base.cpu()),
                pids.map(Spec.Pids::new).orElse(base.pids()),
                blocks.over(base.blockIO()),
                huge,
                base.unified(),
                base.devices());
    }
}
