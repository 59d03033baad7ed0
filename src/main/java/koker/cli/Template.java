package koker.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * A text with places to fill in, in the part of Go's template language that Docker's users use: {@code {{.Config.Env}}},
 * {@code {{json .}}}, {@code {{range .RepoTags}}…{{end}}}, {@code {{if .Id}}…{{else}}…{{end}}}, and the functions
 * {@code index}, {@code join}, {@code len}, {@code lower} and {@code upper}, also behind a {@code |}.
 */
final class Template {
    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";
    private static final String FUNCTIONS = "index, join, json, len, lower, upper";

    private final String text;
    private final List<Part> parts;
    private int at;
    /** Whether what was read last ended with {{else}}, not with {{end}}. */
    private boolean elseFollows;

    private Template(String text) {
        this.text = text;
        this.parts = parts(0);
    }

    /**
     * Reads a template; {@code \t} and {@code \n} in it stand for a tab and the end of a line.
     *
     * @throws IllegalArgumentException if it is none, with the reason
     */
    static Template parse(String text) {
        return new Template(text.replace("\\t", "\t").replace("\\n", "\n"));
    }

    /**
     * The text, filled in with {@code data}.
     *
     * @throws IllegalArgumentException if the data do not have what it asks for
     */
    String fill(JsonElement data) {
        var out = new StringBuilder();
        parts.forEach(part -> part.write(out, data));
        return out.toString();
    }

    @FunctionalInterface
    private interface Part {
        void write(StringBuilder out, JsonElement data);
    }

    @FunctionalInterface
    private interface Expression {
        JsonElement value(JsonElement data);
    }

    /** The parts up to the end of the text, or of the block that it is {@code depth} deep in. */
    private List<Part> parts(int depth) {
        var found = new ArrayList<Part>();
        while (true) {
            int open = text.indexOf(OPEN, at);
            var plain = text.substring(at, open < 0 ? text.length() : open);
            found.add((out, _) -> out.append(plain));
            if (open < 0) {
                if (depth > 0) {
                    throw new IllegalArgumentException("the template '" + text + "' ends where {{end}} is missing");
                }
                at = text.length();
                return found;
            }
            int close = text.indexOf(CLOSE, open);
            if (close < 0) {
                throw new IllegalArgumentException("the template '" + text + "' ends inside {{…}}");
            }
            at = close + CLOSE.length();
            var words = words(text.substring(open + OPEN.length(), close));
            switch (words.getFirst()) {
                case "end", "else" -> {
                    if (depth == 0) {
                        throw new IllegalArgumentException("the template has an {{" + words.getFirst()
                                + "}} that belongs to no {{range}} and no {{if}}");
                    }
                    elseFollows = words.getFirst().equals("else");
                    return found;
                }
                case "range" -> found.add(range(pipeline(words.subList(1, words.size())), depth));
                case "if" -> found.add(condition(pipeline(words.subList(1, words.size())), depth));
                default -> {
                    var value = pipeline(words);
                    found.add((out, data) -> out.append(shown(value.value(data))));
                }
            }
        }
    }

    private Part range(Expression list, int depth) {
        var body = parts(depth + 1);
        var otherwise = otherwise(depth);
        return (out, data) -> {
            var value = list.value(data);
            var elements = value instanceof JsonObject object
                    ? List.copyOf(object.asMap().values())
                    : value.isJsonNull()
                            ? List.<JsonElement>of()
                            : array("range", value).asList();
            if (elements.isEmpty()) {
                otherwise.forEach(part -> part.write(out, data));
            }
            elements.forEach(element -> body.forEach(part -> part.write(out, element)));
        };
    }

    private Part condition(Expression condition, int depth) {
        var body = parts(depth + 1);
        var otherwise = otherwise(depth);
        return (out, data) -> (isTrue(condition.value(data)) ? body : otherwise).forEach(part -> part.write(out, data));
    }

    private List<Part> otherwise(int depth) {
        if (!elseFollows) {
            return List.of();
        }
        var parts = parts(depth + 1);
        if (elseFollows) {
            throw new IllegalArgumentException("the template has one {{else}} too many");
        }
        return parts;
    }

    /** Words are separated by spaces; a text in quotes is one, and so is a bar. */
    private static List<String> words(String action) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        var quoted = false;
        for (var c : (action + " ").toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
                word.append(c);
            } else if (!quoted && (c == ' ' || c == '|')) {
                if (!word.isEmpty()) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                if (c == '|') {
                    words.add("|");
                }
            } else {
                word.append(c);
            }
        }
        if (quoted) {
            throw new IllegalArgumentException("in {{" + action + "}} a quotation mark is missing");
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException("the template has an empty {{}}");
        }
        return words;
    }

    /** What is before a bar is the last argument of what is behind it. */
    private static Expression pipeline(List<String> words) {
        Expression before = null;
        var rest = words;
        while (true) {
            int bar = rest.indexOf("|");
            before = expression(bar < 0 ? rest : rest.subList(0, bar), before);
            if (bar < 0) {
                return before;
            }
            rest = rest.subList(bar + 1, rest.size());
        }
    }

    private static Expression expression(List<String> words, Expression last) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("something is missing in {{…}}: a field or a function");
        }
        var first = words.getFirst();
        if (words.size() == 1 && last == null && !Character.isLetter(first.charAt(0))) {
            return operand(first);
        }
        var operands = new ArrayList<Expression>();
        words.subList(1, words.size()).forEach(word -> operands.add(operand(word)));
        if (last != null) {
            operands.add(last);
        }
        int wanted = first.equals("join") ? 2 : first.equals("index") ? Math.max(2, operands.size()) : 1;
        if (operands.size() != wanted) {
            throw new IllegalArgumentException("'" + first + "' is given " + operands.size() + " values, not " + wanted
                    + "; functions are: " + FUNCTIONS);
        }
        return switch (first) {
            case "json" -> data -> text(operands.getFirst().value(data).toString());
            case "len" -> data -> new JsonPrimitive(length(operands.getFirst().value(data)));
            case "lower" -> data -> text(shown(operands.getFirst().value(data)).toLowerCase(Locale.ROOT));
            case "upper" -> data -> text(shown(operands.getFirst().value(data)).toUpperCase(Locale.ROOT));
            case "join" ->
                data -> join(operands.getFirst().value(data), operands.getLast().value(data));
            case "index" ->
                data -> {
                    var value = operands.getFirst().value(data);
                    for (var key : operands.subList(1, operands.size())) {
                        value = element(value, key.value(data));
                    }
                    return value;
                };
            default ->
                throw new IllegalArgumentException(
                        "there is no function '" + first + "' for templates; there are: " + FUNCTIONS);
        };
    }

    private static Expression operand(String word) {
        if (word.startsWith("\"")) {
            var constant = text(word.substring(1, word.length() - 1));
            return _ -> constant;
        }
        if (word.matches("[0-9]{1,9}")) {
            var constant = new JsonPrimitive(Integer.parseInt(word));
            return _ -> constant;
        }
        if (!word.matches("\\.|(\\.\\w+)+")) {
            throw new IllegalArgumentException(
                    "'" + word + "' in a template is no field, as .Id or .Config.Env, and no text in quotes");
        }
        var names =
                word.equals(".") ? List.<String>of() : List.of(word.substring(1).split("\\."));
        return data -> {
            var value = data;
            for (var name : names) {
                value = field(value, name);
            }
            return value;
        };
    }

    private static JsonElement field(JsonElement value, String name) {
        if (value instanceof JsonObject object) {
            if (object.has(name)) {
                return object.get(name);
            }
            throw new IllegalArgumentException("there is no field '" + name + "'"
                    + (object.isEmpty() ? "" : "; there are: " + String.join(", ", object.keySet())));
        }
        throw new IllegalArgumentException("there is no field '" + name + "' in " + shown(value));
    }

    /** What is not in an object is empty, as in Go; what is not in a list is a mistake. */
    private static JsonElement element(JsonElement value, JsonElement key) {
        if (value instanceof JsonObject object) {
            return object.has(shown(key)) ? object.get(shown(key)) : text("");
        }
        var list = array("index", value);
        if (!shown(key).matches("[0-9]+") || key.getAsInt() >= list.size()) {
            throw new IllegalArgumentException("index " + shown(key) + ": the list has " + list.size() + " elements");
        }
        return list.get(key.getAsInt());
    }

    private static JsonElement join(JsonElement list, JsonElement separator) {
        var joined = new StringJoiner(shown(separator));
        array("join", list).forEach(element -> joined.add(shown(element)));
        return text(joined.toString());
    }

    private static int length(JsonElement value) {
        return value instanceof JsonObject object
                ? object.size()
                : value instanceof JsonArray list ? list.size() : shown(value).length();
    }

    private static JsonArray array(String who, JsonElement value) {
        if (value instanceof JsonArray list) {
            return list;
        }
        throw new IllegalArgumentException(who + " wants a list, not " + shown(value));
    }

    private static boolean isTrue(JsonElement value) {
        return value.isJsonPrimitive()
                ? !(shown(value).isEmpty()
                        || shown(value).equals("0")
                        || shown(value).equals("false"))
                : !value.isJsonNull() && length(value) > 0;
    }

    private static JsonElement text(String text) {
        return new JsonPrimitive(text);
    }

    /** As Go prints values: {@code [a b]}, {@code map[k:v]}. */
    private static String shown(JsonElement value) {
        if (value instanceof JsonNull) {
            return "<no value>";
        }
        if (value instanceof JsonArray list) {
            var all = new StringJoiner(" ", "[", "]");
            list.forEach(element -> all.add(shown(element)));
            return all.toString();
        }
        if (value instanceof JsonObject object) {
            var all = new StringJoiner(" ", "map[", "]");
            object.asMap().forEach((name, element) -> all.add(name + ":" + shown(element)));
            return all.toString();
        }
        return value.getAsString();
    }
}
