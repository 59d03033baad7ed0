package koker.kernel;

/** A flag of umount2(2). */
public enum UnmountFlag implements Flag {
    MNT_FORCE(1),
    MNT_DETACH(2);

    private final long value;

    UnmountFlag(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
