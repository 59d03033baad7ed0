package koker.trace;

import java.util.Map;
import java.util.Optional;
import koker.kernel.Event;
import org.tinylog.Level;
import org.tinylog.provider.ProviderRegistry;

/** Lines on standard error: the story and, if asked for, each system call. */
final class Log {
    private final Trace.Detail detail;
    private final Optional<Narrator> narrator;
    private final TimeOfDay time = new TimeOfDay();
    private volatile Bars bars;
    private volatile boolean raw;

    Log(Trace.Detail detail) {
        this.detail = detail;
        this.narrator = detail == Trace.Detail.EXPLAINED ? Optional.of(new Narrator()) : Optional.empty();
    }

    Trace.Detail detail() {
        return detail;
    }

    /** Whether system calls are shown. */
    boolean showsCalls() {
        return detail == Trace.Detail.DEBUG || detail == Trace.Detail.EXPLAINED;
    }

    /** A line for a call; what it is about is said with the first one under a heading. */
    void call(Subject subject, boolean first, Event event) {
        var line = new Line(time, "DBG", subject.title());
        if (first) {
            subject.about().forEach(line::field);
        }
        line.field("call", event.show()).field("ret", event.showResult()).field("us", event.nanos() / 1000);
        tell(line.toString());
        if (first && narrator.isPresent()) {
            narrator.get().lines(subject.title(), subject.about()).forEach(this::tell);
        }
    }

    /** A line of the story, unless nothing is to be said. */
    void story(String level, String message, Map<String, ?> fields) {
        if (detail != Trace.Detail.QUIET) {
            tell(line(level, message, fields));
        }
    }

    /** A line for those who see calls, too. */
    void debug(String message, Map<String, ?> fields) {
        if (showsCalls()) {
            tell(line("DBG", message, fields));
            narrator.ifPresent(guide -> guide.lines(message, fields).forEach(this::tell));
        }
    }

    private void tell(String line) {
        if (raw) {
            System.err.print(line + "\r\n"); // the logger would make two lines of it
        } else if (bars == null) {
            write(line);
        } else {
            bars.above(() -> write(line));
        }
    }

    /** To what stands behind tinylog's Logger, which would first learn the numbers of the user's language: 4 ms. */
    private static void write(String line) {
        ProviderRegistry.getLoggingProvider().log(1, null, Level.INFO, null, null, line);
    }

    void raw(boolean isRaw) {
        raw = isRaw;
    }

    void showBars(int columns) {
        if (bars == null) {
            bars = new Bars(System.err, columns);
        }
    }

    Progress progress(String name, long size) {
        return bars == null ? new Progress(Optional.empty()) : new Progress(Optional.of(bars.begin(name, size)));
    }

    private String line(String level, String message, Map<String, ?> fields) {
        var line = new Line(time, level, message);
        fields.forEach(line::field);
        return line.toString();
    }
}
