package koker.image;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * What a tar says of an entry beside its header: records of the form {@code "%d %s=%s\n"}, the first being the record's own length
 * (pax(1), "pax Extended Header"). Values are bytes.
 */
final class PaxRecords {
    private static final int NANO_DIGITS = 9;

    private final TreeMap<String, byte[]> records = new TreeMap<>();

    /** A name that the header cannot have whole, or that is not ASCII; its chars are bytes. */
    PaxRecords name(String key, String name, int longest) {
        byte[] bytes = EntryName.bytes(name);
        boolean ascii = name.chars().allMatch(c -> c < 0x80);
        if (name.length() > longest || !ascii) {
            records.put(key, bytes);
            var text = new String(bytes, StandardCharsets.UTF_8);
            if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
                records.put("hdrcharset", EntryName.bytes("BINARY"));
            }
        }
        return this;
    }

    /** Extended attributes, and the part of a time that is no whole second, of a time since 1970. */
    PaxRecords with(Attributes attributes) {
        attributes.xattrs().forEach((name, value) -> records.put("SCHILY.xattr." + name, value));
        if (attributes.nanos() != 0) {
            var time = BigDecimal.valueOf(attributes.seconds())
                    .add(BigDecimal.valueOf(attributes.nanos(), NANO_DIGITS))
                    .stripTrailingZeros();
            put("mtime", time.toPlainString());
        }
        return this;
    }

    /** A file that is {@code size} bytes long, of which only those parts are there that a list before them names. */
    PaxRecords sparse(String name, long size) {
        put("GNU.sparse.major", "1");
        put("GNU.sparse.minor", "0");
        records.put("GNU.sparse.name", EntryName.bytes(name));
        put("GNU.sparse.realsize", Long.toString(size));
        return this;
    }

    /** All of them, sorted; none if there are none. */
    byte[] bytes() {
        var out = new ByteArrayOutputStream();
        records.forEach((key, value) -> {
            byte[] before = EntryName.bytes(" " + key + "=");
            int rest = before.length + value.length + 1;
            int length = rest + 1;
            while (length < rest + Integer.toString(length).length()) {
                length++;
            }
            out.writeBytes(EntryName.bytes(Integer.toString(length)));
            out.writeBytes(before);
            out.writeBytes(value);
            out.write('\n');
        });
        return out.toByteArray();
    }

    private void put(String key, String value) {
        records.put(key, EntryName.bytes(value));
    }
}
