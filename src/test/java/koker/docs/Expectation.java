package koker.docs;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The output that a document shows. Inside a line {@code …} stands for anything, and a line of nothing else for any number of lines.
 * Space at the end of a line does not count.
 */
record Expectation(List<String> lines) {
    private static final String WILDCARD = "…";

    /** Whether {@code actual} is what is expected. */
    boolean matches(List<String> actual) {
        return reached(actual)[lines.size()].get(actual.size());
    }

    /** The first line, counted from 0, that stands in the way of a match with {@code actual}; the number of lines if it is the end. */
    int obstacle(List<String> actual) {
        var reached = reached(actual);
        var furthest = lines.size();
        while (reached[furthest].isEmpty()) {
            furthest--;
        }
        return furthest;
    }

    /** For each number of expected lines the numbers of actual lines that they can stand for. */
    private BitSet[] reached(List<String> actual) {
        var reached = new BitSet[lines.size() + 1];
        Arrays.setAll(reached, _ -> new BitSet());
        reached[0].set(0);
        for (var i = 0; i < lines.size(); i++) {
            var line = lines.get(i).strip();
            if (line.equals(WILDCARD)) {
                reached[i + 1].set(Math.max(0, reached[i].nextSetBit(0)), actual.size() + 1);
                if (reached[i].isEmpty()) {
                    reached[i + 1].clear();
                }
                continue;
            }
            var pattern = pattern(lines.get(i));
            for (var j = reached[i].nextSetBit(0); j >= 0 && j < actual.size(); j = reached[i].nextSetBit(j + 1)) {
                if (pattern.matcher(actual.get(j).stripTrailing()).matches()) {
                    reached[i + 1].set(j + 1);
                }
            }
        }
        return reached;
    }

    private static Pattern pattern(String line) {
        return Pattern.compile(Arrays.stream(line.stripTrailing().split(WILDCARD, -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
    }
}
