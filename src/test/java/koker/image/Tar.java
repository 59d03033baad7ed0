package koker.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes the archives that the tests unpack, honest and hostile. */
public final class Tar {
    static final Instant MODIFIED = Instant.ofEpochSecond(1_700_000_000, 123_456_700);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8");
    private final int uid;
    private final int gid;

    public Tar() {
        this(Account.UID, Account.GID);
    }

    public Tar(int uid, int gid) {
        this.uid = uid;
        this.gid = gid;
        out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        out.setAddPaxHeadersForNonAsciiNames(true);
    }

    public Tar folder(String name, int mode) {
        return add(name.endsWith("/") ? name : name + "/", TarConstants.LF_DIR, "", entry -> entry.setMode(mode));
    }

    public Tar file(String name, String content) {
        return file(name, content, 0644);
    }

    public Tar file(String name, String content, int mode) {
        return add(name, TarConstants.LF_NORMAL, content, entry -> entry.setMode(mode));
    }

    public Tar link(String name, String target) {
        return add(name, TarConstants.LF_SYMLINK, "", entry -> entry.setLinkName(target));
    }

    public Tar hardLink(String name, String target) {
        return add(name, TarConstants.LF_LINK, "", entry -> entry.setLinkName(target));
    }

    public Tar node(String name, byte type, int major, int minor) {
        return add(name, type, "", entry -> {
            entry.setMode(0640);
            entry.setDevMajor(major);
            entry.setDevMinor(minor);
        });
    }

    public Tar add(String name, byte type, String content, Consumer<TarArchiveEntry> change) {
        try {
            byte[] data = content.getBytes(StandardCharsets.UTF_8);
            var entry = new TarArchiveEntry(name, type, true);
            entry.setSize(data.length);
            entry.setIds(uid, gid);
            entry.setLastModifiedTime(FileTime.from(MODIFIED));
            change.accept(entry);
            out.putArchiveEntry(entry);
            out.write(data);
            out.closeArchiveEntry();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A PAX header as bytes, before the next entry: the library writes text only. */
    public Tar pax(byte[] records) {
        try {
            var entry = new TarArchiveEntry("PaxHeaders/x", TarConstants.LF_PAX_EXTENDED_HEADER_LC);
            entry.setSize(records.length);
            entry.setLastModifiedTime(FileTime.from(MODIFIED.truncatedTo(ChronoUnit.SECONDS)));
            out.putArchiveEntry(entry);
            out.write(records);
            out.closeArchiveEntry();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] bytes() {
        try {
            out.finish();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] gzip(byte[] bytes) {
        var zipped = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return zipped.toByteArray();
    }
}
