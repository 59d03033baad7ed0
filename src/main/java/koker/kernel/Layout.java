package koker.kernel;

import java.io.ByteArrayOutputStream;

/** Builds the bytes of a C structure, field after field, little-endian as on both architectures. */
final class Layout {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static Layout of() {
        return new Layout();
    }

    /** {@code size} rounded up to a multiple of 8. */
    static int align(int size) {
        return (size + 7) & ~7;
    }

    Layout int16(int value) {
        return number(value, 2);
    }

    Layout int32(int value) {
        return number(value, 4);
    }

    Layout int64(long value) {
        return number(value, 8);
    }

    /** {@code text} in a field of {@code size} bytes, the rest zero. */
    Layout text(String text, int size) {
        var bytes = Argument.bytes(text);
        out.write(bytes, 0, Math.min(bytes.length, size));
        return zeros(size - bytes.length);
    }

    Layout raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    Layout zeros(int count) {
        for (var i = 0; i < count; i++) {
            out.write(0);
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private Layout number(long value, int size) {
        for (var i = 0; i < size; i++) {
            out.write((int) (value >> 8 * i));
        }
        return this;
    }
}
