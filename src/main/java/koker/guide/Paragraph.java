package koker.guide;

import java.util.ArrayList;
import java.util.List;

/** Lays text out in lines. */
public final class Paragraph {
    private Paragraph() {}

    /** The text in lines of at most so many characters, where its words allow; each begins with {@code margin}. */
    public static List<String> lines(String text, String margin, int width) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder(margin);
        for (var word : text.split(" ")) {
            if (line.length() > margin.length() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line = new StringBuilder(margin);
            }
            line.append(line.length() > margin.length() ? " " : "").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
