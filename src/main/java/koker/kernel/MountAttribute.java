package koker.kernel;

/** An attribute of a mount, as mount_setattr(2) takes it. */
public enum MountAttribute implements Flag {
    MOUNT_ATTR_RDONLY(0x1),
    MOUNT_ATTR_NOSUID(0x2),
    MOUNT_ATTR_NODEV(0x4),
    MOUNT_ATTR_NOEXEC(0x8),
    MOUNT_ATTR_RELATIME(0),
    MOUNT_ATTR_NOATIME(0x10),
    MOUNT_ATTR_STRICTATIME(0x20),
    /** All bits of the three before, one of which holds. */
    MOUNT_ATTR__ATIME(0x70),
    MOUNT_ATTR_NODIRATIME(0x80),
    MOUNT_ATTR_IDMAP(0x100000),
    MOUNT_ATTR_NOSYMFOLLOW(0x200000);

    private final long value;

    MountAttribute(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
