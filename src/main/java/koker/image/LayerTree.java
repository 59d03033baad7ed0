package koker.image;

import static koker.trace.Trace.fields;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Map;
import koker.image.LayerFolders.Folder;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import koker.kernel.KernelException;
import koker.trace.Trace;

/**
 * A folder that becomes a layer, entry by entry, in OverlayFS's form (kernel, filesystems/overlayfs.rst). Nobody else
 * writes here meanwhile, so what was looked at stays so.
 */
final class LayerTree implements AutoCloseable {
    private static final int ROOT_MODE = 0755;
    private static final int PRIVATE = 0700;
    private static final String USER = "user.";

    private final Kernel kernel;
    private final Trace trace;
    private final UnpackLimits limits;
    private final LayerFolders folders;
    private long entries;

    /** What any entry has besides its content. */
    record Attributes(int uid, int gid, int mode, FileTime modified, Map<String, byte[]> xattrs) {
        private long seconds() {
            return modified.toInstant().getEpochSecond();
        }

        private int nanos() {
            return modified.toInstant().getNano();
        }
    }

    /** A call that makes something in an open folder. */
    @FunctionalInterface
    private interface Maker {
        Call in(int folder);
    }

    /** The layer in {@code root}, an empty folder. */
    LayerTree(Path root, Kernel kernel, Trace trace, UnpackLimits limits) {
        this.kernel = kernel;
        this.trace = trace;
        this.limits = limits;
        this.folders = new LayerFolders(root, kernel, this::count);
        kernel.call(FileCalls.chmod(folders.make("").descriptor, ROOT_MODE));
    }

    /**
     * Counts an entry.
     *
     * @throws ImageException if it is one too many
     */
    void count() {
        limits.check(++entries);
    }

    /** How many entries there were. */
    long entries() {
        return entries;
    }

    /** Makes a folder, or gives one that is there these attributes. */
    void folder(EntryName name, Attributes attributes) {
        show("Unpack folder", name);
        var folder = name.isRoot() ? folders.make("") : makeFolder(name);
        kernel.call(Calls.fchown(folder.descriptor, attributes.uid(), attributes.gid()));
        setXattrs(folder.descriptor, EntryName.of("."), attributes, true);
        kernel.call(FileCalls.chmod(folder.descriptor, attributes.mode()));
        folder.complete(attributes.seconds(), attributes.nanos());
    }

    /** A new file, to be filled and {@linkplain NewFile#finish finished}. */
    NewFile file(EntryName name) {
        show("Unpack file", name);
        return new NewFile(name, make(name, folder -> FileCalls.create(folder, name.bytes())));
    }

    void symbolicLink(EntryName name, String target, Attributes attributes) {
        show("Unpack link", name);
        make(name, folder -> FileCalls.symlink(EntryName.bytes(target), folder, name.bytes()));
        finish(name, attributes);
    }

    /** Another name for a file of this layer; all else it has from there. */
    void hardLink(EntryName name, EntryName target) {
        show("Unpack hard link", name);
        var from = folders.find(target.folder());
        var existing = from == null ? FileStatus.NOTHING : FileStatus.of(kernel, from.descriptor, target);
        if (!existing.exists() || existing.isWhiteout()) {
            throw new ImageException(
                    "it is a hard link to " + EntryName.shown(target.path()) + ", which the layer does not have");
        }
        if (existing.isFolder()) {
            throw new ImageException("it is a hard link to the folder " + EntryName.shown(target.path()));
        }
        int folder = folders.make(name.folder()).descriptor;
        var link = FileCalls.link(source(target), target.bytes(), folder, name.bytes());
        if (kernel.call(link.tolerating(Errno.EEXIST)) < 0
                && !FileStatus.of(kernel, folder, name).isSameFile(existing)) {
            clear(name);
            folder = folders.make(name.folder()).descriptor;
            kernel.call(FileCalls.link(source(target), target.bytes(), folder, name.bytes()));
        }
    }

    /** Looked up again: what made way for the link may have been a folder on the way to its target. */
    private int source(EntryName target) {
        var folder = folders.find(target.folder());
        if (folder == null) {
            throw new ImageException("it would replace what it is a hard link to");
        }
        return folder.descriptor;
    }

    /** A device node or a FIFO, never opened: that may block, or do whatever the device does. */
    void node(EntryName name, int type, int major, int minor, Attributes attributes) {
        show("Unpack node", name);
        make(name, folder -> FileCalls.mknod(folder, name.bytes(), type | attributes.mode(), major, minor));
        finish(name, attributes);
        kernel.call(FileCalls.chmod(folders.make(name.folder()).descriptor, name.bytes(), attributes.mode()));
    }

    /** Hides what the layers below have under that name; what this layer has there stays, before or after. */
    void whiteout(EntryName name) {
        show("Whiteout", name);
        var folder = folders.make(name.folder());
        var made = kernel.call(FileCalls.mknod(folder.descriptor, name.bytes(), FileStatus.CHARACTER_DEVICE, 0, 0)
                .tolerating(Errno.EEXIST));
        if (made < 0 && FileStatus.of(kernel, folder.descriptor, name).isFolder()) {
            folders.makeOpaque(folders.make(name.path()));
        }
    }

    /** Hides all that the layers below have in that folder. */
    void opaque(String folder) {
        trace.heading("Opaque folder", fields("path", "/" + folder));
        folders.makeOpaque(folders.make(folder));
    }

    /** All entries are there: folders get the times that they are to have. */
    @Override
    public void close() {
        trace.heading("Complete folders", fields());
        folders.close();
    }

    /** A file that is being filled. */
    final class NewFile implements AutoCloseable {
        private final EntryName name;
        private final int descriptor;

        private NewFile(EntryName name, int descriptor) {
            this.name = name;
            this.descriptor = descriptor;
        }

        /** Writes the first {@code length} of {@code bytes}. */
        void write(byte[] bytes, int length) {
            int written = (int) kernel.transfer(Calls.write(descriptor, bytes, length));
            while (written < length) {
                var rest = Arrays.copyOfRange(bytes, written, length);
                written += (int) kernel.transfer(Calls.write(descriptor, rest, rest.length));
            }
        }

        /** Goes on writing at {@code offset}; what is between is a hole. */
        void seek(long offset) {
            kernel.call(FileCalls.seek(descriptor, offset));
        }

        /** Gives it the length that it is to have, with a hole at its end. */
        void setLength(long length) {
            kernel.call(FileCalls.setLength(descriptor, length));
        }

        /** In this order: a change of owner drops the file's capabilities, and its set-user-ID bit. */
        void finish(Attributes attributes) {
            kernel.call(Calls.fchown(descriptor, attributes.uid(), attributes.gid()));
            setXattrs(folders.make(name.folder()).descriptor, name, attributes, true);
            kernel.call(FileCalls.chmod(descriptor, attributes.mode()));
            kernel.call(FileCalls.setTime(descriptor, attributes.seconds(), attributes.nanos()));
        }

        @Override
        public void close() {
            kernel.call(Calls.close(descriptor));
        }
    }

    private void show(String title, EntryName name) {
        trace.heading(title, fields("path", "/" + name.path()));
    }

    private Folder makeFolder(EntryName name) {
        var parent = folders.make(name.folder());
        var made = kernel.call(
                FileCalls.mkdir(parent.descriptor, name.bytes(), PRIVATE).tolerating(Errno.EEXIST));
        if (made < 0) {
            var there = FileStatus.of(kernel, parent.descriptor, name);
            if (!there.isFolder() && !there.isWhiteout()) {
                clear(name);
            }
        }
        return folders.make(name.path());
    }

    /** Makes something. What has its name makes way: the later of two entries counts. */
    private int make(EntryName name, Maker maker) {
        var made = kernel.call(maker.in(folders.make(name.folder()).descriptor).tolerating(Errno.EEXIST));
        if (made < 0) {
            clear(name);
            made = kernel.call(maker.in(folders.make(name.folder()).descriptor));
        }
        return (int) made;
    }

    private void clear(EntryName name) {
        if (name.isRoot()) {
            throw new ImageException("it would replace the layer itself");
        }
        folders.forget();
        new TreeRemoval(kernel).delete(folders.make(name.folder()).descriptor, name.bytes());
    }

    /** Owner and time of what is not opened. */
    private void finish(EntryName name, Attributes attributes) {
        int folder = folders.make(name.folder()).descriptor;
        kernel.call(FileCalls.chown(folder, name.bytes(), attributes.uid(), attributes.gid()));
        setXattrs(folder, name, attributes, false);
        kernel.call(FileCalls.setTime(folder, name.bytes(), attributes.seconds(), attributes.nanos()));
    }

    /** Those of users are for files and folders alone (xattr(7)). */
    private void setXattrs(int folder, EntryName name, Attributes attributes, boolean users) {
        attributes.xattrs().forEach((key, value) -> {
            if (!users && key.startsWith(USER)) {
                return;
            }
            try {
                kernel.call(FileCalls.setAttribute(folder, name.bytes(), EntryName.bytes(key), value));
            } catch (KernelException e) {
                // Not every filesystem has them, and no program relies on its own.
                if (!key.startsWith(USER)
                        || e.errno().filter(Errno.EOPNOTSUPP::equals).isEmpty()) {
                    throw e;
                }
            }
        });
    }
}
