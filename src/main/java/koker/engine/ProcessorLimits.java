package koker.engine;

import java.util.Optional;
import koker.spec.Spec;

/**
 * How much of which processors a container may use.
 *
 * @param cpus processors, in billionths
 * @param shares its part when processors are short, beside others' 1024
 * @param quota microseconds in each period; negative for no limit
 * @param period microseconds
 * @param set which processors, as "0-2,4"
 * @param memories which memory nodes
 */
public record ProcessorLimits(
        Optional<Long> cpus,
        Optional<Long> shares,
        Optional<Long> quota,
        Optional<Long> period,
        Optional<String> set,
        Optional<String> memories) {
    static final ProcessorLimits NONE = new ProcessorLimits(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final long BILLION = 1_000_000_000;
    private static final long PERIOD = 100_000; // microseconds
    private static final long LEAST_QUOTA = 1_000; // the kernel's

    public ProcessorLimits {
        if (cpus.isPresent() && (quota.isPresent() || period.isPresent())) {
            throw new IllegalArgumentException("--cpus stands for --cpu-quota and --cpu-period, and excludes them");
        }
    }

    /**
     * Processors: {@code 0.5} is half of one.
     *
     * @throws IllegalArgumentException if it is no number, or the host has fewer
     */
    public static long cpus(String text) {
        var available = Runtime.getRuntime().availableProcessors();
        try {
            var number = text.strip();
            var cpus = Numbers.times(number.startsWith(".") ? "0" + number : number, BILLION);
            if (cpus < BILLION / 100 || cpus > available * BILLION) {
                throw new IllegalArgumentException(
                        "'" + text + "' is out of range; this host can give from 0.01 to " + available + " processors");
            }
            return cpus;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no number of processors, such as 2 or 0.5", e);
        }
    }

    /**
     * Shares, as the kernel takes them.
     *
     * @throws IllegalArgumentException if it is no number of these
     */
    public static long shares(String text) {
        return Numbers.between(text, 2, 262_144);
    }

    /**
     * Microseconds in each period, or -1 for no limit.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static long quota(String text) {
        return text.equals("-1") ? -1 : Numbers.between(text, LEAST_QUOTA, Long.MAX_VALUE / LEAST_QUOTA);
    }

    /**
     * The length of a period in microseconds.
     *
     * @throws IllegalArgumentException if the kernel knows none of that length
     */
    public static long period(String text) {
        return Numbers.between(text, LEAST_QUOTA, 1_000_000);
    }

    /**
     * A set of numbers: {@code 0-2,4}.
     *
     * @throws IllegalArgumentException if it has another form
     */
    public static String set(String text) {
        for (var range : text.split(",", -1)) {
            var dash = range.indexOf('-');
            if (!Numbers.areDigits(range.substring(dash + 1))
                    || dash >= 0 && !Numbers.areDigits(range.substring(0, dash))) {
                throw new IllegalArgumentException("'" + text + "' is no set of numbers, such as 0-2,4");
            }
        }
        return text;
    }

    /** Whether nothing is asked for. */
    boolean isEmpty() {
        // Not equals, for which Java first makes a method of each component's: that takes longer than all limits
        // together.
        return cpus.isEmpty()
                && shares.isEmpty()
                && quota.isEmpty()
                && period.isEmpty()
                && set.isEmpty()
                && memories.isEmpty();
    }

    /** As config.json has it: {@code base}, which may be null, but for what is asked for here. */
    Spec.Cpu over(Spec.Cpu base) {
        if (isEmpty()) {
            return base;
        }
        var old = base == null ? new Spec.Cpu(null, null, null, null, null) : base;
        return new Spec.Cpu(
                shares.orElse(old.shares()),
                cpus.map(nanos -> nanos / (BILLION / PERIOD)).or(() -> quota).orElse(old.quota()),
                cpus.map(_ -> PERIOD).or(() -> period).orElse(old.period()),
                set.orElse(old.cpus()),
                memories.orElse(old.mems()));
    }
}
