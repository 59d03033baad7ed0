package koker.it;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes archives byte by byte, with whatever a header may hold but should not (POSIX pax, "ustar Interchange Format"). */
final class RawTar {
    private static final int RECORD = 512;
    private static final int NAME = 100;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A header: fields are bytes, or octal digits. */
    static final class Header {
        private final byte[] bytes = new byte[RECORD];

        private Header(String name, char type) {
            put(0, name).put(100, "0000644").put(108, "0000000").put(116, "0000000");
            put(124, "00000000000").put(136, "14524764400").put(257, "ustar").put(263, "00");
            bytes[156] = (byte) type;
        }

        /** Any field, at its place. */
        Header put(int at, String field) {
            return put(at, field.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Any field, at its place. */
        Header put(int at, byte[] field) {
            System.arraycopy(field, 0, bytes, at, field.length);
            return this;
        }

        Header mode(String octal) {
            return put(100, octal);
        }

        Header link(String target) {
            return put(157, target);
        }

        Header size(long size) {
            return put(124, "%011o".formatted(size));
        }

        Header device(String major, String minor) {
            return put(329, major).put(337, minor);
        }

        private byte[] checked() {
            Arrays.fill(bytes, 148, 156, (byte) ' ');
            var sum = 0;
            for (var b : bytes) {
                sum += b & 0xff;
            }
            return put(148, "%06o\0".formatted(sum)).bytes;
        }
    }

    static Header header(String name, char type) {
        return new Header(name, type);
    }

    /** Adds an entry. */
    RawTar add(Header header) {
        out.writeBytes(header.checked());
        return this;
    }

    /** Adds an entry whose size is that of {@code content}. */
    RawTar add(Header header, byte[] content) {
        return add(header.size(content.length)).raw(padded(content));
    }

    RawTar file(String name, String content) {
        return add(named(name, '0'), content.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawTar folder(String name) {
        return add(named(name, '5').mode("0000755"));
    }

    RawTar link(String name, String target) {
        return add(linked(name, '2', target));
    }

    RawTar hardLink(String name, String target) {
        return add(linked(name, '1', target));
    }

    /** A header that has the name, or behind one of GNU's that has it where it is too long. */
    private Header named(String name, char type) {
        if (name.length() <= NAME) {
            return header(name, type);
        }
        longName(name);
        return header(name.substring(0, NAME), type);
    }

    private Header linked(String name, char type, String target) {
        if (target.length() <= NAME) {
            return named(name, type).link(target);
        }
        add(header("././@LongLink", 'K'), target.getBytes(StandardCharsets.ISO_8859_1));
        return named(name, type).link(target.substring(0, NAME));
    }

    /** A PAX header with these records, {@code key=value}, before the next entry. */
    RawTar pax(String... records) {
        var all = new StringBuilder();
        for (var record : records) {
            var length = record.length() + 2;
            while (Integer.toString(length).length() + record.length() + 2 != length) {
                length++;
            }
            all.append(length).append(' ').append(record).append('\n');
        }
        return paxBytes(all.toString());
    }

    /** A PAX header with just these bytes. */
    RawTar paxBytes(String bytes) {
        return add(header("pax", 'x'), bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A header of GNU's with a long name. */
    RawTar longName(String name) {
        return add(header("././@LongLink", 'L'), name.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawTar raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The archive without an end. */
    byte[] open() {
        return out.toByteArray();
    }

    /** The archive. */
    byte[] bytes() {
        return raw(new byte[2 * RECORD]).open();
    }

    private static byte[] padded(byte[] content) {
        return Arrays.copyOf(content, content.length + RECORD - 1 & -RECORD);
    }
}
