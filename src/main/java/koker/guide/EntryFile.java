package koker.guide;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.guide.Entry.Kind;
import koker.guide.Entry.Sentence;

/**
 * Reads a file of entries. An entry begins with {@code # NAME… = Title}; each line behind it says what kind of thing it says by how it begins:
 * {@code Without:}, {@code See:}, {@code Uses:}, {@code Skip:}, {@code Needed:}, or {@code ! [CALL] ERROR… [[FIELD=VALUE]]:} for a cause; all
 * else is text, perhaps only where a {@code [FIELD=VALUE]} in front of it holds.
 */
final class EntryFile {
    private final Kind kind;
    private final List<Entry> entries = new ArrayList<>();
    private List<String> names = List.of();
    private String title;
    private List<Sentence> text;
    private String without;
    private String see;
    private List<String> uses;
    private String omission;
    private Optional<String> needed;
    private List<Cause> causes;

    private EntryFile(Kind kind) {
        this.kind = kind;
    }

    /** The entries of the file {@code name}, which lies beside this class. */
    static List<Entry> read(Kind kind, String name) {
        try (var file = EntryFile.class.getResourceAsStream(name)) {
            return parse(kind, new String(file.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Entry> parse(Kind kind, String file) {
        var reader = new EntryFile(kind);
        file.lines().filter(line -> !line.isBlank()).forEach(reader::line);
        reader.end();
        return reader.entries;
    }

    private void line(String line) {
        if (line.startsWith("# ")) {
            end();
            begin(line.substring(2));
        } else if (line.startsWith("! ")) {
            causes.add(cause(line.substring(2)));
        } else if (line.startsWith("Without: ")) {
            without = line.substring("Without: ".length());
        } else if (line.startsWith("See: ")) {
            see = line.substring("See: ".length());
        } else if (line.startsWith("Uses: ")) {
            uses = List.of(line.substring("Uses: ".length()).split(" "));
        } else if (line.startsWith("Skip: ")) {
            omission = line.substring("Skip: ".length());
        } else if (line.startsWith("Needed: ")) {
            needed = Optional.of(line.substring("Needed: ".length()));
        } else if (line.startsWith("[")) {
            var end = line.indexOf("] ");
            text.add(new Sentence(Condition.parse(line.substring(1, end)), line.substring(end + 2)));
        } else {
            text.add(new Sentence(Condition.ALWAYS, line));
        }
    }

    private void begin(String heading) {
        var parts = heading.split(" = ", 2);
        names = List.of(parts[0].split(" "));
        title = parts.length == 2 ? parts[1] : "";
        text = new ArrayList<>();
        without = "";
        see = "";
        uses = List.of();
        omission = "";
        needed = Optional.empty();
        causes = new ArrayList<>();
    }

    private void end() {
        if (!names.isEmpty()) {
            entries.add(new Entry(kind, names, title, text, without, see, uses, omission, needed, causes));
        }
    }

    private static Cause cause(String line) {
        var colon = line.indexOf(": ");
        var call = "";
        var errors = new ArrayList<String>();
        var condition = Condition.ALWAYS;
        for (var word : line.substring(0, colon).split(" ")) {
            if (word.startsWith("[")) {
                condition = Condition.parse(word.substring(1, word.length() - 1));
            } else if (Character.isUpperCase(word.charAt(0))) {
                errors.add(word);
            } else {
                call = word;
            }
        }
        return new Cause(call, errors, condition, line.substring(colon + 2));
    }
}
