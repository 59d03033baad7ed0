package koker.image;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarUtils;

/**
 * Keeps the bytes of an entry's headers while the tar reader reads them. Names and the values of extended attributes are
 * bytes, not text: Commons Compress decodes those in PAX records as UTF-8, and a file capability with a byte over 0x7f
 * (CAP_SETUID) is lost. Nor does it mind a wrong checksum.
 */
final class TarHeaders extends FilterInputStream {
    private static final int RECORD = 512;
    private static final int SIZE_AT = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int TYPE_AT = 156;
    private static final int MAX_HEADERS = 2 << 20;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private boolean keeping;
    private long position;
    private int padding;

    TarHeaders(InputStream in) {
        super(in);
    }

    /** From here on, which is within a record's padding at most, come headers. */
    void keep() {
        kept.reset();
        keeping = true;
        padding = (int) (-position & RECORD - 1);
    }

    /** The PAX records in the headers since {@link #keep}, but for those that hold for all entries to come. */
    Map<String, byte[]> records() throws IOException {
        keeping = false;
        var found = new HashMap<String, byte[]>();
        byte[] bytes = kept.toByteArray();
        for (int at = padding; at + RECORD <= bytes.length; ) {
            var header = Arrays.copyOfRange(bytes, at, at + RECORD);
            if (!TarUtils.verifyCheckSum(header)) {
                throw new IOException("the archive is damaged: a header has a wrong checksum");
            }
            long size = TarUtils.parseOctalOrBinary(header, SIZE_AT, SIZE_LENGTH);
            char type = (char) header[TYPE_AT];
            if ("xXLKg".indexOf(type) < 0 || size < 0 || size > bytes.length - at - RECORD) {
                break;
            }
            at += RECORD;
            if (type == 'x' || type == 'X') {
                records(bytes, at, at + (int) size, found);
            }
            at += (int) (size + RECORD - 1 & -RECORD);
        }
        return found;
    }

    /** PAX records, "%d %s=%s\n" with the record's own length first (pax(1), "pax Extended Header"). */
    private static void records(byte[] bytes, int from, int to, Map<String, byte[]> found) throws IOException {
        int at = from;
        while (at < to) {
            int length = 0;
            int space = at;
            while (space < to && bytes[space] >= '0' && bytes[space] <= '9' && length < MAX_HEADERS) {
                length = length * 10 + bytes[space++] - '0';
            }
            int end = at + length;
            int equals = space;
            while (equals < to && bytes[equals] != '=') {
                equals++;
            }
            if (length == 0 || end > to || equals >= end) {
                throw new IOException("a PAX header is damaged");
            }
            var key = new String(bytes, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
            found.put(key, Arrays.copyOfRange(bytes, equals + 1, Math.max(equals + 1, end - 1)));
            at = end;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = super.read(bytes, offset, length);
        if (n > 0) {
            position += n;
            if (keeping) {
                if (kept.size() + n > MAX_HEADERS) {
                    throw new IOException("an entry's headers are larger than " + (MAX_HEADERS >> 20) + " MiB");
                }
                kept.write(bytes, offset, n);
            }
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        byte[] skipped = new byte[(int) Math.min(n, 8 << 10)];
        return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
