package koker.image;

import java.nio.file.Path;

/**
 * What unpacking asks of the kernel where java.nio has no word for it. The {@link LayerStore} is given what carries
 * these out; it fails as the system call failed, and follows no symbolic link in the last part of a path.
 */
public sealed interface FileCall {
    /** The type bits of a mode (inode(7)). */
    int FIFO = 0010000;

    /** The type bits of a character device. */
    int CHARACTER_DEVICE = 0020000;

    /** The type bits of a block device. */
    int BLOCK_DEVICE = 0060000;

    /** Make a device node or a FIFO: mknod(2). The character device 0:0 is an OverlayFS whiteout. */
    record MakeNode(Path path, int mode, int major, int minor) implements FileCall {
        /** The device number as the kernel takes it (linux/kdev_t.h, new_encode_dev). */
        public int device() {
            return minor & 0xff | major << 8 | (minor & ~0xff) << 12;
        }
    }

    /** Make a symbolic link to exactly this text, which java.nio would tidy: symlink(2). */
    record MakeLink(String target, Path path) implements FileCall {}

    /** Set an extended attribute: lsetxattr(2). */
    record SetXattr(Path path, String name, byte[] value) implements FileCall {}

    /** Set the modification time, and leave the access time: utimensat(2) with UTIME_OMIT, AT_SYMLINK_NOFOLLOW. */
    record SetTime(Path path, long seconds, int nanos) implements FileCall {}
}
