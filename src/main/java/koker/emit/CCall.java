package koker.emit;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Flag;
import koker.plan.Unknown;

/** Writes single system calls in C, each with the arguments that it has in the plan. What one returns, others know by a variable. */
final class CCall {
    private static final int LINE = 12;

    private final String folder;
    private final Map<String, String> variables = new HashMap<>();
    private int count;

    /** Calls in which {@code folder} is written as {@code box}. */
    CCall(String folder) {
        this.folder = folder;
    }

    /** The statement, which ends the program if the call fails. */
    String statement(Call call, String step) {
        var check = "checked(" + expression(call) + ", " + text(step)
                + call.tolerated().stream().map(errno -> ", " + errno.name()).collect(Collectors.joining())
                + ", 0);";
        if (call.label().isEmpty()) {
            return check;
        }
        var variable = "result" + ++count;
        variables.put(call.label(), variable);
        return "long " + variable + " = " + check;
    }

    /** The call by itself. */
    String expression(Call call) {
        return "syscall(SYS_" + call.operation()
                + call.arguments().stream()
                        .map(argument -> ", " + argument(argument))
                        .collect(Collectors.joining())
                + ")";
    }

    /** From now on what the call of that label returned is in {@code variable}. */
    void know(String label, String variable) {
        variables.put(label, variable);
    }

    /** An array of strings that a null pointer ends. */
    String texts(List<String> values) {
        return "(char *[]){" + values.stream().map(value -> text(value) + ", ").collect(Collectors.joining()) + "NULL}";
    }

    /** A string; the folder in it becomes {@code box}. */
    String text(String value) {
        if (!value.contains(folder)) {
            return literal(value);
        }
        var parts = new StringBuilder("joined(");
        var from = 0;
        for (var at = value.indexOf(folder); at >= 0; at = value.indexOf(folder, from)) {
            parts.append(literal(value.substring(from, at))).append(", box, ");
            from = at + folder.length();
        }
        return parts.append(literal(value.substring(from)))
                .append(", (char *)NULL)")
                .toString();
    }

    /** The bytes, as an array. */
    static String bytes(byte[] bytes) {
        var text = new StringBuilder("(unsigned char[]){");
        for (var i = 0; i < bytes.length; i++) {
            text.append(i % LINE == LINE - 1 && i + 1 < bytes.length ? "\n        " : "")
                    .append(bytes[i] & 0xff)
                    .append(i + 1 < bytes.length ? ", " : "");
        }
        return text.append(bytes.length == 0 ? "0}" : "}").toString();
    }

    private String argument(Argument argument) {
        return switch (argument) {
            case Argument.Number(var value) -> value == Unknown.PID ? "(long)pid" : value + "L";
            case Argument.Word(var value, var parts) -> value + "L" + comment(parts);
            case Argument.Mode mode -> mode.show(_ -> 0) + "L";
            case Argument.Flags(var set) ->
                flags(set.stream().map(flag -> (Flag) flag).toList());
            case Argument.Text(var value) -> text(value);
            case Argument.Texts(var values) -> texts(values);
            case Argument.Struct(var bytes, var fields) -> bytes(bytes) + comment(fields);
            case Argument.Room(var bytes, var _) -> "(char[" + bytes.length + "]){0}";
            case Argument.Device(var major, var minor) -> "(long)makedev(" + major + ", " + minor + ")";
            case Argument.Null _ -> "NULL";
            case Argument.Result(var label) -> variable(label);
            case Argument.Name _,
                    Argument.Data _,
                    Argument.Attributes _,
                    Argument.Field _,
                    Argument.Address _,
                    Argument.Landmark _ ->
                throw new EmitException("an argument " + argument.show(_ -> 0) + " is not written in C");
        };
    }

    /** Where the result of the call of that label is. */
    String variable(String label) {
        var variable = variables.get(label);
        if (variable == null) {
            throw new EmitException("nothing has opened " + label);
        }
        return variable;
    }

    private static String flags(List<Flag> set) {
        var bits = Flag.bits(set);
        var names = set.stream().map(Flag::name).collect(Collectors.joining("|"));
        return (bits < 0 ? Long.toString(bits) : "0x" + Long.toHexString(bits)) + "L" + comment(names);
    }

    private static String comment(String text) {
        return text.isEmpty() ? "" : " /* " + harmless(text) + " */";
    }

    /** What can stand in a comment without ending it, or seeming to begin another one. */
    static String harmless(String text) {
        return text.replace("*/", "* /").replace("/*", "/ *").replace('\n', ' ');
    }

    private static String literal(String value) {
        var text = new StringBuilder("\"");
        for (var each : value.getBytes(StandardCharsets.UTF_8)) {
            var c = each & 0xff;
            switch (c) {
                case '"', '\\' -> text.append('\\').append((char) c);
                case '\n' -> text.append("\\n");
                case '?' -> text.append("\\?"); // or three of them would mean something else
                default -> {
                    if (c >= ' ' && c < 0x7f) {
                        text.append((char) c);
                    } else {
                        text.append('\\').append(octal(c));
                    }
                }
            }
        }
        return text.append('"').toString();
    }

    /** Three digits, so that a digit that follows is not taken for one of them. */
    private static String octal(int c) {
        return "" + (c >> 6) + (c >> 3 & 7) + (c & 7);
    }
}
