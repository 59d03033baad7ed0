package koker.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** An argument of a system call: what is passed, and how it is shown. */
public sealed interface Argument {
    /** A plain number. */
    record Number(long value) implements Argument {}

    /** The mode of a file, shown in octal. */
    record Mode(int value) implements Argument {}

    /** A set of flags, shown by their names. */
    record Flags(Collection<? extends Flag> set) implements Argument {}

    /** A string, passed by address and ended by a zero byte. */
    record Text(String value) implements Argument {}

    /** A list of strings, passed as an address of addresses, such as execve's argv. */
    record Texts(List<String> values) implements Argument {}

    /** A structure, passed by address: its bytes, and its fields in words. */
    record Struct(byte[] bytes, String fields) implements Argument {
        static Struct ofInt(int value) {
            return new Struct(Layout.of().int32(value).bytes(), "[" + value + "]");
        }
    }

    /** Room for the kernel to write to, passed by address; after a call the bytes are here. */
    record Room(byte[] bytes, Form form) implements Argument {}

    /** The number of a device, by its two parts. */
    record Device(int major, int minor) implements Argument {
        /** As the kernel takes it. */
        long number() {
            return (minor & 0xff) | ((long) major) << 8 | (minor & ~0xffL) << 12;
        }
    }

    /** The address of a null pointer: nothing. */
    record Null() implements Argument {}

    /** What the call labelled {@code label}, made earlier in the same program, returned. */
    record Result(String label) implements Argument {}

    /** 32 bits, {@code offset} bytes into the room of the call labelled {@code label} in the same program. */
    record Field(String label, int offset) implements Argument {}

    /** An address or offset that is known only once the program is in its place. */
    record Landmark(Place place) implements Argument {}

    /** What a landmark stands for. */
    enum Place {
        /** Where the memory of the program starts. */
        START,
        /** Where the memory of the program ends. */
        END,
        /** Where the memory of a process can end at most. */
        TOP,
        /** How far before the thread pointer the C library keeps what the kernel knows of restartable sequences. */
        RSEQ
    }

    /** How the argument reads in a trace; {@code results} knows what labelled calls returned. */
    default String show(ToLongFunction<String> results) {
        return switch (this) {
            case Number(long value) -> Long.toString(value);
            case Mode(int value) when value == 0 -> "0";
            case Mode(int value) -> "0" + Integer.toOctalString(value);
            case Device(int major, int minor) -> "makedev(" + major + ", " + minor + ")";
            case Flags(var set) when set.isEmpty() -> "0";
            case Flags(var set) -> set.stream().map(Flag::name).collect(Collectors.joining("|"));
            case Text(String value) -> quote(value);
            case Texts(var values) -> values.stream().map(Argument::quote).collect(Collectors.joining(", ", "[", "]"));
            case Struct(var _, String fields) -> fields;
            case Room(var bytes, Form form) -> form.show(bytes);
            case Null() -> "NULL";
            case Result(String label) -> Long.toString(results.applyAsLong(label));
            case Field(String label, int offset) -> label + "+" + offset;
            case Landmark(Place place) -> place.name();
        };
    }

    /** The bytes that the argument needs in memory, beside the word that is passed; a multiple of 8. */
    default int size() {
        var size =
                switch (this) {
                    case Text(String value) -> bytes(value).length;
                    case Texts(var values) ->
                        8 * (values.size() + 1)
                                + values.stream()
                                        .mapToInt(value -> Layout.align(bytes(value).length))
                                        .sum();
                    case Struct(var bytes, var _) -> bytes.length;
                    case Room(var bytes, var _) -> bytes.length;
                    case Number _, Mode _, Flags _, Device _, Null _, Result _, Field _, Landmark _ -> 0;
                };
        return Layout.align(size);
    }

    /** The string as C has it. */
    static byte[] bytes(String value) {
        return (value + "\0").getBytes(StandardCharsets.UTF_8);
    }

    /** The string as C source has it. */
    static String quote(String value) {
        var quoted = new StringBuilder("\"");
        for (var c : value.toCharArray()) {
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> quoted.append(c < ' ' || c == 0x7f ? String.format("\\%03o", (int) c) : c);
            }
        }
        return quoted.append('"').toString();
    }
}
