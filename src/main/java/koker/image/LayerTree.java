package koker.image;

import static koker.image.ImageException.quote;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.KernelException;

/**
 * A folder that becomes a layer, entry by entry, in OverlayFS's form (kernel, filesystems/overlayfs.rst). Names are
 * what a stranger wrote: each is followed part by part as if the layer were the root of everything, and one that would
 * leave it is refused. Nobody else writes here meanwhile, so what was looked at stays so.
 */
final class LayerTree {
    // The type bits of a mode, inode(7).
    static final int FIFO = 0010000;
    static final int CHARACTER_DEVICE = 0020000;
    static final int BLOCK_DEVICE = 0060000;

    private static final int MAX_LINKS = 40;
    private static final int IMPLIED_MODE = 0755;
    private static final int PERMISSIONS = 0777;
    private static final int OWNER_ALL = 0700;

    private final Path root;
    private final Kernel kernel;
    private final ByteBuffer buffer = ByteBuffer.allocate(128 << 10);

    /** Folders as the archive names them, and where they really are. */
    private final Map<String, Path> parents = new HashMap<>();

    /** What folders get at the end: filling them changes their time, and needs their owner's permissions. */
    private final Map<Path, Attributes> folders = new LinkedHashMap<>();

    private final Set<Path> whiteouts = new HashSet<>();

    /** What any entry has besides its content. */
    record Attributes(int uid, int gid, int mode, FileTime modified, Map<String, byte[]> xattrs) {}

    LayerTree(Path root, Kernel kernel) throws IOException {
        this.root = root;
        this.kernel = kernel;
        Files.setAttribute(root, "unix:mode", IMPLIED_MODE);
    }

    /** Makes a folder, or gives one that is there these attributes. */
    void folder(String name, Attributes attributes) throws IOException {
        var path = place(name);
        makeFolder(path);
        own(path, attributes);
        if (!path.equals(root)) {
            Files.setAttribute(path, "unix:mode", attributes.mode() & PERMISSIONS | OWNER_ALL);
        }
        folders.put(path, attributes);
    }

    void file(String name, InputStream content, Attributes attributes) throws IOException {
        var path = place(name);
        clear(path);
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            int n;
            while ((n = content.read(buffer.array())) > 0) {
                buffer.limit(n).position(0);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
        own(path, attributes);
        stamp(path, attributes.modified());
        Files.setAttribute(path, "unix:mode", attributes.mode());
    }

    void symbolicLink(String name, String target, Attributes attributes) throws IOException {
        var path = place(name);
        clear(path);
        var tidied = Path.of(target);
        if (tidied.toString().equals(target)) {
            Files.createSymbolicLink(path, tidied);
        } else {
            kernel.call(Calls.symlink(target, path.toString()));
        }
        Files.setAttribute(path, "unix:uid", attributes.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", attributes.gid(), LinkOption.NOFOLLOW_LINKS);
        stamp(path, attributes.modified());
    }

    /** Another name for a file of this layer; all else it has from there. */
    void hardLink(String name, String target) throws IOException {
        var existing = existing(target);
        var path = place(name);
        if (!path.equals(existing)) {
            clear(path);
            Files.createLink(path, existing);
        }
    }

    /** A device node or a FIFO, never opened: that may block, or do whatever the device does. */
    void node(String name, int type, int major, int minor, Attributes attributes) throws IOException {
        var path = place(name);
        clear(path);
        kernel.call(Calls.mknod(path.toString(), type | attributes.mode(), major, minor));
        own(path, attributes);
        Files.setAttribute(path, "unix:mode", attributes.mode());
        var modified = attributes.modified().toInstant();
        kernel.call(Calls.setTime(path.toString(), modified.getEpochSecond(), modified.getNano()));
    }

    /** Hides what the layers below have under that name; what this layer has there stays, before or after. */
    void whiteout(String name) throws IOException {
        var path = place(name);
        if (path.equals(root)) {
            throw new ImageException("it hides the layer itself");
        }
        var there = look(path);
        if (there == null) {
            kernel.call(Calls.mknod(path.toString(), CHARACTER_DEVICE, 0, 0));
            whiteouts.add(path);
        } else if (there.isDirectory()) {
            makeOpaque(path);
        }
    }

    /** Hides all that the layers below have in that folder. */
    void opaque(String folder) throws IOException {
        makeOpaque(enter(parts(folder), true));
    }

    /** All entries are there: folders get their modes and times. */
    void finish() throws IOException {
        var deepestFirst = new ArrayList<>(folders.entrySet()).reversed();
        for (var folder : deepestFirst) {
            stamp(folder.getKey(), folder.getValue().modified());
            Files.setAttribute(folder.getKey(), "unix:mode", folder.getValue().mode());
        }
    }

    /** Deletes a folder and all in it, following no link. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** The parts of a name, read as from the root; it may go up, but not beyond. */
    private static List<String> parts(String name) {
        var parts = new ArrayList<String>();
        for (var part : name.split("/")) {
            if (part.equals("..")) {
                if (parts.isEmpty()) {
                    throw new ImageException("it leads outside the layer");
                }
                parts.removeLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return parts;
    }

    /** Where the entry of that name goes; the folders on the way are made. */
    private Path place(String name) throws IOException {
        var parts = parts(name);
        return parts.isEmpty()
                ? root
                : enter(parts.subList(0, parts.size() - 1), true).resolve(parts.getLast());
    }

    /** What an earlier entry of this layer made under that name. */
    private Path existing(String name) throws IOException {
        var parts = parts(name);
        var path = parts.isEmpty()
                ? root
                : enter(parts.subList(0, parts.size() - 1), false).resolve(parts.getLast());
        var there = look(path);
        if (there == null || whiteouts.contains(path)) {
            throw new ImageException("it is a hard link to " + quote(name) + ", which the layer does not have");
        }
        if (there.isDirectory()) {
            throw new ImageException("it is a hard link to the folder " + quote(name));
        }
        return path;
    }

    /** Goes into a folder, through this layer's symbolic links, and makes what is missing if it may. */
    private Path enter(List<String> parts, boolean make) throws IOException {
        if (parts.isEmpty()) {
            return root;
        }
        String name = String.join("/", parts);
        var known = parents.get(name);
        if (known != null) {
            return known;
        }
        Deque<String> todo = new ArrayDeque<>(parts);
        var at = root;
        int links = 0;
        while (!todo.isEmpty()) {
            String part = todo.pop();
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (part.equals("..")) {
                if (at.equals(root)) {
                    throw new ImageException("a symbolic link on its way leads outside the layer");
                }
                at = at.getParent();
                continue;
            }
            var next = at.resolve(part);
            var there = look(next);
            if (there != null && there.isSymbolicLink()) {
                if (++links > MAX_LINKS) {
                    throw new ImageException("too many symbolic links on its way");
                }
                String target = Files.readSymbolicLink(next).toString();
                if (target.startsWith("/")) {
                    at = root;
                }
                Arrays.asList(target.split("/")).reversed().forEach(todo::push);
            } else if (there != null && there.isDirectory()) {
                at = next;
            } else if (make && (there == null || whiteouts.contains(next))) {
                makeFolder(next);
                Files.setAttribute(next, "unix:mode", IMPLIED_MODE);
                at = next;
            } else {
                throw new ImageException(quote(root.relativize(next).toString()) + " on its way is no folder");
            }
        }
        parents.put(name, at);
        return at;
    }

    private void makeFolder(Path path) throws IOException {
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException there) {
            boolean hidden = whiteouts.contains(path);
            if (hidden || !look(path).isDirectory()) {
                clear(path);
                Files.createDirectory(path);
            }
            if (hidden) {
                makeOpaque(path);
            }
        }
    }

    private void makeOpaque(Path folder) {
        kernel.call(Calls.setAttribute(
                folder.toString(), "trusted.overlay.opaque", "y".getBytes(StandardCharsets.US_ASCII)));
    }

    /** Owner and extended attributes; in this order, for a change of owner drops the file's capabilities. */
    private void own(Path path, Attributes attributes) throws IOException {
        Files.setAttribute(path, "unix:uid", attributes.uid());
        Files.setAttribute(path, "unix:gid", attributes.gid());
        attributes.xattrs().forEach((name, value) -> {
            try {
                kernel.call(Calls.setAttribute(path.toString(), name, value));
            } catch (KernelException e) {
                // Not every filesystem has them, and no program relies on its own.
                if (!name.startsWith("user.")
                        || e.errno().filter(Errno.EOPNOTSUPP::equals).isEmpty()) {
                    throw e;
                }
            }
        });
    }

    private void stamp(Path path, FileTime time) throws IOException {
        var modified = time.toInstant();
        if (modified.getEpochSecond() < 0) {
            // Java sets times before 1970 to 1970.
            kernel.call(Calls.setTime(path.toString(), modified.getEpochSecond(), modified.getNano()));
        } else {
            Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(time, null, null);
        }
    }

    /** Makes way for an entry: the later of two with one name counts. */
    private void clear(Path path) throws IOException {
        var there = look(path);
        if (there == null) {
            return;
        }
        if (path.equals(root)) {
            throw new ImageException("it would replace the layer itself");
        }
        if (there.isDirectory()) {
            delete(path);
            folders.keySet().removeIf(folder -> folder.startsWith(path));
            whiteouts.removeIf(whiteout -> whiteout.startsWith(path));
        } else {
            Files.delete(path);
            whiteouts.remove(path);
        }
        parents.clear();
    }

    private static BasicFileAttributes look(Path path) throws IOException {
        // Asked first because almost always there is nothing, and an exception takes far longer than a system call.
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                ? Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                : null;
    }
}
