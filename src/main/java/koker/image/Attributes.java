package koker.image;

import java.util.Map;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import koker.kernel.KernelException;

/**
 * What any entry has besides its content.
 *
 * @param mode permissions, without the type
 * @param seconds when it was last changed, and {@code nanos}
 * @param xattrs extended attributes, xattr(7)
 */
record Attributes(int uid, int gid, int mode, long seconds, int nanos, Map<String, byte[]> xattrs) {
    private static final String USER = "user.";
    private static final String OVERLAY_OF_USERS = "user.overlay.";

    /** Whether an extended attribute means something wherever the entry goes. Those of OverlayFS (trusted.overlay.*) do not. */
    static boolean isKept(String xattr) {
        return xattr.startsWith(USER) && !xattr.startsWith(OVERLAY_OF_USERS)
                || xattr.equals("security.capability")
                || xattr.startsWith("system.posix_acl_");
    }

    /** The same of another owner. */
    Attributes ownedBy(int otherUid, int otherGid) {
        return new Attributes(otherUid, otherGid, mode, seconds, nanos, xattrs);
    }

    /**
     * Gives them to what is open, but for its time, which whatever is written later would change. In this order: a change of owner drops
     * a file's capabilities, and its set-user-ID bit.
     */
    void give(Kernel kernel, int descriptor) {
        kernel.call(Calls.fchown(descriptor, uid, gid));
        xattrs.forEach(
                (key, value) -> set(kernel, key, FileCalls.setAttribute(descriptor, EntryName.bytes(key), value)));
        kernel.call(FileCalls.chmod(descriptor, mode));
    }

    /** Gives owner, time, and those extended attributes that are not for files and folders alone, to what is not opened. */
    void give(Kernel kernel, int folder, EntryName name) {
        kernel.call(FileCalls.chown(folder, name.bytes(), uid, gid));
        xattrs.forEach((key, value) -> {
            if (!key.startsWith(USER)) {
                set(kernel, key, FileCalls.setAttribute(folder, name.bytes(), EntryName.bytes(key), value));
            }
        });
        kernel.call(FileCalls.setTime(folder, name.bytes(), seconds, nanos));
    }

    private static void set(Kernel kernel, String key, Call call) {
        try {
            kernel.call(call);
        } catch (KernelException e) {
            // Not every filesystem has them, and no program relies on its own.
            if (!key.startsWith(USER)
                    || e.errno().filter(Errno.EOPNOTSUPP::equals).isEmpty()) {
                throw e;
            }
        }
    }
}
