package koker.image;

import static koker.kernel.Constant.RESOLVE_NO_MAGICLINKS;
import static koker.kernel.Constant.RESOLVE_NO_SYMLINKS;
import static koker.kernel.Constant.RESOLVE_NO_XDEV;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

    /**
     * Removes what is in the folder {@code path}, if that is there.
     *
     * @throws koker.kernel.KernelException if the kernel refuses
     */
    public void empty(Path path) {
        long folder =
                kernel.call(FileCalls.open(path.toAbsolutePath().toString()).tolerating(Errno.ENOENT));
        if (folder >= 0) {
            empty((int) folder);
        }
    }

    /** Removes what has that name in the open folder {@code parent}, if there is anything. */
    void delete(int parent, byte[] name) {
        if (!unlink(parent, name)) {
            empty(open(parent, name));
            kernel.call(FileCalls.rmdir(parent, name));
        }
    }

    private void empty(int top) {
        try {
            // What is moved here while the folder is read may be in the list or not.
            while (Listing.visit(kernel, top, (child, isFolder) -> deleteChild(top, child, isFolder))) {}
        } finally {
            kernel.call(Calls.close(top));
        }
    }

    private void deleteChild(int top, byte[] name, boolean isFolder) {
        if (!isFolder && unlink(top, name)) {
            return;
        }
        int folder = open(top, name);
        try {
            Listing.visit(kernel, folder, (child, childIsFolder) -> {
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
}
