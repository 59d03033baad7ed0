package koker.trace;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import koker.kernel.Event;
import org.tinylog.Logger;

/** Tells what koker does, on standard error: the story in INF lines and, if asked to, each system call in a DBG line. */
public final class Trace implements Consumer<Event> {
    /** How much is told. */
    public enum Detail {
        /** Nothing. */
        QUIET,
        /** The story. */
        STORY,
        /** The story, and each system call. */
        DEBUG,
        /** All of that, and what each step is for. */
        EXPLAINED
    }

    private static final Heading NONE = new Heading("System call", Map.of(), true);

    private final Detail detail;
    private final Optional<Narrator> narrator;
    private final ThreadLocal<Heading> heading = ThreadLocal.withInitial(() -> NONE);
    private volatile Bars bars;
    private volatile boolean raw;

    /** A trace that tells as much as {@code detail} says. */
    public Trace(Detail detail) {
        this.detail = detail;
        this.narrator = detail == Detail.EXPLAINED ? Optional.of(new Narrator()) : Optional.empty();
    }

    /** How much this trace tells. */
    public Detail detail() {
        return detail;
    }

    /** What the calls that this thread makes from now on are for: a short title, and what it is about. */
    public void heading(String title, Map<String, ?> fields) {
        heading.set(new Heading(title, fields, true));
    }

    /** A system call was made. */
    @Override
    public void accept(Event event) {
        if (!showsCalls()) {
            return;
        }
        var about = heading.get();
        var line = new Line("DBG", about.title());
        about.fields().forEach(line::field);
        line.field("call", event.show()).field("ret", event.showResult()).field("us", event.nanos() / 1000);
        tell(line.toString());
        if (about.isNew() && narrator.isPresent()) {
            narrator.get().lines(about.title(), about.fields()).forEach(this::tell);
        }
        heading.set(new Heading(about.title(), Map.of(), false));
    }

    private boolean showsCalls() {
        return detail == Detail.DEBUG || detail == Detail.EXPLAINED;
    }

    /** A sentence of the story. */
    public void info(String message, Map<String, ?> fields) {
        if (detail != Detail.QUIET) {
            tell(line("INF", message, fields));
        }
    }

    /** Something that the user should know, though koker goes on. */
    public void warn(String message, Map<String, ?> fields) {
        if (detail != Detail.QUIET) {
            tell(line("WRN", message, fields));
        }
    }

    private void tell(String line) {
        if (raw) {
            System.err.print(line + "\r\n"); // the logger would make two lines of it
        } else if (bars == null) {
            Logger.info(line);
        } else {
            bars.above(() -> Logger.info(line));
        }
    }

    /** Whether standard error is a terminal in raw mode, on which a line does not begin at the margin by itself. */
    public void raw(boolean isRaw) {
        raw = isRaw;
    }

    /** From now on there is a bar for each transfer, as standard error is a terminal with that many columns. */
    public void showBars(int columns) {
        if (bars == null) {
            bars = new Bars(System.err, columns);
        }
    }

    /** A transfer of {@code size} bytes that begins. */
    public Progress progress(String name, long size) {
        return bars == null ? new Progress(Optional.empty()) : new Progress(Optional.of(bars.begin(name, size)));
    }

    /** Something koker did without a system call of its own, such as writing a file of its own. */
    public void debug(String message, Map<String, ?> fields) {
        if (showsCalls()) {
            tell(line("DBG", message, fields));
        }
    }

    /** Fields in the order given: a name, its value, the next name, and so on. */
    public static Map<String, Object> fields(Object... namesAndValues) {
        var fields = new LinkedHashMap<String, Object>();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    private static String line(String level, String message, Map<String, ?> fields) {
        var line = new Line(level, message);
        fields.forEach(line::field);
        return line.toString();
    }

    private record Heading(String title, Map<String, ?> fields, boolean isNew) {}
}
