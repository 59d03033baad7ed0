package koker.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * An argument of a system call: what is passed, and how it is shown. (Each kind says so itself, as a switch over them would take 10 ms
 * when first met.)
 */
public sealed interface Argument {
    /** A plain number. */
    record Number(long value) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return Long.toString(value);
        }

        @Override
        public long encode(Memory memory) {
            return value;
        }
    }

    /** A number that is made of others, and shown by these. */
    record Word(long value, String parts) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return parts;
        }

        @Override
        public long encode(Memory memory) {
            return value;
        }
    }

    /** The mode of a file, shown in octal. */
    record Mode(int value) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return value == 0 ? "0" : "0" + Integer.toOctalString(value);
        }

        @Override
        public long encode(Memory memory) {
            return value;
        }
    }

    /** A set of flags, shown by their names. */
    record Flags(Collection<? extends Flag> set) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            var names = new StringBuilder();
            for (var flag : set) {
                names.append(names.isEmpty() ? "" : "|").append(flag.name());
            }
            return names.isEmpty() ? "0" : names.toString();
        }

        @Override
        public long encode(Memory memory) {
            return Flag.bits(set);
        }
    }

    /** A string, passed by address and ended by a zero byte. */
    record Text(String value) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return quote(value);
        }

        @Override
        public long encode(Memory memory) {
            return memory.put(bytes(value));
        }

        @Override
        public int size() {
            return room(value);
        }
    }

    /** A file name: bytes in no particular encoding, without a zero byte; passed by address and ended by a zero byte. */
    record Name(byte[] bytes) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            var text = new String(bytes, StandardCharsets.UTF_8);
            if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
                return quote(text);
            }
            var quoted = new StringBuilder();
            for (var c : quote(new String(bytes, StandardCharsets.ISO_8859_1)).toCharArray()) {
                quoted.append(c > 0x7f ? String.format("\\%03o", (int) c) : c);
            }
            return quoted.toString();
        }

        @Override
        public long encode(Memory memory) {
            return memory.put(Arrays.copyOf(bytes, bytes.length + 1));
        }

        @Override
        public int size() {
            return Layout.align(bytes.length + 1);
        }
    }

    /** The first {@code length} bytes of data, passed by address. */
    record Data(byte[] bytes, int length) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return "[" + length + " bytes]";
        }

        @Override
        public long encode(Memory memory) {
            return memory.put(bytes, length);
        }

        @Override
        public int size() {
            return Layout.align(length);
        }
    }

    /** A list of strings, passed as an address of addresses, such as execve's argv. */
    record Texts(List<String> values) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return values.stream().map(Argument::quote).collect(Collectors.joining(", ", "[", "]"));
        }

        @Override
        public long encode(Memory memory) {
            var table = memory.reserve(8L * (values.size() + 1));
            for (var i = 0; i < values.size(); i++) {
                memory.set(table + 8L * i, memory.put(bytes(values.get(i))));
            }
            memory.set(table + 8L * values.size(), 0);
            return memory.address(table);
        }

        @Override
        public int size() {
            return 8 * (values.size() + 1)
                    + values.stream().mapToInt(Argument::room).sum();
        }
    }

    /** A structure, passed by address: its bytes, and its fields in words. */
    record Struct(byte[] bytes, String fields) implements Argument {
        static Struct ofInt(int value) {
            return new Struct(Layout.of().int32(value).bytes(), "[" + value + "]");
        }

        @Override
        public String show(ToLongFunction<String> results) {
            return fields;
        }

        @Override
        public long encode(Memory memory) {
            return memory.put(bytes);
        }

        @Override
        public int size() {
            return Layout.align(bytes.length);
        }
    }

    /**
     * A structure some of whose fields are arguments themselves, passed by address; the other fields are zero. Results of other calls may be
     * among them only in calls that are made directly.
     */
    record Attributes(int length, List<Attribute> fields) implements Argument {
        /** A field of {@code width} bytes, 4 or 8, {@code offset} bytes into the structure. */
        record Attribute(String name, int offset, int width, Argument value) {}

        @Override
        public String show(ToLongFunction<String> results) {
            return fields.stream()
                    .map(field -> field.name() + "=" + field.value().show(results))
                    .collect(Collectors.joining(", ", "{", "}"));
        }

        @Override
        public long encode(Memory memory) {
            var bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            for (var field : fields) {
                var word = field.value().encode(memory);
                if (field.width() == 8) {
                    bytes.putLong(field.offset(), word);
                } else {
                    bytes.putInt(field.offset(), (int) word);
                }
            }
            return memory.put(bytes.array());
        }

        @Override
        public int size() {
            return Layout.align(length)
                    + fields.stream().mapToInt(field -> field.value().size()).sum();
        }

        /** The same structure, its references to other calls replaced by what those returned. */
        Attributes with(Map<String, Long> results) {
            return new Attributes(
                    length,
                    fields.stream()
                            .map(field -> field.value() instanceof Result(String label)
                                    ? new Attribute(
                                            field.name(), field.offset(), field.width(), new Number(results.get(label)))
                                    : field)
                            .toList());
        }
    }

    /** Room for the kernel to write to, passed by address; after a call the bytes are here. */
    record Room(byte[] bytes, Form form) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return form.show(bytes);
        }

        @Override
        public long encode(Memory memory) {
            return memory.put(bytes);
        }

        @Override
        public int size() {
            return Layout.align(bytes.length);
        }
    }

    /** The number of a device, by its two parts. */
    record Device(int major, int minor) implements Argument {
        /** As the kernel takes it. */
        long number() {
            return (minor & 0xff) | ((long) major) << 8 | (minor & ~0xffL) << 12;
        }

        @Override
        public String show(ToLongFunction<String> results) {
            return "makedev(" + major + ", " + minor + ")";
        }

        @Override
        public long encode(Memory memory) {
            return number();
        }
    }

    /** The address of a null pointer: nothing. */
    record Null() implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return "NULL";
        }

        @Override
        public long encode(Memory memory) {
            return 0;
        }
    }

    /** What the call labelled {@code label}, made earlier in the same program, returned. */
    record Result(String label) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return Long.toString(results.applyAsLong(label));
        }
    }

    /**
     * 32 bits, {@code offset} bytes into the room of the call labelled {@code label} in the same program.
     *
     * @param mode whether they are the mode of a file, which is shown as such
     */
    record Field(String label, int offset, boolean mode) implements Argument {
        /** A plain number. */
        public Field(String label, int offset) {
            this(label, offset, false);
        }

        /** What is passed, where that is known to be {@code bits}. */
        Argument of(int bits) {
            return mode ? new Mode(bits) : new Number(Integer.toUnsignedLong(bits));
        }

        @Override
        public String show(ToLongFunction<String> results) {
            return label + "+" + offset;
        }
    }

    /** The address {@code offset} bytes into the room of the call labelled {@code label} in the same program. */
    record Address(String label, int offset) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return "&" + label + "+" + offset;
        }
    }

    /** An address or offset that is known only once the program is in its place. */
    record Landmark(Place place) implements Argument {
        @Override
        public String show(ToLongFunction<String> results) {
            return "<" + place.name().toLowerCase(Locale.ROOT) + ">";
        }
    }

    /** What a landmark stands for. */
    enum Place {
        /** Where the memory of the program starts. */
        START,
        /** Where the part of the program starts whose memory can be given back before the rest; {@link #END} if there is none. */
        LATER,
        /** Where the memory of the program ends. */
        END,
        /** Where the memory of a process can end at most. */
        TOP,
        /** How far before the thread pointer the C library keeps what the kernel knows of restartable sequences. */
        RSEQ
    }

    /** How the argument reads in a trace; {@code results} knows what labelled calls returned. */
    String show(ToLongFunction<String> results);

    /** The word that passes the argument; what that points to is put into {@code memory}. */
    default long encode(Memory memory) {
        throw new IllegalStateException("only a program has results and places to refer to");
    }

    /** The bytes that the argument needs in memory at most, beside the word that is passed; a multiple of 8. */
    default int size() {
        return 0;
    }

    /** The string as C has it. */
    static byte[] bytes(String value) {
        var bytes = value.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** What the string needs at most, at three bytes for a char: to count them is to encode it, which is done once more to put it there. */
    private static int room(String value) {
        return Layout.align(3 * value.length() + 1);
    }

    /** The string as C source has it; what lies between the characters that are written otherwise is added in one go. */
    static String quote(String value) {
        var quoted = new StringBuilder(value.length() + 2).append('"');
        var from = 0;
        var bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        for (var i = 0; i < bytes.length; i++) {
            var c = bytes[i];
            if (0 <= c && c < ' ' || c == '"' || c == '\\' || c == 0x7f) {
                quoted.append(value, from, i).append(escape(c));
                from = i + 1;
            }
        }
        return quoted.append(value, from, bytes.length).append('"').toString();
    }

    private static String escape(byte c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\t' -> "\\t";
            default -> String.format("\\%03o", (int) c);
        };
    }
}
