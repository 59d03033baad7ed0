package koker.image;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Path;
import koker.image.LayerFolders.Folder;
import koker.kernel.Call;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import koker.trace.Trace;

/**
 * A folder that becomes a layer, entry by entry, in OverlayFS's form (kernel, filesystems/overlayfs.rst). Nobody else
 * writes here meanwhile, so what was looked at stays so.
 */
final class LayerTree implements EntrySink, AutoCloseable {
    private static final int ROOT_MODE = 0755;
    private static final int PRIVATE = 0700;
    private static final String WHITEOUT = ".wh.";
    private static final String AUFS = ".wh..wh.";
    private static final String OPAQUE = ".wh..wh..opq";

    private final Kernel kernel;
    private final Trace trace;
    private final UnpackLimits limits;
    private final LayerFolders folders;
    private long entries;

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

    @Override
    public void count() {
        limits.check(++entries);
    }

    /** How many entries there were. */
    long entries() {
        return entries;
    }

    /** Whiteouts, and what aufs kept for itself in images of long ago. */
    @Override
    public boolean takesMarker(EntryName name) {
        if (name.last().equals(OPAQUE)) {
            opaque(name.folder());
        } else if (name.path().startsWith(AUFS) || name.last().startsWith(AUFS)) {
            return true;
        } else if (name.last().startsWith(WHITEOUT)) {
            var hidden = name.last().substring(WHITEOUT.length());
            if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
                throw new ImageException("it is a whiteout of nothing");
            }
            whiteout(name.sibling(hidden));
        } else {
            return false;
        }
        return true;
    }

    @Override
    public void folder(EntryName name, Attributes attributes) {
        show("Unpack folder", name);
        var folder = name.isRoot() ? folders.make("") : makeFolder(name);
        attributes.give(kernel, folder.descriptor);
        folder.complete(attributes.seconds(), attributes.nanos());
    }

    @Override
    public void file(EntryName name, Attributes attributes, Content content) throws IOException {
        show("Unpack file", name);
        try (var file = new NewFile(kernel, make(name, folder -> FileCalls.create(folder, name.bytes())))) {
            content.fill(file);
            file.finish(attributes);
        }
    }

    @Override
    public void symbolicLink(EntryName name, String target, Attributes attributes) {
        show("Unpack link", name);
        make(name, folder -> FileCalls.symlink(EntryName.bytes(target), folder, name.bytes()));
        finish(name, attributes);
    }

    @Override
    public void hardLink(EntryName name, EntryName target) {
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

    @Override
    public void node(EntryName name, int type, int major, int minor, Attributes attributes) {
        show("Unpack node", name);
        make(name, folder -> FileCalls.mknod(folder, name.bytes(), type | attributes.mode(), major, minor));
        finish(name, attributes);
        kernel.call(FileCalls.chmod(folders.make(name.folder()).descriptor, name.bytes(), attributes.mode()));
    }

    /** Hides what the layers below have under that name; what this layer has there stays, before or after. */
    private void whiteout(EntryName name) {
        show("Whiteout", name);
        var folder = folders.make(name.folder());
        var made = kernel.call(FileCalls.mknod(folder.descriptor, name.bytes(), FileStatus.CHARACTER_DEVICE, 0, 0)
                .tolerating(Errno.EEXIST));
        if (made < 0 && FileStatus.of(kernel, folder.descriptor, name).isFolder()) {
            folders.makeOpaque(folders.make(name.path()));
        }
    }

    /** Hides all that the layers below have in that folder. */
    private void opaque(String folder) {
        trace.heading("Opaque folder", fields("path", "/" + folder));
        folders.makeOpaque(folders.make(folder));
    }

    /** All entries are there: folders get the times that they are to have. */
    @Override
    public void close() {
        trace.heading("Complete folders", fields());
        folders.close();
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

    private void finish(EntryName name, Attributes attributes) {
        attributes.give(kernel, folders.make(name.folder()).descriptor, name);
    }
}
