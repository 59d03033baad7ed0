package koker.guide;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.kernel.Errno;

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
        entry.cases().forEach(page::item);
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
        var article = entry.kind() == Entry.Kind.ERROR ? ": an " : ": a ";
        var heading = String.join(" ", entry.names()) + number + article + entry.kind() + title;
        lines.addAll(Paragraph.lines(heading, "", WIDTH));
        if (entry.kind() == Entry.Kind.ERROR && entry.names().size() == 1) {
            var errno = Errno.valueOf(entry.name());
            text("Number " + errno.number() + ", \"" + errno.meaning() + "\".");
        }
    }

    private void users(Entry entry, String word) {
        if (entry.kind() != Entry.Kind.CALL && entry.kind() != Entry.Kind.WORD) {
            return;
        }
        var name = entry.names().stream()
                .filter(word::equalsIgnoreCase)
                .findFirst()
                .orElse(entry.name());
        var users = guide.stepsThatUse(name);
        if (users.isEmpty() && entry.kind() == Entry.Kind.CALL) {
            text("No step uses it; koker itself does, beside the steps.");
        }
        say("Steps that use it: ", String.join(" ", users));
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
        item(what + call + condition + ": " + advice);
    }

    private void item(String text) {
        var all = Paragraph.lines(text, DEEPER, WIDTH);
        lines.add(MARGIN + "- " + all.getFirst().strip());
        lines.addAll(all.subList(1, all.size()));
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
