package koker.image;

import static koker.image.ImageException.quote;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import koker.kernel.KernelException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Reads the archive of a layer into a {@link LayerTree} (OCI image-spec 1.1, layer.md). */
final class LayerArchive {
    private static final String WHITEOUT = ".wh.";
    private static final String AUFS = ".wh..wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final int BUFFER = 64 << 10;
    private static final int MODE_BITS = 07777;
    private static final long MAX_ID = 0xffff_fffeL;
    private static final char UNDECODABLE = '\ufffd';

    private final TarHeaders headers;
    private final TarArchiveInputStream tar;
    private final LayerTree tree;

    LayerArchive(InputStream archive, LayerTree tree) {
        this.headers = new TarHeaders(new BufferedInputStream(archive, BUFFER));
        this.tar = new TarArchiveInputStream(headers, StandardCharsets.UTF_8.name());
        this.tree = tree;
    }

    /** Reads all entries, unless told to stop. */
    void unpack(BooleanSupplier stop) throws IOException {
        TarArchiveEntry entry;
        while ((entry = next()) != null && !stop.getAsBoolean()) {
            try {
                place(entry);
                // What an entry has more than it needs, so that only headers come next.
                tar.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new ImageException("entry " + quote(entry.getName()) + ": " + ImageException.reason(e), e);
            } catch (ImageException | KernelException | InvalidPathException e) {
                throw new ImageException("entry " + quote(entry.getName()) + ": " + reason(e), e);
            }
        }
        tree.finish();
    }

    private TarArchiveEntry next() throws IOException {
        headers.keep();
        try {
            return tar.getNextEntry();
        } catch (RuntimeException e) {
            throw new IOException("the archive is damaged", e);
        }
    }

    private void place(TarArchiveEntry entry) throws IOException {
        String name = entry.getName();
        int slash = withoutTrailingSlashes(name).lastIndexOf('/');
        String folder = name.substring(0, slash + 1);
        String last = withoutTrailingSlashes(name).substring(slash + 1);
        if (last.equals(OPAQUE)) {
            tree.opaque(folder);
        } else if (last.startsWith(AUFS) || name.startsWith(AUFS)) {
            // What aufs kept for itself, in images of long ago.
            return;
        } else if (last.startsWith(WHITEOUT)) {
            String hidden = last.substring(WHITEOUT.length());
            if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
                throw new ImageException("it is a whiteout of nothing");
            }
            tree.whiteout(folder + hidden);
        } else {
            add(entry, checked(name));
        }
    }

    private void add(TarArchiveEntry entry, String name) throws IOException {
        var attributes = attributes(entry);
        switch (entry.getLinkFlag()) {
            case TarConstants.LF_DIR -> tree.folder(name, attributes);
            case TarConstants.LF_OLDNORM,
                    TarConstants.LF_NORMAL,
                    TarConstants.LF_CONTIG,
                    TarConstants.LF_GNUTYPE_SPARSE -> {
                // Before there was a type for folders, the slash told.
                if (name.endsWith("/")) {
                    tree.folder(name, attributes);
                } else {
                    tree.file(name, tar, attributes);
                }
            }
            case TarConstants.LF_LINK -> tree.hardLink(name, checked(entry.getLinkName()));
            case TarConstants.LF_SYMLINK -> tree.symbolicLink(name, checked(entry.getLinkName()), attributes);
            case TarConstants.LF_FIFO -> tree.node(name, LayerTree.FIFO, 0, 0, attributes);
            case TarConstants.LF_CHR -> device(entry, name, LayerTree.CHARACTER_DEVICE, attributes);
            case TarConstants.LF_BLK -> device(entry, name, LayerTree.BLOCK_DEVICE, attributes);
            default -> throw new ImageException("a tar entry of type " + quote("" + (char) entry.getLinkFlag()));
        }
    }

    private void device(TarArchiveEntry entry, String name, int type, LayerTree.Attributes attributes)
            throws IOException {
        tree.node(name, type, entry.getDevMajor(), entry.getDevMinor(), attributes);
    }

    private LayerTree.Attributes attributes(TarArchiveEntry entry) throws IOException {
        return new LayerTree.Attributes(
                id("user", entry.getLongUserId()),
                id("group", entry.getLongGroupId()),
                entry.getMode() & MODE_BITS,
                entry.getLastModifiedTime(),
                xattrs());
    }

    /** Those that mean something inside a container. Those of OverlayFS (trusted.overlay.*) are koker's to set. */
    private Map<String, byte[]> xattrs() throws IOException {
        var xattrs = new HashMap<String, byte[]>();
        headers.xattrs().forEach((name, value) -> {
            boolean overlay = name.startsWith("user.overlay.");
            if (name.startsWith("user.") && !overlay
                    || name.equals("security.capability")
                    || name.startsWith("system.posix_acl_")) {
                xattrs.put(name, value);
            }
        });
        return xattrs;
    }

    private static int id(String whose, long id) {
        if (id < 0 || id > MAX_ID) {
            throw new ImageException(whose + " ID " + id + " is none that Linux has");
        }
        return (int) id;
    }

    private static String checked(String name) {
        if (name.indexOf(UNDECODABLE) >= 0) {
            throw new ImageException("its name is not UTF-8, which koker cannot unpack yet");
        }
        return name;
    }

    private static String withoutTrailingSlashes(String name) {
        int end = name.length();
        while (end > 0 && name.charAt(end - 1) == '/') {
            end--;
        }
        return name.substring(0, end);
    }

    private static String reason(RuntimeException e) {
        if (e instanceof InvalidPathException invalid) {
            return invalid.getReason() + " (the locale's character set is " + System.getProperty("sun.jnu.encoding")
                    + "; LC_ALL=C.UTF-8 takes any)";
        }
        return e.getMessage();
    }
}
