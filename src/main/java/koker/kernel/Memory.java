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

    /** Reserves {@code bytes} bytes, and returns where they are, counted from the start. */
    long reserve(long bytes) {
        if (used + bytes > size) {
            throw new IllegalStateException("a program of system calls is larger than was counted");
        }
        var at = used;
        used += bytes;
        return at;
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

    /** The word that passes {@code argument}; what that points to is put here. */
    long encode(Argument argument) {
        return switch (argument) {
            case Argument.Number(long value) -> value;
            case Argument.Mode(int value) -> value;
            case Argument.Flags(var flags) -> Flag.bits(flags);
            case Argument.Device device -> device.number();
            case Argument.Null() -> 0;
            case Argument.Text(String value) -> put(Argument.bytes(value));
            case Argument.Struct(var bytes, var _) -> put(bytes);
            case Argument.Room(var bytes, var _) -> put(bytes);
            case Argument.Texts(var values) -> {
                var table = reserve(8L * (values.size() + 1));
                for (var i = 0; i < values.size(); i++) {
                    set(table + 8L * i, put(Argument.bytes(values.get(i))));
                }
                set(table + 8L * values.size(), 0);
                yield address(table);
            }
            case Argument.Result _, Argument.Field _, Argument.Landmark _ ->
                throw new IllegalStateException("only a program has results and places to refer to");
        };
    }

    private long put(byte[] bytes) {
        var at = reserve(Layout.align(bytes.length));
        set(at, bytes);
        return address(at);
    }
}
