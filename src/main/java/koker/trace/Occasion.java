package koker.trace;

import java.util.Locale;
import java.util.Map;

/** What calls are made for that belong to no step of a plan. */
record Occasion(String title, Map<String, ?> about) implements Subject {
    @Override
    public String name() {
        return title.toLowerCase(Locale.ROOT).replace(' ', '-');
    }
}
