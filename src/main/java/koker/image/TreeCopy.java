package koker.image;

import static koker.trace.Trace.fields;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import koker.image.CopyTree.Owners;
import koker.kernel.Kernel;
import koker.kernel.KernelException;
import koker.trace.Trace;

/**
 * Copies what is in one tree to another, to a tar, or from one.
 *
 * @param apart the device numbers of the source's file systems that are not gone into
 * @param keepOwners whether copies belong to whom the originals belong, and not to root
 * @param devices whether device nodes are made, which may open the host's devices to whoever sees them
 */
public record TreeCopy(Kernel kernel, Trace trace, Set<Long> apart, boolean keepOwners, boolean devices) {
    private static final int BUFFER = 128 << 10;
    private static final int HEADER = 512;

    /** How much was copied: entries, and bytes of their contents. */
    public record Amount(long entries, long bytes) {}

    /**
     * Copies {@code source}, with all that is in it, into the folder {@code target}.
     *
     * @param name what it is called there; empty if only what is in it is copied
     * @throws ImageException if something is in the way, or cannot be copied
     */
    public Amount copy(TreeEntry source, TreeEntry target, String name) {
        var base = new CopyTree.Base(target.descriptor(), "", TreeRoot.PLAIN);
        try (var tree = new CopyTree(kernel, trace, base, keepOwners ? Owners.KEPT : Owners.ROOT)) {
            var filler = new Filler(tree);
            new TreeWalk(source, apart).run((path, entry) -> {
                if (entry.isFolder() && entry.status().isSameFile(target.status())) {
                    throw new ImageException("a folder cannot be copied into itself");
                }
                filler.add(path, EntryName.of(joined(name, path)), entry);
            });
            tree.finish();
            return tree.amount();
        } catch (IOException e) {
            throw ImageException.because("cannot copy", e);
        }
    }

    /**
     * Writes {@code source}, with all that is in it, to a tar.
     *
     * @param name what it is called there; empty if only what is in it is written
     */
    public Amount write(TreeEntry source, String name, OutputStream out) throws IOException {
        var archive = new TreeArchive(out, kernel, trace);
        new TreeWalk(source, apart).run((path, entry) -> {
            var joined = joined(name, path);
            if (!joined.isEmpty()) {
                archive.add(joined, entry);
            }
        });
        archive.finish();
        return new Amount(archive.entries(), archive.bytes());
    }

    /**
     * Makes what is in a tar, compressed or not, in the folder {@code path} below {@code root}. Links there are followed, as they are
     * for whoever is confined to that root.
     *
     * @throws ImageException if something is in the way, or the tar is none
     */
    public Amount read(InputStream in, TreeRoot root, String path) {
        var base = new CopyTree.Base(root.descriptor(), path, TreeRoot.LINKED);
        try (var tree = new CopyTree(kernel, trace, base, keepOwners ? Owners.KEPT : Owners.ROOT)) {
            var archive = new BufferedInputStream(Compression.open(new BufferedInputStream(in, BUFFER)), BUFFER);
            refuseShort(archive);
            new LayerArchive(archive, tree).unpack();
            archive.transferTo(OutputStream.nullOutputStream());
            tree.finish();
            return tree.amount();
        } catch (IOException e) {
            throw ImageException.because("cannot read the archive", e);
        }
    }

    /** What has no room for a header would be read as an archive of nothing. */
    private static void refuseShort(InputStream archive) throws IOException {
        archive.mark(HEADER);
        if (archive.readNBytes(HEADER).length < HEADER) {
            throw new ImageException("it is no tar: it ends before the first header does");
        }
        archive.reset();
    }

    /** Makes an empty folder or file where something is to be mounted, with the folders above it. */
    public void makeMountPoint(TreeRoot root, String path, boolean folder) {
        var now = Instant.now();
        var attributes = new Attributes(0, 0, folder ? 0755 : 0644, now.getEpochSecond(), now.getNano(), Map.of());
        var base = new CopyTree.Base(root.descriptor(), "", TreeRoot.LINKED);
        try (var tree = new CopyTree(kernel, trace, base, Owners.ROOT)) {
            if (folder) {
                tree.folder(EntryName.of(path), attributes);
            } else {
                tree.file(EntryName.of(path), attributes, _ -> {});
            }
        } catch (IOException e) {
            throw ImageException.because("cannot make " + EntryName.shown(path), e);
        }
    }

    private static String joined(String name, String path) {
        return name.isEmpty() || path.isEmpty() ? name + path : name + "/" + path;
    }

    /** Makes the entries of one tree in another. */
    private final class Filler {
        private final CopyTree tree;
        private final HardLinks links = new HardLinks();
        private final byte[] buffer = new byte[BUFFER];

        Filler(CopyTree tree) {
            this.tree = tree;
        }

        /** Adds an entry; if that fails, {@code path} says which one, unless it is the top one. */
        void add(String path, EntryName name, TreeEntry entry) throws IOException {
            var which = path.isEmpty() ? "" : EntryName.shown(path) + ": ";
            try {
                tree.count();
                place(name, entry);
            } catch (ImageException e) {
                throw new ImageException(which + e.getMessage(), e);
            } catch (KernelException e) {
                throw new ImageException(which + ImageException.reason(e), e);
            }
        }

        private void place(EntryName name, TreeEntry entry) throws IOException {
            var status = entry.status();
            var first = links.first(status, name.path());
            if (first.isPresent()) {
                tree.hardLink(name, EntryName.of(first.get()));
                return;
            }
            switch (status.type()) {
                case FileStatus.REGULAR -> tree.file(name, entry.attributes(), file -> fill(file, entry));
                case FileStatus.FOLDER -> tree.folder(name, entry.attributes());
                case FileStatus.LINK -> tree.symbolicLink(name, entry.target(), entry.attributes());
                case FileStatus.FIFO -> tree.node(name, FileStatus.FIFO, 0, 0, entry.attributes());
                case FileStatus.CHARACTER_DEVICE, FileStatus.BLOCK_DEVICE -> {
                    if (devices) {
                        tree.node(name, status.type(), status.major(), status.minor(), entry.attributes());
                    } else {
                        trace.warn(
                                "Device left out: on the host it would be open to others",
                                fields("path", EntryName.shown(name.path())));
                    }
                }
                default -> {
                    // A socket is nothing without who listens.
                }
            }
        }

        /** Holes stay holes. Bytes that somebody adds meanwhile are left out: there may be no end of them. */
        private void fill(NewFile file, TreeEntry entry) {
            try (var from = entry.openFile()) {
                long at = 0;
                for (long data; (data = from.dataFrom(at)) < from.size(); ) {
                    if (data > at) {
                        file.seek(data);
                    }
                    at = fill(file, from, data, from.holeFrom(data));
                }
                if (at < from.size()) {
                    file.setLength(from.size());
                }
            }
        }

        private long fill(NewFile file, OpenFile from, long start, long end) {
            long at = start;
            while (at < end) {
                int n = (int) Math.min(from.read(at, buffer), end - at);
                if (n == 0) {
                    return from.size(); // somebody has cut it off
                }
                file.write(buffer, n);
                at += n;
            }
            return at;
        }
    }
}
