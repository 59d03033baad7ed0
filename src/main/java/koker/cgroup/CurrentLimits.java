package koker.cgroup;

import koker.spec.Spec;

/**
 * Limits of a cgroup as they are now, of those that are written together with others. Negative is unknown, or none.
 *
 * @param memory bytes; {@link Long#MAX_VALUE} for no limit
 * @param swap bytes, without memory; {@link Long#MAX_VALUE} for no limit
 * @param quota microseconds in each {@code period}
 * @param idle whether it only runs when nobody else wants to
 */
record CurrentLimits(long memory, long swap, long quota, long period, boolean idle) {
    private static final Long SHARES = 1024L; // what the kernel gives a cgroup that is no longer idle

    /** {@code resources}, and what they do not say of those that belong to what they do say: as it is, so that it stays so. */
    Spec.Resources complete(Spec.Resources resources) {
        return resources.with(
                resources.memory() == null ? null : complete(resources.memory()),
                resources.cpu() == null ? null : complete(resources.cpu()));
    }

    private Spec.Memory complete(Spec.Memory asked) {
        if (memory < 0 || memory == Long.MAX_VALUE) {
            return asked; // nothing follows from it
        }
        if (asked.limit() == null && asked.swap() != null && asked.swap() > 0) {
            return asked.with(memory, asked.swap());
        }
        var limited = asked.limit() != null && asked.limit() > 0;
        return limited && asked.swap() == null && swap >= 0 && swap < Long.MAX_VALUE
                ? asked.with(asked.limit(), memory + swap)
                : asked;
    }

    private Spec.Cpu complete(Spec.Cpu asked) {
        var shares =
                asked.shares() == null && idle && asked.idle() != null && asked.idle() == 0 ? SHARES : asked.shares();
        if (period < 0 || asked.quota() == null && asked.period() == null) {
            return asked.with(shares, asked.quota(), asked.period());
        }
        return asked.with(
                shares,
                asked.quota() == null ? Long.valueOf(quota) : asked.quota(),
                asked.period() == null ? Long.valueOf(period) : asked.period());
    }
}
