package koker.guide;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds words that are written much as another one. */
final class Spelling {
    private Spelling() {}

    /** Those of {@code words} that come nearest to {@code word}, at most so many; none that is quite another one. */
    static List<String> nearest(String word, List<String> words, int most) {
        var plain = word.toLowerCase(Locale.ROOT);
        var far = 1 + word.length() / 3;
        return words.stream()
                .filter(other -> distance(plain, other.toLowerCase(Locale.ROOT)) <= far)
                .sorted(Comparator.comparingInt(other -> distance(plain, other.toLowerCase(Locale.ROOT))))
                .limit(most)
                .toList();
    }

    /** How many letters must come, go or change; a word that has all of the other in it is near. */
    static int distance(String one, String other) {
        if (!one.isEmpty() && other.contains(one)) {
            return 1;
        }
        var above = new int[other.length() + 1];
        for (var j = 0; j <= other.length(); j++) {
            above[j] = j;
        }
        for (var i = 1; i <= one.length(); i++) {
            var row = new int[other.length() + 1];
            row[0] = i;
            for (var j = 1; j <= other.length(); j++) {
                var changed = above[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, 1 + Math.min(row[j - 1], above[j]));
            }
            above = row;
        }
        return above[other.length()];
    }
}
