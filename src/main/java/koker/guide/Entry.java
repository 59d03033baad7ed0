package koker.guide;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What there is to say of one word, or of several that belong together.
 *
 * @param kind what kind of words they are
 * @param names the words
 * @param title what a step is called in the log; otherwise empty
 * @param text what it does and why, in sentences; some only say what holds in a certain case
 * @param without what goes wrong without it
 * @param see where to read on
 * @param uses the calls and flags that a step consists of; RLIMIT_* is all that begins so
 * @param omission what it means that a step is left out; empty if it cannot be
 * @param needed why a step cannot be left out; empty if it can be
 * @param causes why it may fail
 */
public record Entry(
        Kind kind,
        List<String> names,
        String title,
        List<Sentence> text,
        String without,
        String see,
        List<String> uses,
        String omission,
        Optional<String> needed,
        List<Cause> causes) {

    /** Kinds of words. */
    public enum Kind {
        STEP("step"),
        HEADING("log line"),
        CALL("system call"),
        WORD("flag or constant"),
        ERROR("error");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** As a reader is told. */
        @Override
        public String toString() {
            return word;
        }
    }

    /** Something that is true where {@code condition} holds. */
    record Sentence(Condition condition, String words) {}

    /** The first of its names. */
    public String name() {
        return names.getFirst();
    }

    /** Whether a step consists of that call or flag, among others. */
    public boolean isUsing(String word) {
        return uses.stream()
                .anyMatch(used ->
                        used.endsWith("*") ? word.startsWith(used.substring(0, used.length() - 1)) : word.equals(used));
    }

    /** What it does, and why, with what {@code about} says of this one. */
    public List<String> sentences(Map<String, ?> about) {
        var sentences = new ArrayList<String>();
        for (var sentence : text) {
            if (sentence.condition().holds(about)) {
                sentences.add(Placeholders.fill(sentence.words(), about));
            }
        }
        return sentences;
    }

    /** What it means that it was left out; empty if it cannot be. */
    public String leftOut(Map<String, ?> about) {
        return Placeholders.fill(omission, about);
    }

    /** What it does in any case. */
    String explanation() {
        return text.stream()
                .filter(sentence -> sentence.condition().isAlways())
                .map(sentence -> Placeholders.fill(sentence.words(), Map.of()))
                .collect(Collectors.joining(" "));
    }

    /** What else it does in some cases. */
    List<String> cases() {
        return text.stream()
                .filter(sentence -> !sentence.condition().isAlways())
                .map(sentence -> sentence.condition() + ": " + Placeholders.fill(sentence.words(), Map.of()))
                .toList();
    }
}
