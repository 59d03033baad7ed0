package koker.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/**
 * A file, folder or link of a tree, held by a descriptor: whatever somebody does to its name meanwhile, all that is asked is asked of
 * this one. Nothing is opened before it is known to be a plain file or a folder.
 */
public final class TreeEntry implements AutoCloseable {
    private static final int LONGEST_TARGET = 4096;
    private static final int USUAL_XATTRS = 1 << 10;
    private static final int MOST_XATTRS = 1 << 16;

    private final Kernel kernel;
    private final int descriptor;
    private final FileStatus status;

    private TreeEntry(Kernel kernel, int descriptor) {
        this.kernel = kernel;
        this.descriptor = descriptor;
        this.status = FileStatus.of(kernel, descriptor);
    }

    /**
     * What {@code path}, whose chars are bytes, is below the open folder {@code root}.
     *
     * @param follow whether that is what a link leads to, or the link itself
     * @param resolve what may be met on the way
     */
    static Optional<TreeEntry> find(Kernel kernel, int root, String path, boolean follow, Set<Constant> resolve) {
        var call = FileCalls.hold(root, EntryName.bytes(path.isEmpty() ? "." : path), follow, resolve)
                .tolerating(Errno.ENOENT, Errno.ENOTDIR);
        if (resolve.contains(Constant.RESOLVE_NO_SYMLINKS)) {
            call = call.tolerating(Errno.ELOOP); // a link where there was a folder just now
        }
        long found = TreeRoot.look(kernel, call);
        return found < 0 ? Optional.empty() : Optional.of(new TreeEntry(kernel, (int) found));
    }

    /** What {@code path} is below this folder, if there are only folders on the way, of this or another file system. */
    Optional<TreeEntry> below(String path) {
        return find(kernel, descriptor, path, false, TreeRoot.PLAIN);
    }

    int descriptor() {
        return descriptor;
    }

    FileStatus status() {
        return status;
    }

    /** Whether it is a folder. */
    public boolean isFolder() {
        return status.isFolder();
    }

    /** Whether it is a symbolic link. */
    public boolean isLink() {
        return status.type() == FileStatus.LINK;
    }

    /** Where a symbolic link leads, as it says itself; its chars are bytes. */
    public String target() {
        var room = new byte[LONGEST_TARGET];
        int length = (int) kernel.call(FileCalls.target(descriptor, room));
        return new String(room, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** Opens a plain file. */
    OpenFile openFile() {
        return new OpenFile(kernel, (int) kernel.call(FileCalls.openHeld(descriptor)), status.size());
    }

    /** What it has besides its content. */
    Attributes attributes() {
        return new Attributes(status.uid(), status.gid(), status.mode(), status.seconds(), status.nanos(), xattrs());
    }

    /** The names in a folder, in the order of their bytes. */
    List<String> names() {
        var names = new ArrayList<String>();
        int folder = (int) kernel.call(FileCalls.openHeld(descriptor));
        try {
            Listing.visit(kernel, folder, (name, _) -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
        } finally {
            kernel.call(Calls.close(folder));
        }
        names.sort(null);
        return names;
    }

    /** The names of all its extended attributes, those included that are not kept. */
    List<String> xattrNames() {
        byte[] bytes = read(room -> FileCalls.attributes(descriptor, room));
        return bytes.length == 0 ? List.of() : List.of(new String(bytes, StandardCharsets.ISO_8859_1).split("\0"));
    }

    /** The value of an extended attribute; empty if it has none of that name. */
    byte[] xattr(String name) {
        return read(room -> FileCalls.attribute(descriptor, EntryName.bytes(name), room));
    }

    private Map<String, byte[]> xattrs() {
        var kept = new TreeMap<String, byte[]>();
        for (var name : xattrNames()) {
            if (Attributes.isKept(name)) {
                kept.put(name, xattr(name));
            }
        }
        return kept;
    }

    @FunctionalInterface
    private interface Reading {
        Call into(byte[] room);
    }

    private byte[] read(Reading reading) {
        var room = new byte[USUAL_XATTRS];
        long length = kernel.call(reading.into(room).tolerating(Errno.ERANGE, Errno.ENODATA, Errno.EOPNOTSUPP));
        if (length == -Errno.ERANGE.number()) {
            room = new byte[MOST_XATTRS];
            length = kernel.call(reading.into(room));
        }
        return Arrays.copyOf(room, (int) Math.max(0, length));
    }

    @Override
    public void close() {
        kernel.call(Calls.close(descriptor));
    }
}
