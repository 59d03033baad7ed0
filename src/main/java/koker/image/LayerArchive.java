package koker.image;

import static koker.image.EntryName.shown;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import koker.kernel.KernelException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Reads an archive, such as that of a layer, into a tree (OCI image-spec 1.1, layer.md). */
final class LayerArchive {
    private static final String XATTR = "SCHILY.xattr.";
    private static final int BUFFER = 64 << 10;
    private static final int MODE_BITS = 07777;
    private static final long MAX_ID = 0xffff_fffeL;
    private static final int MAX_MAJOR = 0xfff;
    private static final int MAX_MINOR = 0xf_ffff;

    private final TarHeaders headers;
    private final TarArchiveInputStream tar;
    private final EntrySink sink;
    private final byte[] buffer = new byte[2 * BUFFER];

    /** The PAX records of the current entry. */
    private Map<String, byte[]> records = Map.of();

    LayerArchive(InputStream archive, EntrySink sink) {
        this.headers = new TarHeaders(new BufferedInputStream(archive, BUFFER));
        this.tar = new TarArchiveInputStream(headers, StandardCharsets.ISO_8859_1.name());
        this.sink = sink;
    }

    /** Reads all entries. */
    void unpack() throws IOException {
        TarArchiveEntry entry;
        while ((entry = next()) != null) {
            try {
                records = headers.records();
                sink.count();
                place(entry);
                // What an entry has more than it needs, so that only headers come next.
                while (tar.read(buffer) > 0) {}
            } catch (IOException e) {
                throw new ImageException("entry " + shown(name(entry)) + ": " + ImageException.reason(e), e);
            } catch (ImageException e) {
                throw new ImageException("entry " + shown(name(entry)) + ": " + e.getMessage(), e);
            } catch (KernelException e) {
                throw new ImageException("entry " + shown(name(entry)) + ": " + ImageException.reason(e), e);
            }
        }
    }

    private TarArchiveEntry next() throws IOException {
        headers.keep();
        try {
            return tar.getNextEntry();
        } catch (RuntimeException e) {
            throw new IOException("the archive is damaged", e);
        } catch (StackOverflowError e) {
            throw new IOException("the archive is damaged: a header for a header for a header, without end", e);
        }
    }

    private void place(TarArchiveEntry entry) throws IOException {
        var name = EntryName.of(name(entry));
        if (!sink.takesMarker(name)) {
            add(entry, name);
        }
    }

    private void add(TarArchiveEntry entry, EntryName name) throws IOException {
        var attributes = attributes(entry);
        switch (entry.getLinkFlag()) {
            case TarConstants.LF_DIR -> sink.folder(name, attributes);
            case TarConstants.LF_OLDNORM,
                    TarConstants.LF_NORMAL,
                    TarConstants.LF_CONTIG,
                    TarConstants.LF_GNUTYPE_SPARSE -> {
                // Before there was a type for folders, the slash told.
                if (name(entry).endsWith("/")) {
                    sink.folder(name, attributes);
                } else {
                    file(entry, name, attributes);
                }
            }
            case TarConstants.LF_LINK -> sink.hardLink(name, EntryName.of(target(entry)));
            case TarConstants.LF_SYMLINK -> sink.symbolicLink(name, target(entry), attributes);
            case TarConstants.LF_FIFO -> sink.node(name, FileStatus.FIFO, 0, 0, attributes);
            case TarConstants.LF_CHR -> device(entry, name, FileStatus.CHARACTER_DEVICE, attributes);
            case TarConstants.LF_BLK -> device(entry, name, FileStatus.BLOCK_DEVICE, attributes);
            default ->
                throw new ImageException(
                        "a tar entry of type " + ImageException.quote("" + (char) entry.getLinkFlag()));
        }
    }

    private void file(TarArchiveEntry entry, EntryName name, Attributes attributes) throws IOException {
        sink.file(name, attributes, file -> {
            if (entry.isSparse()) {
                sparse(entry, file);
            } else {
                copy(Long.MAX_VALUE, file);
            }
        });
    }

    /** Only the parts that have data are in the archive; the rest is holes, and stays so. */
    private void sparse(TarArchiveEntry entry, NewFile file) throws IOException {
        long at = 0;
        for (var part : entry.getOrderedSparseHeaders()) {
            skip(part.getOffset() - at);
            at = part.getOffset();
            if (part.getNumbytes() > 0) {
                file.seek(at);
                at += copy(part.getNumbytes(), file);
            }
        }
        skip(entry.getRealSize() - at);
        file.setLength(entry.getRealSize());
    }

    private void skip(long length) throws IOException {
        for (long left = length, n; left > 0; left -= n) {
            n = tar.skip(left);
            if (n <= 0) {
                throw new IOException("its sparse map is damaged");
            }
        }
    }

    private long copy(long length, NewFile file) throws IOException {
        long copied = 0;
        for (int n; (n = tar.read(buffer, 0, (int) Math.min(buffer.length, length - copied))) > 0; copied += n) {
            file.write(buffer, n);
        }
        return copied;
    }

    private void device(TarArchiveEntry entry, EntryName name, int type, Attributes attributes) {
        int major = entry.getDevMajor();
        int minor = entry.getDevMinor();
        if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
            throw new ImageException("device " + major + ":" + minor + " is none that Linux has");
        }
        sink.node(name, type, major, minor, attributes);
    }

    /** As bytes, one in each char. What a PAX record says, Commons Compress has decoded: that is not wanted. */
    private String name(TarArchiveEntry entry) {
        return text("GNU.sparse.name", text("path", entry.getName()));
    }

    private String target(TarArchiveEntry entry) {
        var target = text("linkpath", entry.getLinkName());
        if (target.indexOf('\0') >= 0) {
            throw new ImageException("there is a zero byte in what it is a link to");
        }
        return target;
    }

    private String text(String record, String otherwise) {
        var bytes = records.get(record);
        return bytes == null ? otherwise : new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private Attributes attributes(TarArchiveEntry entry) {
        var modified = entry.getLastModifiedTime().toInstant();
        return new Attributes(
                id("user", entry.getLongUserId()),
                id("group", entry.getLongGroupId()),
                entry.getMode() & MODE_BITS,
                modified.getEpochSecond(),
                modified.getNano(),
                xattrs());
    }

    private Map<String, byte[]> xattrs() {
        if (records.isEmpty()) {
            return Map.of();
        }
        var xattrs = new HashMap<String, byte[]>();
        records.forEach((key, value) -> {
            if (key.startsWith(XATTR) && Attributes.isKept(key.substring(XATTR.length()))) {
                xattrs.put(key.substring(XATTR.length()), value);
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
}
