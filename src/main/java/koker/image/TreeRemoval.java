package koker.image;

import static koker.kernel.Constant.RESOLVE_NO_MAGICLINKS;
import static koker.kernel.Constant.RESOLVE_NO_SYMLINKS;
import static koker.kernel.Constant.RESOLVE_NO_XDEV;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import koker.kernel.Calls;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/**
 * Removes folders with all that is in them, however deep, and whatever the names. It follows no link and goes into no
 * mount. A folder that is not empty is first moved to the top, so that there are never more than two levels, and no path
 * is too long.
 */
public final class TreeRemoval {
    private static final Set<Constant> STAY = EnumSet.of(RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV);

    // struct linux_dirent64, getdents64(2)
    private static final int LENGTH_AT = 16;
    private static final int TYPE_AT = 18;
    private static final int NAME_AT = 19;
    private static final int FOLDER = 4;

    private static final int BUFFER = 32 << 10;
    private static final byte[] HERE = EntryName.bytes(".");
    private static final byte[] ABOVE = EntryName.bytes("..");

    private final Kernel kernel;
    private int moved;

    /** A removal by calls of {@code kernel}. */
    public TreeRemoval(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * Removes {@code path}, if it is there.
     *
     * @throws koker.kernel.KernelException if the kernel refuses
     */
    public void delete(Path path) {
        var absolute = path.toAbsolutePath();
        long parent =
                kernel.call(FileCalls.open(absolute.getParent().toString()).tolerating(Errno.ENOENT));
        if (parent < 0) {
            return;
        }
        try {
            delete((int) parent, absolute.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        } finally {
            kernel.call(Calls.close((int) parent));
        }
    }

    /** Removes what has that name in the open folder {@code parent}, if there is anything. */
    void delete(int parent, byte[] name) {
        if (!unlink(parent, name)) {
            int top = open(parent, name);
            try {
                // What is moved here while the folder is read may be in the list or not.
                while (visit(top, (child, isFolder) -> deleteChild(top, child, isFolder))) {}
            } finally {
                kernel.call(Calls.close(top));
            }
            kernel.call(FileCalls.rmdir(parent, name));
        }
    }

    private void deleteChild(int top, byte[] name, boolean isFolder) {
        if (!isFolder && unlink(top, name)) {
            return;
        }
        int folder = open(top, name);
        try {
            visit(folder, (child, childIsFolder) -> {
                if (childIsFolder || !unlink(folder, child)) {
                    moveUp(top, folder, child);
                }
            });
        } finally {
            kernel.call(Calls.close(folder));
        }
        kernel.call(FileCalls.rmdir(top, name).tolerating(Errno.ENOTEMPTY));
    }

    private void moveUp(int top, int folder, byte[] name) {
        if (kernel.call(FileCalls.rmdir(folder, name).tolerating(Errno.ENOTEMPTY)) >= 0) {
            return;
        }
        long done;
        do {
            var free = EntryName.bytes(".removed-" + ++moved);
            done = kernel.call(
                    FileCalls.rename(folder, name, top, free).tolerating(Errno.ENOTEMPTY, Errno.EEXIST, Errno.ENOTDIR));
        } while (done < 0);
    }

    /** Removes what is no folder; false if it is one. */
    private boolean unlink(int folder, byte[] name) {
        long done = kernel.call(FileCalls.unlink(folder, name).tolerating(Errno.EISDIR, Errno.ENOENT));
        return done != -Errno.EISDIR.number();
    }

    private int open(int folder, byte[] name) {
        return (int) kernel.call(FileCalls.open(folder, name, STAY));
    }

    /** Shows {@code visitor} what is in the folder; false if there is nothing. */
    private boolean visit(int folder, Visitor visitor) {
        var bytes = new byte[BUFFER];
        var entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var found = false;
        kernel.call(FileCalls.seek(folder, 0));
        for (int end; (end = (int) kernel.transfer(FileCalls.list(folder, bytes))) > 0; ) {
            for (int at = 0; at < end; at += entries.getShort(at + LENGTH_AT)) {
                int nameEnd = at + NAME_AT;
                while (bytes[nameEnd] != 0) {
                    nameEnd++;
                }
                var name = Arrays.copyOfRange(bytes, at + NAME_AT, nameEnd);
                if (!Arrays.equals(name, HERE) && !Arrays.equals(name, ABOVE)) {
                    found = true;
                    visitor.visit(name, bytes[at + TYPE_AT] == FOLDER);
                }
            }
        }
        return found;
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(byte[] name, boolean isFolder);
    }
}
