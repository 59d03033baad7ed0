package koker.trace;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import koker.guide.Entry;
import koker.guide.Guide;

/**
 * A step, as a recording has it: what was done, by whom, and with which calls.
 *
 * @param name its kind: {@code enter-root}
 * @param phase the part of the container's life that it belongs to
 * @param side host, container, supervisor or helper
 * @param thread which of koker's threads; 0 in another process
 * @param about what it happened to
 */
public record RecordedStep(
        String name,
        String title,
        String phase,
        String side,
        long thread,
        Map<String, String> about,
        List<RecordedCall> calls) {
    /** When its first call began. */
    public long start() {
        return calls.getFirst().start();
    }

    /** When its last call was over. */
    public long end() {
        return calls.getLast().end();
    }

    /** How long its calls took, in nanoseconds. */
    public long busy() {
        return calls.stream().mapToLong(RecordedCall::duration).sum();
    }

    /** Whether koker or the process spent the time waiting for another. */
    boolean waits() {
        return phase.equals(Phase.WAIT.title());
    }

    /** What it happened to, as it reads in a trace. */
    public String showAbout() {
        return about.entrySet().stream()
                .map(field -> field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining(" "));
    }

    /** What it is for, in plain words; empty where there is nothing to say. */
    public String why() {
        return Guide.instance().titled(title).map(entry -> why(entry, about)).orElse("");
    }

    /** What a step is for of which there is {@code entry} to say. */
    static String why(Entry entry, Map<String, String> about) {
        return String.join(" ", entry.sentences(about))
                + (entry.without().isEmpty() ? "" : " Without it: " + entry.without());
    }

    /** The step in one line. */
    public String show() {
        return (title + " " + showAbout()).strip();
    }
}
