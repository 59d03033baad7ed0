package koker.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/**
 * What is under a name, a symbolic link itself included (statx(2), inode(7)).
 *
 * @param type the type bits of its mode; 0 where there is nothing
 * @param seconds when it was last changed, and {@code nanos}
 */
record FileStatus(int type, long device, long inode, int major, int minor, long seconds, int nanos) {
    // The type bits of a mode, inode(7).
    static final int FIFO = 0010000;
    static final int CHARACTER_DEVICE = 0020000;
    static final int FOLDER = 0040000;
    static final int BLOCK_DEVICE = 0060000;

    private static final int TYPES = 0170000;
    private static final int SIZE = 256;
    static final FileStatus NOTHING = new FileStatus(0, 0, 0, 0, 0, 0, 0);

    static FileStatus of(Kernel kernel, int folder, EntryName name) {
        var room = new byte[SIZE];
        long found = kernel.call(FileCalls.status(folder, name.bytes(), room).tolerating(Errno.ENOENT));
        if (found < 0) {
            return NOTHING;
        }
        var fields = ByteBuffer.wrap(room).order(ByteOrder.LITTLE_ENDIAN);
        return new FileStatus(
                fields.getShort(0x1c) & TYPES,
                fields.getLong(0x88),
                fields.getLong(0x20),
                fields.getInt(0x80),
                fields.getInt(0x84),
                fields.getLong(0x70),
                fields.getInt(0x78));
    }

    boolean exists() {
        return type != 0;
    }

    boolean isFolder() {
        return type == FOLDER;
    }

    /** Whether OverlayFS takes it as a sign that there is nothing (kernel, filesystems/overlayfs.rst). */
    boolean isWhiteout() {
        return type == CHARACTER_DEVICE && major == 0 && minor == 0;
    }

    boolean isSameFile(FileStatus other) {
        return exists() && device == other.device && inode == other.inode;
    }
}
