package koker.image;

import static koker.kernel.Constant.RESOLVE_IN_ROOT;
import static koker.kernel.Constant.RESOLVE_NO_MAGICLINKS;
import static koker.kernel.Constant.RESOLVE_NO_SYMLINKS;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.Kernel;

/**
 * An open folder that is the root of all paths in it, as for a process that is confined to it: links lead where they lead for that
 * process, and never out (openat2(2), RESOLVE_IN_ROOT).
 *
 * @param descriptor the open folder
 * @param apart the device numbers of file systems in it that are not gone into, such as that of /proc
 */
public record TreeRoot(Kernel kernel, int descriptor, Set<Long> apart) {
    static final Set<Constant> PLAIN = EnumSet.of(RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS);
    static final Set<Constant> LINKED = EnumSet.of(RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS);

    private static final int ATTEMPTS = 1000;

    /** Makes a call that looks a path up; the kernel asks to try again if something was renamed, anywhere, while it followed "..". */
    static long look(Kernel kernel, Call call) {
        long found;
        int attempt = 0;
        do {
            found = kernel.call(call.tolerating(Errno.EAGAIN));
        } while (found == -Errno.EAGAIN.number() && ++attempt < ATTEMPTS);
        if (found == -Errno.EAGAIN.number()) {
            throw new ImageException("what is there is renamed again and again");
        }
        return found;
    }

    /** A path as the methods of this class take it: each char is one of its bytes. */
    public static String path(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /**
     * What {@code path} is.
     *
     * @param follow whether that is what a link leads to, or the link itself
     */
    public Optional<TreeEntry> find(String path, boolean follow) {
        return TreeEntry.find(kernel, descriptor, path, follow, LINKED);
    }

    /**
     * Mounts the open {@code tree} on what {@code path} is.
     *
     * @throws ImageException if there is nothing
     */
    public void attach(int tree, String path) {
        try (var target = find(path, true)
                .orElseThrow(() -> new ImageException("there is no " + EntryName.shown(path) + " to mount on"))) {
            kernel.call(Calls.moveMount(tree, target.descriptor()));
        }
    }

    /** The number of the file system on which {@code path} is, if it is there. */
    public Optional<Long> device(String path) {
        var entry = find(path, true);
        try (var found = entry.orElse(null)) {
            return entry.map(_ -> found.status().device());
        }
    }
}
