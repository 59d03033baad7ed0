package koker.kernel;

/** A named constant of the kernel's interface that stands for one or more bits, or for one choice, in an argument. */
public sealed interface Flag
        permits MountFlag,
                CloneFlag,
                OpenFlag,
                UnmountFlag,
                MountAttribute,
                Capability,
                Signal,
                Resource,
                Scheduling,
                Constant,
                NetlinkConstant,
                NftablesConstant {
    /** The name as in the kernel's headers: {@code MS_NODEV}. */
    String name();

    /** The value that the kernel knows it by. */
    long value();

    /** The bits of all {@code flags} together. */
    static long bits(Iterable<? extends Flag> flags) {
        var bits = 0L;
        for (var flag : flags) {
            bits |= flag.value();
        }
        return bits;
    }
}
