package koker.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import koker.guide.Entry;
import koker.guide.Guide;
import koker.guide.Paragraph;

/** Says in plain words what a step is for: with its values each time, and the rest when a step of its kind is made for the first time. */
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
                lines.addAll(Paragraph.lines(entry.explanation(about), MARGIN, WIDTH));
            }
            if (isFirst && !entry.without().isEmpty()) {
                lines.addAll(Paragraph.lines("Without it: " + entry.without(), MARGIN, WIDTH));
            }
            if (isFirst) {
                lines.addAll(Paragraph.lines("Read on: " + entry.see(), MARGIN, WIDTH));
            }
        });
        return lines;
    }
}
