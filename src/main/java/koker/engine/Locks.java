package koker.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The locks that are held on files, as /proc/locks tells. The kernel takes some 10 ms for that, in which it waits for its processors one
 * after the other; so it is read while something else is done.
 */
final class Locks {
    private final CompletableFuture<String> text = new CompletableFuture<>();

    private Locks() {}

    /** The locks at some moment from now on. */
    static Locks read() {
        var locks = new Locks();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                locks.text.complete(Files.readString(Path.of("/proc/locks")));
            } catch (IOException | UncheckedIOException e) {
                locks.text.completeExceptionally(e);
            }
        });
        return locks;
    }

    /** The inodes of the locked files that are on the same file system as {@code folder}. */
    Set<Long> near(Path folder) throws IOException {
        var device = (long) Files.getAttribute(folder, "unix:dev");
        // As the C library puts the two parts together, makedev(3); here they stand before the inode: "00:1b:4711".
        var prefix = " " + hex(device >> 8 & 0xfff) + ":" + hex(device & 0xff | device >> 12 & 0xfff00) + ":";
        var all = text();
        var inodes = new HashSet<Long>();
        for (var at = all.indexOf(prefix); at >= 0; at = all.indexOf(prefix, at + 1)) {
            var inode = at + prefix.length();
            inodes.add(Long.parseLong(all, inode, all.indexOf(' ', inode), 10));
        }
        return inodes;
    }

    private String text() throws IOException {
        try {
            return text.join();
        } catch (CompletionException e) {
            throw new IOException("/proc/locks cannot be read: " + e.getCause().getMessage(), e);
        }
    }

    private static String hex(long number) {
        return (number < 0x10 ? "0" : "") + Long.toHexString(number);
    }
}
