package koker.kernel;

import com.sun.jna.Pointer;

/** A stretch of memory that is filled from its start, with the bytes that arguments point to. */
final class Memory {
    private final Pointer start;
    private final long size;
    private long used;

    Memory(Pointer start, long size) {
        this.start = start;
        this.size = size;
    }

    /** Its bytes. */
    long size() {
        return size;
    }

    /** Reserves {@code bytes} bytes, and returns where they are, counted from the start. */
    long reserve(long bytes) {
        if (used + bytes > size) {
            throw new IllegalStateException("a program of system calls is larger than was counted");
        }
        var at = used;
        used += bytes;
        return at;
    }

    /** What is reserved from now on begins {@code offset} bytes from the start, or behind that. */
    void skipTo(long offset) {
        reserve(offset - used);
    }

    /** The address of the byte {@code offset} bytes from the start. */
    long address(long offset) {
        return Pointer.nativeValue(start) + offset;
    }

    long get(long offset) {
        return start.getLong(offset);
    }

    void set(long offset, long value) {
        start.setLong(offset, value);
    }

    void set(long offset, byte[] bytes) {
        start.write(offset, bytes, 0, bytes.length);
    }

    void read(long offset, byte[] bytes) {
        start.read(offset, bytes, 0, bytes.length);
    }

    /** Puts {@code bytes} here, and returns their address. */
    long put(byte[] bytes) {
        return put(bytes, bytes.length);
    }

    /** Puts the first {@code length} of {@code bytes} here, and returns their address. */
    long put(byte[] bytes, int length) {
        var at = reserve(Layout.align(length));
        start.write(at, bytes, 0, length);
        return address(at);
    }
}
