package koker.trace;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import koker.kernel.Event;

/** What koker does, told as it happens: on standard error, and to a file if there is to be a recording. */
public final class Trace implements Consumer<Event> {
    /** How much is told on standard error. */
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

    private static final Subject NONE = new Occasion("System call", Map.of());

    private final Log log;
    private final Optional<Recording> recording;
    private final ThreadLocal<Heading> heading = ThreadLocal.withInitial(() -> new Heading(NONE));

    /** A trace that tells as much as {@code detail} says, and records nothing. */
    public Trace(Detail detail) {
        this(detail, Optional.empty());
    }

    /** A trace that tells as much as {@code detail} says, and all of it to {@code recording}. */
    public Trace(Detail detail, Optional<Recording> recording) {
        this.log = new Log(detail);
        this.recording = recording;
    }

    /** How much is told on standard error. */
    public Detail detail() {
        return log.detail();
    }

    /** What the calls that this thread makes from now on are for. */
    public void heading(Subject subject) {
        heading.set(new Heading(subject));
    }

    /** The same, where that is no step: a short title, and what it is about. */
    public void heading(String title, Map<String, ?> fields) {
        heading(new Occasion(title, fields));
    }

    /** What this thread does next is for nothing that has a name. */
    public void noHeading() {
        heading(NONE);
    }

    /** A system call was made. */
    @Override
    public void accept(Event event) {
        if (log.showsCalls()) {
            log.call(heading.get().subject(), heading.get().first(), event);
        }
        if (recording.isPresent()) {
            recording.get().call(heading.get(), event);
        }
    }

    /** A sentence of the story. */
    public void info(String message, Map<String, ?> fields) {
        log.story("INF", message, fields);
        note("info", message, fields);
    }

    /** Something that the user should know, though koker goes on. */
    public void warn(String message, Map<String, ?> fields) {
        log.story("WRN", message, fields);
        note("warning", message, fields);
    }

    /** Something koker did without a system call of its own, such as writing a file of its own. */
    public void debug(String message, Map<String, ?> fields) {
        log.debug(message, fields);
        note("debug", message, fields);
    }

    private void note(String level, String message, Map<String, ?> fields) {
        if (recording.isPresent()) {
            recording.get().note(level, message, fields);
        }
    }

    /** Whether standard error is a terminal in raw mode, on which a line does not begin at the margin by itself. */
    public void raw(boolean isRaw) {
        log.raw(isRaw);
    }

    /** From now on there is a bar for each transfer, as standard error is a terminal with that many columns. */
    public void showBars(int columns) {
        log.showBars(columns);
    }

    /** A transfer of {@code size} bytes that begins. */
    public Progress progress(String name, long size) {
        return log.progress(name, size);
    }

    /** Fields in the order given: a name, its value, the next name, and so on. */
    public static Map<String, Object> fields(Object... namesAndValues) {
        var fields = new LinkedHashMap<String, Object>();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }
}
