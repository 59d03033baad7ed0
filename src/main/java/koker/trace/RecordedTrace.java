package koker.trace;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import koker.guide.Guide;

/**
 * A recording that was read: what was run, what happened, and how it ended.
 *
 * @param version koker's
 * @param date when it began
 * @param command the words of the command line
 * @param steps in the order in which they began
 * @param end empty if koker was killed, or still runs
 */
public record RecordedTrace(
        String version,
        String kernel,
        String date,
        List<String> command,
        List<RecordedStep> steps,
        List<Note> notes,
        Optional<End> end) {
    /** Something that was said, or done without a system call. */
    public record Note(String level, String text, Map<String, String> about, long start) {}

    /**
     * How koker ended.
     *
     * @param error what it said; empty if nothing went wrong
     */
    public record End(int status, String error, Optional<Failed> failed, long start) {}

    /** The step that made koker fail: its name, the step as it reads in a trace, the call and the error. */
    public record Failed(String name, String step, String call, String errno) {
        /** All of it in one line. */
        public String show() {
            return step + (call.isEmpty() ? "" : ": " + call) + (errno.isEmpty() ? "" : ": " + errno);
        }
    }

    /**
     * The recording in {@code file}.
     *
     * @throws TraceException if it is none
     */
    public static RecordedTrace read(Path file) {
        return new TraceReader(file).read();
    }

    /** The command line as one would type it. */
    public String commandLine() {
        return command.stream()
                .map(word -> word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    /** When the last thing happened, in nanoseconds since the recording began. */
    public long length() {
        var last = steps.stream().mapToLong(RecordedStep::end).max().orElse(0);
        return end.map(End::start).orElse(last);
    }

    /** How many system calls there are. */
    public int calls() {
        return steps.stream().mapToInt(step -> step.calls().size()).sum();
    }

    /** How it ended, in a few words. */
    public String ending() {
        return end.map(known -> "exit status " + known.status())
                .orElse("the end is missing: koker was killed, or still runs");
    }

    /** The step that failed, where koker failed by one. */
    public Optional<Failed> failed() {
        var status = end.map(End::status).orElse(0);
        var named = end.flatMap(End::failed);
        return named.isPresent()
                        || status == 0
                        || end.map(End::error).orElse("").isEmpty()
                ? named
                : lastRefused();
    }

    /** What the step that failed is for, in plain words; empty where there is nothing to say. */
    public String failedWhy() {
        return failed().flatMap(step -> Guide.instance().step(step.name()))
                .map(entry -> RecordedStep.why(entry, Map.of()))
                .orElse("");
    }

    /** What failed last, where koker does not say what it was. */
    private Optional<Failed> lastRefused() {
        for (var step : steps.reversed()) {
            for (var call : step.calls().reversed()) {
                if (call.refused()) {
                    return Optional.of(new Failed(step.name(), step.show(), call.call(), call.errno()));
                }
            }
        }
        return Optional.empty();
    }
}
