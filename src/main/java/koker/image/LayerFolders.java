package koker.image;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/**
 * The folders of a layer, found by the names that an archive has for them, the last few kept open. The kernel looks the
 * names up as if the layer's folder were the root of everything, so that no link leads out of it (openat2(2),
 * RESOLVE_IN_ROOT).
 */
final class LayerFolders implements AutoCloseable {
    private static final int MOST_OPEN = 64;
    private static final int IMPLIED_MODE = 0755;
    private static final int LONGEST_PATH = 4096;
    private static final byte[] OPAQUE = EntryName.bytes("trusted.overlay.opaque");
    private static final byte[] YES = EntryName.bytes("y");

    private final Kernel kernel;
    private final Runnable counter;
    private final Folder root;

    /** By their true names: none is here twice. The one that was used last comes last. */
    private final LinkedHashMap<String, Folder> open = new LinkedHashMap<>(MOST_OPEN, 0.75f, true);

    /** An open folder, and the time that it is to have when it is complete: whatever is made in it changes its own. */
    static final class Folder {
        final String name;
        final int descriptor;
        private long seconds;
        private int nanos;

        private Folder(String name, int descriptor) {
            this.name = name;
            this.descriptor = descriptor;
        }

        void complete(long seconds, int nanos) {
            this.seconds = seconds;
            this.nanos = nanos;
        }
    }

    /** The folders of the layer in {@code path}; {@code counter} is run for each that is made. */
    LayerFolders(Path path, Kernel kernel, Runnable counter) {
        this.kernel = kernel;
        this.counter = counter;
        this.root = folder("", (int) kernel.call(FileCalls.open(path.toString())));
    }

    /** The folder of that name; it, and those on the way, are made where they are missing. */
    Folder make(String name) {
        var found = find(name);
        return found == null ? add(EntryName.of(name)) : found;
    }

    /** The folder of that name, or null. */
    Folder find(String name) {
        if (name.isEmpty()) {
            return root;
        }
        var known = open.get(name);
        if (known != null) {
            return known;
        }
        var path = EntryName.bytes(name);
        long found = kernel.call(FileCalls.open(root.descriptor, path, TreeRoot.PLAIN)
                .tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP));
        if (found >= 0) {
            return keep(folder(name, (int) found));
        }
        if (found == -Errno.ELOOP.number()) {
            var real = follow(path);
            return real == null ? null : find(real);
        }
        return null;
    }

    /** Hides all that the layers below have in that folder. */
    void makeOpaque(Folder folder) {
        kernel.call(FileCalls.setAttribute(folder.descriptor, EntryName.bytes("."), OPAQUE, YES));
    }

    /** Closes all but the root: what is open may be about to be removed. */
    void forget() {
        open.values().forEach(this::close);
        open.clear();
    }

    @Override
    public void close() {
        forget();
        close(root);
    }

    private Folder add(EntryName name) {
        var parent = make(name.folder());
        var made = kernel.call(
                FileCalls.mkdir(parent.descriptor, name.bytes(), IMPLIED_MODE).tolerating(Errno.EEXIST));
        var hidden = made < 0 && FileStatus.of(kernel, parent.descriptor, name).isWhiteout();
        if (hidden) {
            kernel.call(FileCalls.unlink(parent.descriptor, name.bytes()));
            kernel.call(FileCalls.mkdir(parent.descriptor, name.bytes(), IMPLIED_MODE));
        } else if (made < 0) {
            throw new ImageException(EntryName.shown(name.path()) + " on its way is no folder");
        }
        counter.run();
        var path = parent.name.isEmpty() ? name.last() : parent.name + "/" + name.last();
        var folder =
                keep(folder(path, (int) kernel.call(FileCalls.open(parent.descriptor, name.bytes(), TreeRoot.PLAIN))));
        kernel.call(FileCalls.chmod(folder.descriptor, IMPLIED_MODE));
        if (hidden) {
            makeOpaque(folder);
        }
        return folder;
    }

    /** The true name of a folder with symbolic links on the way, or null where they lead to nothing. */
    private String follow(byte[] path) {
        long found = TreeRoot.look(
                kernel, FileCalls.open(root.descriptor, path, TreeRoot.LINKED).tolerating(Errno.ENOENT, Errno.ENOTDIR));
        if (found < 0) {
            return null;
        }
        try {
            var below = path((int) found).substring(path(root.descriptor).length());
            return below.startsWith("/") ? below.substring(1) : below;
        } finally {
            kernel.call(Calls.close((int) found));
        }
    }

    private String path(int descriptor) {
        var room = new byte[LONGEST_PATH];
        int length = (int) kernel.call(FileCalls.path(descriptor, room));
        return new String(room, 0, length, StandardCharsets.ISO_8859_1);
    }

    private Folder folder(String name, int descriptor) {
        var folder = new Folder(name, descriptor);
        var status = FileStatus.of(kernel, descriptor, EntryName.of("."));
        folder.complete(status.seconds(), status.nanos());
        return folder;
    }

    private Folder keep(Folder folder) {
        if (open.size() == MOST_OPEN) {
            var eldest = open.pollFirstEntry();
            close(eldest.getValue());
        }
        open.put(folder.name, folder);
        return folder;
    }

    private void close(Folder folder) {
        try {
            kernel.call(FileCalls.setTime(folder.descriptor, folder.seconds, folder.nanos));
        } finally {
            kernel.call(Calls.close(folder.descriptor));
        }
    }
}
