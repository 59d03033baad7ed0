package koker.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import koker.engine.EngineException;

/**
 * How {@code --format} says that things are printed, each of which is a JSON object: as JSON, each on a line of its own; by a template; or, if
 * that begins with {@code table}, in columns, which are separated by tabs in the template.
 */
final class Format {
    static final String LABEL = "json|TEMPLATE";
    static final String DESCRIPTION = "As JSON, or by a template: '{{.ID}} {{.Size}}', 'table {{.ID}}\\t{{.Size}}'.";
    private static final String TABLE = "table ";

    private final boolean table;
    private final Optional<Template> template;
    private final String text;

    private Format(boolean table, Optional<Template> template, String text) {
        this.table = table;
        this.template = template;
        this.text = text;
    }

    /**
     * Reads the value of {@code --format}.
     *
     * @throws IllegalArgumentException if it is neither json nor a template
     */
    static Format parse(String text) {
        if (text.equals("json")) {
            return new Format(false, Optional.empty(), text);
        }
        var table = text.startsWith(TABLE);
        var template = table ? text.substring(TABLE.length()).strip() : text;
        if (!template.contains("{{")) {
            throw new IllegalArgumentException("'" + text + "' is no format; give json, or a template as '{{.ID}}'");
        }
        return new Format(table, Optional.of(Template.parse(template)), template);
    }

    /** Prints all of them. */
    void print(List<JsonObject> things, PrintStream out) {
        if (table) {
            var columns = new Table(header(text));
            things.forEach(thing -> columns.add(cells(fill(thing), header(text).length)));
            columns.print(out);
        } else {
            things.forEach(thing -> out.println(fill(thing)));
        }
    }

    private String fill(JsonObject thing) {
        if (template.isEmpty()) {
            return thing.toString();
        }
        try {
            return template.get().fill(thing);
        } catch (IllegalArgumentException e) {
            throw new EngineException("--format: " + e.getMessage());
        }
    }

    /** What the columns are called: their fields' names, in capitals. */
    private static String[] header(String template) {
        return template.replace("\\t", "\t")
                .replaceAll("\\{\\{[^}]*?\\.?(\\w+)[^\\w}]*}}", "$1")
                .toUpperCase(Locale.ROOT)
                .split("\t", -1);
    }

    private static List<String> cells(String line, int count) {
        var cells = new ArrayList<>(List.of(line.split("\t", -1)));
        while (cells.size() < count) {
            cells.add("");
        }
        return cells;
    }
}
