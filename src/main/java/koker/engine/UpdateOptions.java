package koker.engine;

import java.util.Optional;

/**
 * What the user wants to be different about a container that is there; what is absent stays.
 *
 * @param memory bytes
 * @param swap bytes, beside memory; negative for no limit
 * @param cpus processors, in billionths
 * @param pids processes and threads; negative for no limit
 */
public record UpdateOptions(
        Optional<RestartPolicy> restart,
        Optional<Long> memory,
        Optional<Long> swap,
        Optional<Long> cpus,
        Optional<Long> pids) {
    /** Whether nothing is to be different. */
    public boolean isEmpty() {
        return restart.isEmpty() && !isOfLimits();
    }

    boolean isOfLimits() {
        return memory.isPresent() || swap.isPresent() || cpus.isPresent() || pids.isPresent();
    }

    /** {@code limits}, but for what is to be different. */
    Limits of(Limits limits) {
        return new Limits(
                memory.or(limits::memory), swap.or(limits::swap), cpus.or(limits::cpus), pids.or(limits::pids));
    }
}
