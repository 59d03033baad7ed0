package koker.trace;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A system call, as strace or koker's trace shows it. */
final class Shown {
    private static final Pattern TRACE =
            Pattern.compile(".* DBG .*? ?call=(\"(?:[^\"\\\\]++|\\\\.)*+\"|\\S+) ret=(\"[^\"]*\"|\\S+) us=[0-9]+");

    private final String line;
    private final String name;
    private List<Value> arguments;
    private String result;

    private Shown(String line, String name) {
        this.line = line;
        this.name = name;
    }

    /** A line of strace's, taken apart only when somebody asks. */
    static Shown lazily(String line) {
        return new Shown(line, line.substring(0, line.indexOf('(')));
    }

    /** A line of koker's, if it is about a call. */
    static Optional<Shown> inTrace(String line) {
        var match = TRACE.matcher(line);
        if (!match.matches()) {
            return Optional.empty();
        }
        var text = unquote(match.group(1));
        var shown = new Shown(line, text.substring(0, text.indexOf('(')));
        shown.arguments = new Value.Reader(text).arguments();
        shown.result = unquote(match.group(2));
        return Optional.of(shown);
    }

    String line() {
        return line;
    }

    String name() {
        return name;
    }

    List<Value> arguments() {
        parse();
        return arguments;
    }

    /** A number, or an error. */
    String result() {
        parse();
        return result;
    }

    /** The argument number {@code index}, if it is a string. */
    String path(int index) {
        return arguments().get(index) instanceof Value.Text(String text) ? text : "";
    }

    /** Whether this, which the trace shows, is {@code seen}, which strace shows, as far as both show it. */
    boolean is(Shown seen) {
        if (!name.equals(seen.name) || !result.equals(seen.result())) {
            return false;
        }
        var failed = result.startsWith("-1");
        for (var i = 0; i < arguments.size(); i++) {
            // strace leaves out what the operation does not take.
            var same = i < seen.arguments().size()
                    ? arguments.get(i).is(seen.arguments().get(i), failed)
                    : arguments.get(i).isZero();
            if (!same) {
                return false;
            }
        }
        return seen.arguments().size() <= arguments.size();
    }

    private void parse() {
        if (arguments == null) {
            var reader = new Value.Reader(line);
            arguments = reader.arguments();
            var text = reader.rest()
                    .replaceAll("/\\*.*?\\*/", "")
                    .replaceFirst(" +=", "")
                    .strip();
            var number = Value.parse(text);
            result = number == null ? text.replaceFirst(" \\(.*", "") : number.toString();
        }
    }

    private static String unquote(String field) {
        if (!field.startsWith("\"")) {
            return field;
        }
        var escapes = Pattern.compile("\\\\(?:x([0-9a-f]{2})|(.))");
        return escapes.matcher(field.substring(1, field.length() - 1))
                .replaceAll(match -> Matcher.quoteReplacement(
                        match.group(2) != null
                                ? match.group(2)
                                : String.valueOf((char) Integer.parseInt(match.group(1), 16))));
    }
}
