package koker.kernel;

/** A flag of openat(2). */
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
    O_DIRECTORY(0x10000, 0x4000),
    O_NOFOLLOW(0x20000, 0x8000),
    O_CLOEXEC(0x80000),
    O_PATH(0x200000),
    /** Holds O_DIRECTORY, so that kernels that do not know it refuse. */
    O_TMPFILE(0x410000, 0x404000);

    private final long value;

    OpenFlag(long value) {
        this.value = value;
    }

    OpenFlag(long x86, long arm) {
        this.value = switch (Architecture.current()) {
            case X86_64 -> x86;
            case AARCH64 -> arm;
        };
    }

    @Override
    public long value() {
        return value;
    }
}
