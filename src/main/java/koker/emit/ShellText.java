package koker.emit;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Words of a shell script.
 *
 * @param folder a path that is written as {@code $box}
 */
record ShellText(String folder) {
    private static final String SAFE = "[A-Za-z0-9_@%+=:,./-]+";

    /** A word that the shell leaves as it is. */
    String quote(String word) {
        if (word.contains(folder)) {
            return inside(word);
        }
        return word.matches(SAFE) ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Several words. */
    String quote(List<String> words) {
        return words.stream().map(this::quote).collect(Collectors.joining(" "));
    }

    /** A path in the container, before its root has been entered. */
    String below(String path) {
        return path.equals("/") ? "\"$root\"" : "\"$root" + escape(path) + "\"";
    }

    private String inside(String word) {
        return "\"" + escape(word).replace(escape(folder), "$box") + "\"";
    }

    private static String escape(String text) {
        return text.replaceAll("([\"$`\\\\])", "\\\\$1");
    }
}
