package koker.guide;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code koker explain} prints of a word. */
public final class Page {
    private static final int WIDTH = 100;
    private static final String MARGIN = "  ";
    private static final String DEEPER = "    ";

    private final Guide guide;
    private final List<String> lines = new ArrayList<>();

    private Page(Guide guide) {
        this.guide = guide;
    }

    /** The lines on {@code entry}, which was asked for as {@code word}. */
    public static List<String> of(Guide guide, Entry entry, String word) {
        var page = new Page(guide);
        page.begin(entry);
        page.text(entry.explanation());
        page.say("Without it: ", entry.without());
        page.say("It takes: ", String.join(" ", entry.uses()));
        page.users(entry, word);
        page.say("Left out by --skip: ", entry.leftOut(Map.of()));
        entry.needed().ifPresent(reason -> page.say("It cannot be left out: ", reason));
        page.failures(entry);
        page.say("Read on: ", entry.see());
        return page.lines;
    }

    /** All words, by kind. */
    public static List<String> list(Guide guide) {
        var lines = new ArrayList<String>();
        for (var kind : Entry.Kind.values()) {
            if (kind == Entry.Kind.HEADING) {
                continue; // they are to be understood where they stand
            }
            var names = guide.entries().stream()
                    .filter(entry -> entry.kind() == kind)
                    .flatMap(entry -> entry.names().stream())
                    .toList();
            lines.add(kind + "s:");
            lines.addAll(Paragraph.lines(String.join(" ", names), MARGIN, WIDTH));
        }
        return lines;
    }

    private void begin(Entry entry) {
        var title = entry.title().isEmpty() ? "" : " (\"" + entry.title() + "\" in the log)";
        var number = entry.kind() == Entry.Kind.CALL ? "(2)" : "";
        lines.addAll(Paragraph.lines(
                String.join(" ", entry.names()) + number + ": a" + (entry.kind() == Entry.Kind.ERROR ? "n " : " ")
                        + entry.kind() + title,
                "",
                WIDTH));
    }

    private void users(Entry entry, String word) {
        if (entry.kind() != Entry.Kind.CALL && entry.kind() != Entry.Kind.WORD) {
            return;
        }
        var name = entry.names().stream()
                .filter(word::equalsIgnoreCase)
                .findFirst()
                .orElse(entry.name());
        say("Steps that use it: ", String.join(" ", guide.stepsThatUse(name)));
    }

    private void failures(Entry entry) {
        if (entry.kind() == Entry.Kind.ERROR) {
            failuresBy(entry);
            return;
        }
        for (var cause : entry.causes()) {
            failure(cause, String.join(" or ", cause.errors()));
        }
    }

    private void failuresBy(Entry error) {
        for (var other : guide.entries()) {
            for (var cause : other.causes()) {
                if (error.names().stream().anyMatch(cause.errors()::contains)) {
                    failure(cause, other.name());
                }
            }
        }
    }

    private void failure(Cause cause, String what) {
        var call = cause.call().isEmpty() ? "" : " of " + cause.call();
        var condition = cause.condition().isAlways() ? "" : " where " + cause.condition();
        var advice = Placeholders.fill(cause.advice(), Map.of());
        var text = Paragraph.lines(what + call + condition + ": " + advice, DEEPER, WIDTH);
        lines.add(MARGIN + "- " + text.getFirst().strip());
        lines.addAll(text.subList(1, text.size()));
    }

    private void say(String what, String text) {
        if (!text.isEmpty()) {
            text(what + text);
        }
    }

    private void text(String text) {
        lines.addAll(Paragraph.lines(text, MARGIN, WIDTH));
    }
}
