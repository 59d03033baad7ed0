package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.OpenFlag;

/**
 * Says that somebody looks after a container: a locked file in a folder. The kernel lets go of the lock when the last process that has
 * the file open ends, however it ends; a file that nobody holds names a container that was left in the lurch.
 */
final class Attendance implements AutoCloseable {
    private final Kernel kernel;
    private final Path file;
    private final int descriptor;

    private Attendance(Kernel kernel, Path file, int descriptor) {
        this.kernel = kernel;
        this.file = file;
        this.descriptor = descriptor;
    }

    /** Looks after the container {@code id} from now on, unless somebody does. */
    static Optional<Attendance> begin(Kernel kernel, Path folder, String id) {
        var file = folder.resolve(id);
        var create = Calls.create(file.toString(), 0600, OpenFlag.O_EXCL, OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC)
                .tolerating(Errno.EEXIST);
        while (true) {
            var descriptor = (int) kernel.call(create);
            if (descriptor < 0) {
                return takeOver(kernel, folder, id);
            }
            kernel.call(Calls.lock(descriptor));
            if (isStill(file, descriptor)) {
                return Optional.of(new Attendance(kernel, file, descriptor));
            }
            // Before it was locked somebody took it for one that was left, and removed it.
            kernel.call(Calls.close(descriptor));
        }
    }

    /**
     * The containers that nobody looks after, though somebody did; maybe more, which {@link #takeOver} then finds to be held, and another one may
     * just be taking them over.
     */
    static List<String> abandoned(Path folder) throws IOException {
        var ids = folder.toFile().list();
        if (ids == null || ids.length == 0) {
            return List.of();
        }
        var locked = locked(folder);
        var abandoned = new ArrayList<String>();
        for (var id : ids) {
            if (!locked.contains(inode(folder.resolve(id)))) {
                abandoned.add(id);
            }
        }
        return abandoned;
    }

    /** Takes over the container {@code id}, unless somebody looks after it. */
    static Optional<Attendance> takeOver(Kernel kernel, Path folder, String id) {
        var file = folder.resolve(id);
        var open = Calls.openat(file.toString(), OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC);
        var descriptor = (int) kernel.call(open.tolerating(Errno.ENOENT));
        if (descriptor < 0) {
            return Optional.empty(); // it has just ended
        }
        if (kernel.call(Calls.tryLock(descriptor).tolerating(Errno.EAGAIN)) < 0 || !isStill(file, descriptor)) {
            kernel.call(Calls.close(descriptor));
            return Optional.empty();
        }
        return Optional.of(new Attendance(kernel, file, descriptor));
    }

    /**
     * Whether somebody looks after the container {@code id}. Not as /proc/locks has it: where koker is in a PID namespace, that leaves out each
     * lock whose taker has ended, though the supervisor holds it.
     */
    static boolean isHeld(Kernel kernel, Path folder, String id) {
        var open = Calls.openat(folder.resolve(id).toString(), OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC);
        var descriptor = (int) kernel.call(open.tolerating(Errno.ENOENT));
        if (descriptor < 0) {
            return false;
        }
        var held = kernel.call(Calls.tryToShareLock(descriptor).tolerating(Errno.EAGAIN)) < 0;
        kernel.call(Calls.close(descriptor));
        return held;
    }

    /** Goes on with what the process that became this one began: the locked file is open as {@code descriptor}. */
    static Attendance inherit(Kernel kernel, Path folder, String id, int descriptor) {
        return new Attendance(kernel, folder.resolve(id), descriptor);
    }

    /** The locked file. */
    Path file() {
        return file;
    }

    /** By which the locked file is open. */
    int descriptor() {
        return descriptor;
    }

    /** Leaves it to another process, which has the locked file open, too. */
    void leave() {
        kernel.call(Calls.close(descriptor));
    }

    /** The container needs nobody any more. */
    @Override
    public void close() {
        kernel.call(Calls.unlink(file.toString()).tolerating(Errno.ENOENT));
        kernel.call(Calls.close(descriptor));
    }

    private static boolean isStill(Path file, int descriptor) {
        try {
            return Files.isSameFile(file, Path.of("/proc/self/fd/" + descriptor));
        } catch (IOException e) {
            return false;
        }
    }

    /** The inodes of the locked files that are on the same file system as {@code folder}, as /proc/locks has them. */
    private static Set<Long> locked(Path folder) throws IOException {
        var device = (long) Files.getAttribute(folder, "unix:dev");
        // As the C library puts the two parts together, makedev(3); here they stand before the inode: "00:1b:4711".
        var prefix = " " + hex(device >> 8 & 0xfff) + ":" + hex(device & 0xff | device >> 12 & 0xfff00) + ":";
        var locks = Files.readString(Path.of("/proc/locks"));
        var inodes = new HashSet<Long>();
        for (var at = locks.indexOf(prefix); at >= 0; at = locks.indexOf(prefix, at + 1)) {
            var inode = at + prefix.length();
            inodes.add(Long.parseLong(locks, inode, locks.indexOf(' ', inode), 10));
        }
        return inodes;
    }

    private static String hex(long number) {
        return (number < 0x10 ? "0" : "") + Long.toHexString(number);
    }

    private static long inode(Path file) {
        try {
            var key = Files.readAttributes(file, BasicFileAttributes.class)
                    .fileKey()
                    .toString(); // (dev=fe00,ino=4711)
            return Long.parseLong(key, key.indexOf("ino=") + "ino=".length(), key.length() - 1, 10);
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }
}
