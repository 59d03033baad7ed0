package koker.kernel;

/** A flag of openat(2). Those that koker passes have the same value on x86-64 and aarch64. */
public enum OpenFlag implements Flag {
    O_RDONLY(0),
    O_WRONLY(1),
    O_RDWR(2),
    O_CREAT(0x40),
    O_EXCL(0x80),
    O_NOCTTY(0x100),
    O_TRUNC(0x200),
    O_APPEND(0x400),
    O_NONBLOCK(0x800),
    O_CLOEXEC(0x80000),
    O_PATH(0x200000);

    private final long value;

    OpenFlag(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
