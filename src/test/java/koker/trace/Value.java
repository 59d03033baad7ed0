package koker.trace;

import static koker.kernel.NftablesConstant.NFTA_RULE_EXPRESSIONS;
import static koker.kernel.NftablesConstant.NFTA_RULE_USERDATA;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import koker.kernel.NetlinkConstant;
import koker.kernel.NetlinkSocket;
import koker.kernel.NftablesConstant;
import koker.kernel.NftablesMessage;

/** An argument of a system call, as read from how strace (with -X verbose) or koker's trace writes it. */
sealed interface Value {
    /** A string. */
    record Text(String text) implements Value {}

    /** A list in brackets; {@code except} if it stands for all that is not in it. */
    record Many(boolean except, List<Value> values) implements Value {}

    /** A structure, or what of its fields is shown. */
    record Struct(Map<String, Value> fields) implements Value {}

    /** A number, known by its value, by the names of its flags, or by both. */
    record Word(Long number, Set<String> names) implements Value {
        /** Reads {@code 0x5 /* OPOST|ONLCR *}{@code /}, or what either side of that alone may be. */
        static Word of(String text) {
            var names = new TreeSet<String>();
            for (var match :
                    Pattern.compile("/\\*(.*?)\\*/").matcher(text).results().toList()) {
                names.addAll(List.of(match.group(1).strip().split("\\||(?: or )")));
            }
            Long number = 0L;
            for (var part : text.replaceAll("/\\*.*?\\*/", "").strip().split("\\|")) {
                var value = Value.parse(part.strip());
                if (value == null) {
                    names.add(part.strip());
                    number = null;
                } else if (number != null) {
                    number |= value;
                }
            }
            names.removeIf(String::isEmpty);
            return new Word(
                    number, names.stream().map(name -> name.replace("1<<", "")).collect(Collectors.toSet()));
        }

        private boolean is(Word seen) {
            if (number != null) {
                return seen.number != null
                        && (number.equals(seen.number) || number.intValue() == seen.number.intValue());
            }
            if (names.equals(Set.of("stub"))) {
                return true; // the address of koker's machine code
            }
            if (seen.names.isEmpty() && seen.number != null && KNOWN.keySet().containsAll(names)) {
                return names.stream().mapToLong(KNOWN::get).sum() == seen.number;
            }
            // Of a number with several meanings strace shows all.
            return seen.names.equals(names) || names.size() == 1 && seen.names.containsAll(names);
        }
    }

    /** An ellipsis, read byte by byte. */
    String LEFT_OUT = "\u00e2\u0080\u00a6";

    /** Constants that strace leaves as numbers. */
    Map<String, Long> KNOWN = Map.of(
            "O_RDWR",
            2L,
            "O_NOCTTY",
            0x100L,
            "O_CLOEXEC",
            0x80000L,
            "RSEQ_FLAG_UNREGISTER",
            1L,
            "RSEQ_SIG",
            0x53053053L,
            "UTIME_OMIT",
            0x3ffffffeL);

    /** Whether this, which the trace shows, is {@code other}, which strace shows, as far as both show it. */
    default boolean is(Value other, boolean failed) {
        if (this instanceof Word word && word.names().contains(LEFT_OUT)) {
            return true;
        }
        return switch (this) {
            case Text _ -> equals(other) || failed && other instanceof Word;
            case Many(boolean except, var values) ->
                other instanceof Many many
                                && many.except() == except
                                && many.values().size() == values.size()
                                && range(values.size()).allMatch(i -> values.get(i)
                                        .is(many.values().get(i), failed))
                        || failed && other instanceof Word
                        || other instanceof Text raw && isIn(raw.text())
                        || other instanceof Many all && (isMessage(all) || isRaw(all) || isNumberOf(all));
            case Struct(var fields) ->
                other instanceof Struct struct
                                && fields.entrySet().stream()
                                        .allMatch(field -> struct.fields().containsKey(field.getKey())
                                                && field.getValue()
                                                        .is(struct.fields().get(field.getKey()), failed))
                        || failed && other instanceof Word;
            case Word word -> other instanceof Word seen && word.is(seen);
        };
    }

    /**
     * Whether this is the netlink message {@code other}, of which strace knows the header only: that of a socket of another network namespace.
     */
    private boolean isMessage(Many other) {
        return this instanceof Many own
                && other.values().size() == 2
                && own.values().getFirst() instanceof Struct(var ownFields)
                && other.values().getFirst() instanceof Struct(var fields)
                && other.values().getLast() instanceof Text(var bytes)
                && ownFields.get("nlmsg_type") instanceof Word ownType
                && fields.get("nlmsg_type") instanceof Word type
                && ownType.names().stream()
                        .allMatch(name -> NetlinkConstant.valueOf(name).value() == type.number())
                && own.values().stream().skip(1).allMatch(value -> value.isIn(bytes));
    }

    /** Whether this is the attribute {@code other} of nf_tables, of which strace knows where it begins and ends. */
    private boolean isRaw(Many other) {
        return this instanceof Many own
                && own.values().size() == 2
                && other.values().size() == 2
                && own.values().getFirst() instanceof Struct(var ownFields)
                && other.values().getFirst() instanceof Struct(var fields)
                && ownFields.get("nla_type") instanceof Word ownType
                && fields.get("nla_type") instanceof Word(Long type, var _)
                && other.values().getLast() instanceof Text(var bytes)
                && type != null
                && ownType.names().stream().allMatch(name -> name.startsWith("NFTA_"))
                && isRaw(own, ownType, type.intValue(), bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Whether this says only how many there are in {@code other}: {@code [64 instructions]}. */
    private boolean isNumberOf(Many other) {
        return this instanceof Many own
                && own.values().size() == 1
                && own.values().getFirst() instanceof Word(var _, var names)
                && names.equals(Set.of(other.values().size() + " instructions"));
    }

    private static boolean isRaw(Many own, Word ownType, int type, byte[] bytes) {
        var name = NftablesConstant.valueOf(ownType.names().iterator().next());
        if (name.value() != type) {
            return false;
        }
        var raw = ByteBuffer.wrap(bytes);
        return switch (own.values().getLast()) {
            case Text(var text)
            when name == NFTA_RULE_EXPRESSIONS -> text.equals(NftablesMessage.show(NftablesMessage.expressions(bytes)));
            case Text(var text) when name == NFTA_RULE_USERDATA -> text.equals(NftablesMessage.comment(bytes));
            case Text(var text) -> Arrays.equals((text + "\0").getBytes(StandardCharsets.ISO_8859_1), bytes);
            case Word(var _, var names) when bytes.length == 4 -> names.equals(Set.of("htonl(" + raw.getInt() + ")"));
            case Word(var _, var names)
            when bytes.length == 8 -> names.equals(Set.of("htobe64(" + raw.getLong() + ")"));
            case Many(var _, var values) -> isRaw(values, NetlinkSocket.attributes(bytes));
            default -> false;
        };
    }

    /** Whether {@code values} are those attributes, which are in another one. */
    private static boolean isRaw(List<Value> values, List<NetlinkSocket.Attribute> attributes) {
        return values.size() == attributes.size()
                && range(values.size())
                        .allMatch(i -> values.get(i) instanceof Many own
                                && own.values().size() == 2
                                && own.values().getFirst() instanceof Struct(var fields)
                                && fields.get("nla_type") instanceof Word type
                                && isRaw(
                                        own,
                                        type,
                                        attributes.get(i).type(),
                                        attributes.get(i).value()));
    }

    /** Whether {@code bytes}, which strace does not take apart, hold the strings and numbers of this. */
    private boolean isIn(String bytes) {
        return switch (this) {
            case Text(var text) -> bytes.contains(text + "\0");
            case Many many -> many.values().stream().allMatch(value -> value.isIn(bytes));
            case Struct _ -> true; // names of constants
            case Word word -> word.number() == null || bytes.contains(littleEndian(word.number()));
        };
    }

    private static String littleEndian(long number) {
        return new String(new char[] {
            (char) (number & 0xff),
            (char) (number >> 8 & 0xff),
            (char) (number >> 16 & 0xff),
            (char) (number >> 24 & 0xff)
        });
    }

    /** Whether this is 0, or a null pointer. */
    default boolean isZero() {
        return this instanceof Word(Long number, var _) && number != null && number == 0;
    }

    private static Stream<Integer> range(int size) {
        return IntStream.range(0, size).boxed();
    }

    /** Reads values, one after the other, from a line. */
    final class Reader {
        private final String line;
        private int at;

        Reader(String line) {
            this.line = line;
        }

        /** The arguments of the call whose name has been read, up to the closing bracket. */
        List<Value> arguments() {
            at = line.indexOf('(') + 1;
            return list(')');
        }

        /** What comes after the values. */
        String rest() {
            return line.substring(at);
        }

        private List<Value> list(char end) {
            var values = new ArrayList<Value>();
            for (skip(); line.charAt(at) != end; skip()) {
                values.add(value());
            }
            at++;
            skipChange();
            return values;
        }

        private Value value() {
            return switch (line.charAt(at)) {
                case '"' -> text();
                case '[' -> {
                    at++;
                    yield new Many(false, list(']'));
                }
                case '~' -> {
                    at += 2;
                    yield new Many(true, list(']'));
                }
                case '{' -> struct();
                default -> word();
            };
        }

        private Value struct() {
            at++;
            var fields = new LinkedHashMap<String, Value>();
            for (skip(); line.charAt(at) != '}'; skip()) {
                var equals = line.indexOf('=', at);
                var name = line.substring(at, equals);
                at = equals + 1;
                fields.put(name, value());
            }
            at++;
            skipChange();
            return new Struct(fields);
        }

        private Value text() {
            var bytes = new StringBuilder();
            for (at++; line.charAt(at) != '"'; at++) {
                if (line.charAt(at) != '\\') {
                    bytes.append(line.charAt(at));
                    continue;
                }
                var c = line.charAt(++at);
                if (c >= '0' && c <= '7') {
                    var end = at;
                    while (end < at + 3 && line.charAt(end) >= '0' && line.charAt(end) <= '7') {
                        end++;
                    }
                    bytes.append((char) Integer.parseInt(line.substring(at, end), 8));
                    at = end - 1;
                } else if (c == 'x') {
                    bytes.append((char) Integer.parseInt(line.substring(at + 1, at + 3), 16));
                    at += 2;
                } else {
                    var special = "ntrfv".indexOf(c);
                    bytes.append(special < 0 ? c : "\n\t\r\f\u000b".charAt(special));
                }
            }
            at++;
            if (line.startsWith(" /* ", at)) { // what the bytes mean
                var start = at;
                at = line.indexOf("*/", at) + "*/".length();
                return Word.of(line.substring(start, at));
            }
            return new Text(bytes.toString());
        }

        private Value word() {
            var start = at;
            for (var depth = 0; depth > 0 || ",)]}".indexOf(line.charAt(at)) < 0; at++) {
                if (line.startsWith("/*", at)) {
                    at = line.indexOf("*/", at) + 1;
                } else if (line.charAt(at) == '(') {
                    depth++;
                } else if (line.charAt(at) == ')') {
                    depth--;
                }
            }
            if (at == start && line.charAt(at) != ',') {
                throw new IllegalArgumentException("no argument at " + at + " in " + line);
            }
            return Word.of(line.substring(start, at));
        }

        private void skip() {
            while (line.charAt(at) == ' ' || line.charAt(at) == ',') {
                at++;
            }
        }

        /** What a structure means as a whole is a comment; what the kernel made of an argument is shown behind an arrow. */
        private void skipChange() {
            var arrow = at;
            while (arrow < line.length() && line.charAt(arrow) == ' ') {
                arrow++;
            }
            if (line.startsWith("/* ", arrow)) {
                at = line.indexOf("*/", arrow) + "*/".length();
                return;
            }
            if (line.startsWith("=> ", arrow)) {
                at = arrow + "=> ".length();
                value();
            }
        }
    }

    /** The value of a number, as C writes it. */
    static Long parse(String text) {
        if (text.matches("0x[0-9a-f]+")) {
            return Long.parseUnsignedLong(text.substring(2), 16);
        } else if (text.matches("0[0-7]+")) {
            return Long.parseLong(text, 8);
        } else if (text.matches("[0-9]+\\*1024")) {
            return Long.parseLong(text.substring(0, text.indexOf('*'))) * 1024;
        } else if (text.matches("-?[0-9]+")) {
            return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
        } else if (text.equals("NULL") || text.isEmpty()) {
            return 0L;
        } else if (text.matches("makedev\\([^)]*\\)")) {
            var parts = text.substring(8, text.length() - 1).split(", ");
            return parse(parts[0]) << 8 | parse(parts[1]);
        }
        return null;
    }
}
