package koker.engine;

import java.util.Optional;
import koker.spec.Spec;

/**
 * How much memory a container may use.
 *
 * @param limit bytes
 * @param reservation bytes that it keeps when memory is short
 * @param swap bytes, beside memory; negative for no limit
 * @param both bytes of memory and swap together, as Docker counts them; negative for no limit
 * @param swappiness how readily its memory is swapped out, 0 to 100
 */
public record MemoryLimits(
        Optional<Long> limit,
        Optional<Long> reservation,
        Optional<Long> swap,
        Optional<Long> both,
        Optional<Long> swappiness) {
    static final MemoryLimits NONE =
            new MemoryLimits(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final long LEAST = 6L << 20;

    public MemoryLimits {
        if (limit.isPresent() && limit.get() < LEAST) {
            throw new IllegalArgumentException("a memory limit below 6m leaves no room for a process");
        }
        if (swap.isPresent() && both.isPresent()) {
            throw new IllegalArgumentException(
                    "--swap and --memory-swap exclude each other: the one counts swap alone, the other"
                            + " memory and swap together");
        }
    }

    /**
     * Memory: {@code 10m}; a bare number is in MiB.
     *
     * @throws IllegalArgumentException if it is no size
     */
    public static long size(String text) {
        return Size.parse(text, 1L << 20);
    }

    /**
     * Swap: as memory, or -1 for no limit.
     *
     * @throws IllegalArgumentException if it is no size
     */
    public static long swap(String text) {
        return text.equals("-1") ? -1 : size(text);
    }

    /**
     * A number from 0 to 100.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static long swappiness(String text) {
        return Numbers.between(text, 0, 100);
    }

    /** Whether nothing is asked for. */
    boolean isEmpty() {
        // Not equals, for which Java first makes a method of each component's: that takes longer than all limits
        // together.
        return limit.isEmpty() && reservation.isEmpty() && swap.isEmpty() && both.isEmpty() && swappiness.isEmpty();
    }

    /**
     * Refuses what does not fit together, for a container that has no limits yet.
     *
     * @throws IllegalArgumentException if it does not
     */
    void requireConsistent() {
        over(null, false);
    }

    /** As config.json has it: {@code base}, which may be null, but for what is asked for here. */
    Spec.Memory over(Spec.Memory base, boolean swapIsLimited) {
        if (isEmpty()) {
            return base;
        }
        var old = base == null ? new Spec.Memory(null, null, null, null) : base;
        var most = limit.orElse(old.limit());
        var least = reservation.orElse(old.reservation());
        if (most == null && (swap.isPresent() || both.isPresent())) {
            throw new IllegalArgumentException("a limit on swap needs a limit on memory, too: add --mem");
        }
        if (most != null && least != null && most >= 0 && least > most) {
            throw new IllegalArgumentException("--memory-reservation is more than the limit on memory");
        }
        return new Spec.Memory(
                most, least, memoryAndSwap(most, old, swapIsLimited), swappiness.orElse(old.swappiness()));
    }

    /** As in Docker, a container may swap as much as it may use, unless its user says otherwise, or the host cannot tell. */
    private Long memoryAndSwap(Long most, Spec.Memory old, boolean swapIsLimited) {
        if (swap.isPresent()) {
            return swap.get() < 0 ? -1 : most + swap.get();
        }
        if (both.isPresent()) {
            if (both.get() >= 0 && both.get() < most) {
                throw new IllegalArgumentException("--memory-swap is less than the limit on memory, which it includes");
            }
            return both.get();
        }
        if (limit.isEmpty()) {
            return old.swap();
        }
        if (old.limit() != null && old.swap() != null && old.swap() != 2 * old.limit()) {
            return old.swap() < 0 ? -1 : old.swap() - old.limit() + most;
        }
        return swapIsLimited ? 2 * most : null;
    }
}
