package koker.guide;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import koker.guide.Entry.Kind;

/** All that koker has to say of its words. */
public final class Guide {
    private static final int SUGGESTIONS = 3;

    private final List<Entry> steps = EntryFile.read(Kind.STEP, "steps.txt");
    private final List<Entry> headings = EntryFile.read(Kind.HEADING, "headings.txt");
    private final List<Entry> calls = EntryFile.read(Kind.CALL, "calls.txt");
    private final List<Entry> words = EntryFile.read(Kind.WORD, "words.txt");
    private final List<Entry> errors = EntryFile.read(Kind.ERROR, "errors.txt");

    private Guide() {}

    /** It is read when it is first asked for. */
    private static final class Read {
        private static final Guide GUIDE = new Guide();
    }

    /** The guide, which is the same for all. */
    public static Guide instance() {
        return Read.GUIDE;
    }

    /** Everything, in the order to show it. */
    public List<Entry> entries() {
        return Stream.of(steps, headings, calls, words, errors)
                .flatMap(List::stream)
                .toList();
    }

    /** The step of that name: {@code enter-root}. */
    public Optional<Entry> step(String name) {
        return find(steps, name);
    }

    /** The call of that name: {@code pivot_root}. */
    public Optional<Entry> call(String name) {
        return find(calls, name);
    }

    /** What a line of the log with that title is about: a step, or something that koker does beside. */
    public Optional<Entry> titled(String title) {
        return Stream.of(steps, headings)
                .flatMap(List::stream)
                .filter(entry -> entry.title().equals(title))
                .findFirst();
    }

    /** What a user may mean by {@code word}: names in any case, with hyphens or underscores, and titles. */
    public List<Entry> find(String word) {
        var plain = plain(word);
        return entries().stream()
                .filter(entry -> plain(entry.title()).equals(plain)
                        || entry.names().stream().anyMatch(name -> plain(name).equals(plain)))
                .toList();
    }

    /** The names of the steps that use a call or a flag. */
    public List<String> stepsThatUse(String word) {
        return steps.stream()
                .filter(step -> step.isUsing(word))
                .map(Entry::name)
                .toList();
    }

    /**
     * Why a call of a step may have failed, and what to do; at least where to read what the error means.
     *
     * @param about what the step is about
     */
    public String advice(String step, String call, String error, Map<String, ?> about) {
        var causes = new ArrayList<Cause>();
        step(step).ifPresent(entry -> causes.addAll(entry.causes()));
        call(call).ifPresent(entry -> causes.addAll(entry.causes()));
        return causes.stream()
                .filter(cause -> cause.explains(call, error, about))
                .findFirst()
                .map(cause -> Placeholders.fill(cause.advice(), about))
                .orElse("see: koker explain " + error);
    }

    /** What to try in place of {@code word}, which is the name of no step and no call. */
    public String insteadOfStep(String word) {
        return instead(word, List.of(steps, calls));
    }

    /** What to try in place of {@code word}, of which there is nothing to say. */
    public String insteadOf(String word) {
        return instead(word, List.of(steps, calls, words, errors));
    }

    private static String instead(String word, List<List<Entry>> kinds) {
        var nearest = Spelling.nearest(word, names(kinds), SUGGESTIONS);
        return nearest.isEmpty()
                ? "see: koker explain --list"
                : "did you mean " + String.join(", ", nearest) + "? See: koker explain --list";
    }

    private static List<String> names(List<List<Entry>> kinds) {
        return kinds.stream()
                .flatMap(List::stream)
                .flatMap(entry -> entry.names().stream())
                .distinct()
                .toList();
    }

    private static Optional<Entry> find(List<Entry> entries, String name) {
        return entries.stream().filter(entry -> entry.names().contains(name)).findFirst();
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
    }
}
