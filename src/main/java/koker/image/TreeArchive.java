package koker.image;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import koker.kernel.Kernel;
import koker.trace.Trace;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes entries of trees to a tar: the same bytes for the same content. What has no place in a header of 1988 is in PAX records
 * before it (pax(1)): long names and those beyond ASCII, nanoseconds, extended attributes; and of a sparse file, where its data are (GNU
 * tar's format 1.0).
 */
final class TreeArchive {
    private static final int BUFFER = 128 << 10;
    private static final int RECORD = 512;
    private static final int LONGEST_NAME = 99;
    static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";

    private final Kernel kernel;
    private final Trace trace;
    private final TarArchiveOutputStream tar;
    private final HardLinks links = new HardLinks();
    private final byte[] buffer = new byte[BUFFER];
    private long entries;
    private long bytes;

    /** Writes to {@code out}, and leaves it open. */
    TreeArchive(OutputStream out, Kernel kernel, Trace trace) {
        this.kernel = kernel;
        this.trace = trace;
        this.tar = new TarArchiveOutputStream(out, StandardCharsets.ISO_8859_1.name());
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_TRUNCATE);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
    }

    /** How many entries there are so far. */
    long entries() {
        return entries;
    }

    /** How many bytes their contents have so far. */
    long bytes() {
        return bytes;
    }

    /** Adds {@code entry} under {@code name}, whose chars are bytes. */
    void add(String name, TreeEntry entry) throws IOException {
        trace.heading("Archive entry", fields("path", "/" + name));
        var status = entry.status();
        var first = links.first(status, name);
        if (first.isPresent()) {
            var link = header(name, TarConstants.LF_LINK, entry.attributes());
            put(link, records(name, first.get(), link));
            return;
        }
        switch (status.type()) {
            case FileStatus.REGULAR -> addFile(name, entry);
            case FileStatus.FOLDER -> add(name + "/", "", TarConstants.LF_DIR, entry);
            case FileStatus.LINK -> add(name, entry.target(), TarConstants.LF_SYMLINK, entry);
            case FileStatus.FIFO -> add(name, "", TarConstants.LF_FIFO, entry);
            case FileStatus.CHARACTER_DEVICE -> add(name, "", TarConstants.LF_CHR, entry);
            case FileStatus.BLOCK_DEVICE -> add(name, "", TarConstants.LF_BLK, entry);
            default -> {
                // A socket is nothing without who listens, and a tar has no word for it.
            }
        }
    }

    /** Says that the layers below have nothing of that name any more (OCI image-spec 1.1, layer.md). */
    void addWhiteout(EntryName name) throws IOException {
        addMarker(name.sibling(WHITEOUT + name.last()).path());
    }

    /** Says that the layers below have nothing any more in that folder. */
    void addOpaque(String folder) throws IOException {
        addMarker(folder + "/" + OPAQUE);
    }

    /** All entries are there. */
    void finish() throws IOException {
        tar.finish();
        tar.flush();
    }

    private void addMarker(String name) throws IOException {
        var attributes = new Attributes(0, 0, 0, 0, 0, Map.of());
        var header = header(name, TarConstants.LF_NORMAL, attributes);
        put(header, records(name, "", header));
    }

    private void add(String name, String target, byte type, TreeEntry entry) throws IOException {
        var attributes = entry.attributes();
        var header = header(name, type, attributes);
        header.setDevMajor(entry.status().major());
        header.setDevMinor(entry.status().minor());
        put(header, records(name, target, header).with(attributes));
    }

    private void addFile(String name, TreeEntry entry) throws IOException {
        try (var file = entry.openFile()) {
            var map = DataMap.of(file);
            var attributes = entry.attributes();
            var header = header(name, TarConstants.LF_NORMAL, attributes);
            if (map.isSparse()) {
                addSparse(name, header, attributes, map, file);
            } else {
                header.setSize(file.size());
                begin(header, records(name, "", header).with(attributes));
                copy(file, new DataMap.Part(0, file.size()));
                tar.closeArchiveEntry();
            }
            bytes += file.size();
        }
    }

    private void addSparse(String name, TarArchiveEntry header, Attributes attributes, DataMap map, OpenFile file)
            throws IOException {
        // As GNU tar has it, the last part says where the file ends.
        var list = new StringBuilder().append(map.parts().size() + 1).append('\n');
        map.parts().forEach(part -> list.append(part.offset())
                .append('\n')
                .append(part.length())
                .append('\n'));
        list.append(map.size()).append("\n0\n");
        byte[] text = EntryName.bytes(list.toString());
        byte[] padded = Arrays.copyOf(text, (text.length + RECORD - 1) / RECORD * RECORD);
        header.setSize(padded.length + map.dataSize());
        begin(header, records(name, "", header).with(attributes).sparse(name, map.size()));
        tar.write(padded);
        for (var part : map.parts()) {
            copy(file, part);
        }
        tar.closeArchiveEntry();
    }

    private static TarArchiveEntry header(String name, byte type, Attributes attributes) {
        var header = new TarArchiveEntry(cut(name), type);
        header.setUserName("");
        header.setGroupName("");
        header.setUserId(Integer.toUnsignedLong(attributes.uid()));
        header.setGroupId(Integer.toUnsignedLong(attributes.gid()));
        header.setMode(attributes.mode());
        header.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(attributes.seconds())));
        return header;
    }

    private static PaxRecords records(String name, String target, TarArchiveEntry header) {
        header.setLinkName(cut(target));
        return new PaxRecords().name("path", name, LONGEST_NAME).name("linkpath", target, LONGEST_NAME);
    }

    /** What a reader that knows no PAX records sees. */
    private static String cut(String name) {
        return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
    }

    private void put(TarArchiveEntry header, PaxRecords records) throws IOException {
        begin(header, records);
        tar.closeArchiveEntry();
    }

    private void begin(TarArchiveEntry header, PaxRecords records) throws IOException {
        byte[] extended = records.bytes();
        if (extended.length > 0) {
            var before = new TarArchiveEntry("PaxHeaders/" + entries, TarConstants.LF_PAX_EXTENDED_HEADER_LC);
            before.setUserName("");
            before.setGroupName("");
            before.setLastModifiedTime(FileTime.fromMillis(0));
            before.setSize(extended.length);
            tar.putArchiveEntry(before);
            tar.write(extended);
            tar.closeArchiveEntry();
        }
        tar.putArchiveEntry(header);
        entries++;
    }

    /** Exactly so many bytes: a file that somebody cuts off meanwhile ends in zeros. */
    private void copy(OpenFile file, DataMap.Part part) throws IOException {
        long end = part.offset() + part.length();
        for (long at = part.offset(); at < end; ) {
            int n = (int) Math.min(file.read(at, buffer), end - at);
            if (n == 0) {
                n = (int) Math.min(buffer.length, end - at);
                Arrays.fill(buffer, 0, n, (byte) 0);
            }
            tar.write(buffer, 0, n);
            at += n;
        }
    }
}
