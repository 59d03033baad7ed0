package koker.image;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Set;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import koker.trace.Trace;

/**
 * Makes entries in a tree in which others may make, move and remove things at the same time. Each is made in an open folder, which the
 * kernel has looked up below the root; so it may end up elsewhere in that tree, but never outside. A file appears under its name when
 * all of it is there.
 */
final class CopyTree implements EntrySink, AutoCloseable {
    private static final int IMPLIED_MODE = 0755;
    private static final int PRIVATE = 0700;
    private static final int ATTEMPTS = 100;

    private final Kernel kernel;
    private final Trace trace;
    private final Base base;
    private final Owners owners;

    /** Folders that have got all but their times. */
    private final ArrayDeque<Late> late = new ArrayDeque<>();

    private String openName;
    private int openFolder = -1;
    private long entries;
    private long bytes;

    /**
     * Where the names of the entries begin.
     *
     * @param root an open folder, out of which nothing leads
     * @param path the folder below it to which names are relative
     * @param resolve what may be met on the way
     */
    record Base(int root, String path, Set<Constant> resolve) {}

    /** Whose the entries will be. */
    enum Owners {
        KEPT,
        ROOT
    }

    private record Late(String folder, Attributes attributes) {}

    /** A call that makes something in an open folder. */
    @FunctionalInterface
    private interface Maker {
        Call in(int folder);
    }

    CopyTree(Kernel kernel, Trace trace, Base base, Owners owners) {
        this.kernel = kernel;
        this.trace = trace;
        this.base = base;
        this.owners = owners;
    }

    /** How much there was. */
    TreeCopy.Amount amount() {
        return new TreeCopy.Amount(entries, bytes);
    }

    @Override
    public void count() {
        entries++;
    }

    /** Here a name is a name. */
    @Override
    public boolean takesMarker(EntryName name) {
        return false;
    }

    @Override
    public void folder(EntryName name, Attributes attributes) {
        show("Copy folder", name);
        if (name.isRoot()) {
            return; // it was there before, and stays as it is
        }
        int parent = parent(name);
        var made = kernel.call(FileCalls.mkdir(parent, name.bytes(), PRIVATE).tolerating(Errno.EEXIST));
        if (made < 0 && !FileStatus.of(kernel, parent, name).isFolder()) {
            throw new ImageException("there is a file of that name already, and a folder does not replace it");
        }
        int folder = (int) kernel.call(FileCalls.open(parent, name.bytes(), TreeRoot.PLAIN));
        try {
            attributes(attributes).give(kernel, folder);
        } finally {
            kernel.call(Calls.close(folder));
        }
        late.push(new Late(name.path(), attributes));
    }

    @Override
    public void file(EntryName name, Attributes attributes, Content content) throws IOException {
        show("Copy file", name);
        int parent = parent(name);
        refuseLasting(FileStatus.of(kernel, parent, name));
        long nameless =
                kernel.call(FileCalls.createNameless(parent).tolerating(Errno.EOPNOTSUPP, Errno.EISDIR, Errno.ENOENT));
        int descriptor =
                nameless < 0 ? (int) make(name, folder -> FileCalls.create(folder, name.bytes())) : (int) nameless;
        try (var file = new NewFile(kernel, descriptor)) {
            content.fill(file);
            bytes += file.written();
            file.finish(attributes(attributes));
            if (nameless >= 0) {
                make(name, folder -> FileCalls.link(descriptor, folder, name.bytes()));
            }
        }
    }

    @Override
    public void symbolicLink(EntryName name, String target, Attributes attributes) {
        show("Copy link", name);
        make(name, folder -> FileCalls.symlink(EntryName.bytes(target), folder, name.bytes()));
        attributes(attributes).give(kernel, parent(name), name);
    }

    @Override
    public void hardLink(EntryName name, EntryName target) {
        show("Copy hard link", name);
        if (name.equals(target)) {
            return;
        }
        int from = open(target.folder());
        try {
            make(name, folder -> FileCalls.link(from, target.bytes(), folder, name.bytes()));
        } finally {
            kernel.call(Calls.close(from));
        }
    }

    @Override
    public void node(EntryName name, int type, int major, int minor, Attributes attributes) {
        show("Copy node", name);
        make(name, folder -> FileCalls.mknod(folder, name.bytes(), type | attributes.mode(), major, minor));
        attributes(attributes).give(kernel, parent(name), name);
        // By its name, chmod would follow a link that somebody has put there meanwhile, and out of the tree.
        var node = TreeEntry.find(kernel, parent(name), name.last(), false, TreeRoot.PLAIN);
        if (node.isPresent()) {
            try (var held = node.get()) {
                if (held.status().type() == type) {
                    kernel.call(FileCalls.chmodHeld(held.descriptor(), attributes.mode()));
                }
            }
        }
    }

    /** All entries are there: folders get the times that they are to have, the inner ones first. */
    void finish() {
        trace.heading("Complete folders", fields("count", late.size()));
        while (!late.isEmpty()) {
            var folder = late.pop();
            long open = TreeRoot.look(
                    kernel,
                    open(path(folder.folder()), base.resolve()).tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP));
            if (open >= 0) { // if not, somebody has removed it
                kernel.call(FileCalls.setTime(
                        (int) open,
                        folder.attributes().seconds(),
                        folder.attributes().nanos()));
                kernel.call(Calls.close((int) open));
            }
        }
    }

    @Override
    public void close() {
        closeFolder();
    }

    private Attributes attributes(Attributes original) {
        return owners == Owners.KEPT ? original : original.ownedBy(0, 0);
    }

    /** Makes something. What has its name makes way, unless that is a folder. */
    private long make(EntryName name, Maker maker) {
        int parent = parent(name);
        for (int i = 0; i < ATTEMPTS; i++) {
            long made = kernel.call(maker.in(parent).tolerating(Errno.EEXIST));
            if (made >= 0) {
                return made;
            }
            refuseLasting(FileStatus.of(kernel, parent, name));
            kernel.call(FileCalls.unlink(parent, name.bytes()).tolerating(Errno.ENOENT));
        }
        throw new ImageException("somebody else makes a file of that name again and again");
    }

    /** To remove what is mounted on would end the mount in the container, though koker does not see it from where it is. */
    private static void refuseLasting(FileStatus there) {
        if (there.isFolder()) {
            throw new ImageException("there is a folder of that name already, and nothing else replaces it");
        }
        if (there.mounted()) {
            throw new ImageException("something is mounted there, such as a volume, and cannot be replaced;"
                    + " change it where it comes from");
        }
    }

    /** The folder of that entry, open; mostly the same as of the last one. */
    private int parent(EntryName name) {
        if (!name.folder().equals(openName)) {
            closeFolder();
            openFolder = open(name.folder());
            openName = name.folder();
        }
        return openFolder;
    }

    private void closeFolder() {
        if (openFolder >= 0) {
            kernel.call(Calls.close(openFolder));
            openFolder = -1;
            openName = null;
        }
    }

    /** Opens a folder; it, and those on the way, are made where they are missing. */
    private int open(String folder) {
        long found = TreeRoot.look(kernel, open(path(folder), base.resolve()).tolerating(Errno.ENOENT));
        if (found >= 0) {
            return (int) found;
        }
        var missing = EntryName.of(folder);
        if (missing.isRoot()) {
            throw new ImageException("the folder that it was to be copied to is gone");
        }
        int parent = open(missing.folder());
        try {
            kernel.call(FileCalls.mkdir(parent, missing.bytes(), IMPLIED_MODE).tolerating(Errno.EEXIST));
            return (int) kernel.call(FileCalls.open(parent, missing.bytes(), TreeRoot.PLAIN));
        } finally {
            kernel.call(Calls.close(parent));
        }
    }

    private Call open(String path, Set<Constant> resolve) {
        return FileCalls.open(base.root(), EntryName.bytes(path), resolve);
    }

    private String path(String folder) {
        return base.path() + (folder.isEmpty() ? "/." : "/" + folder);
    }

    private void show(String title, EntryName name) {
        trace.heading(title, fields("path", name.path()));
    }
}
