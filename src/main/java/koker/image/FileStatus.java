package koker.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/**
 * What is under a name, a symbolic link itself included (statx(2), inode(7)).
 *
 * @param fullMode its type and its permissions; 0 where there is nothing
 * @param links how many names it has
 * @param size in bytes
 * @param major of the device that it is a node of, and {@code minor}
 * @param seconds when it was last changed, and {@code nanos}
 * @param mounted whether it is what something else is mounted as, and not what the folder above has of that name
 */
record FileStatus(
        int fullMode,
        int links,
        int uid,
        int gid,
        long device,
        long inode,
        long size,
        int major,
        int minor,
        long seconds,
        int nanos,
        boolean mounted) {
    // The type bits of a mode, inode(7).
    static final int FIFO = 0010000;
    static final int CHARACTER_DEVICE = 0020000;
    static final int FOLDER = 0040000;
    static final int BLOCK_DEVICE = 0060000;
    static final int REGULAR = 0100000;
    static final int LINK = 0120000;

    private static final long MOUNT_ROOT = 0x2000; // STATX_ATTR_MOUNT_ROOT
    private static final int TYPES = 0170000;
    private static final int SIZE = 256;
    static final FileStatus NOTHING = new FileStatus(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);

    static FileStatus of(Kernel kernel, int folder, EntryName name) {
        var room = new byte[SIZE];
        long found = kernel.call(FileCalls.status(folder, name.bytes(), room).tolerating(Errno.ENOENT));
        return found < 0 ? NOTHING : of(room);
    }

    /** Of what is open, or held. */
    static FileStatus of(Kernel kernel, int descriptor) {
        var room = new byte[SIZE];
        kernel.call(FileCalls.status(descriptor, room));
        return of(room);
    }

    private static FileStatus of(byte[] statx) {
        var fields = ByteBuffer.wrap(statx).order(ByteOrder.LITTLE_ENDIAN);
        return new FileStatus(
                fields.getShort(0x1c) & 0xffff,
                fields.getInt(0x10),
                fields.getInt(0x14),
                fields.getInt(0x18),
                fields.getLong(0x88),
                fields.getLong(0x20),
                fields.getLong(0x28),
                fields.getInt(0x80),
                fields.getInt(0x84),
                fields.getLong(0x70),
                fields.getInt(0x78),
                (fields.getLong(0x08) & MOUNT_ROOT) != 0);
    }

    /** The type bits of its mode; 0 where there is nothing. */
    int type() {
        return fullMode & TYPES;
    }

    /** Its permissions. */
    int mode() {
        return fullMode & ~TYPES;
    }

    boolean exists() {
        return fullMode != 0;
    }

    boolean isFolder() {
        return type() == FOLDER;
    }

    /** Whether OverlayFS takes it as a sign that there is nothing (kernel, filesystems/overlayfs.rst). */
    boolean isWhiteout() {
        return type() == CHARACTER_DEVICE && major == 0 && minor == 0;
    }

    boolean isSameFile(FileStatus other) {
        return exists() && device == other.device && inode == other.inode;
    }
}
