package koker.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import koker.guide.Entry;
import koker.guide.Guide;
import koker.guide.Paragraph;

/** Says in plain words what a step is for: of each step what has not been said before, and the rest when one of its kind is made first. */
final class Narrator {
    private static final int WIDTH = 110;
    private static final String MARGIN = "        ";

    private final Set<String> told = ConcurrentHashMap.newKeySet();

    /** The lines on what is made under that title. */
    List<String> lines(String title, Map<String, ?> about) {
        var lines = new ArrayList<String>();
        Guide.instance().titled(title).ifPresent(entry -> {
            var isFirst = told.add(title);
            if (isFirst || entry.kind() == Entry.Kind.STEP) {
                tell(
                        lines,
                        String.join(
                                " ",
                                entry.sentences(about).stream()
                                        .filter(told::add)
                                        .toList()));
            }
            if (isFirst && !entry.without().isEmpty()) {
                tell(lines, "Without it: " + entry.without());
            }
            if (isFirst) {
                tell(lines, "Read on: " + entry.see());
            }
        });
        return lines;
    }

    private static void tell(List<String> lines, String text) {
        if (!text.isEmpty()) {
            lines.addAll(Paragraph.lines(text, MARGIN, WIDTH));
        }
    }
}
