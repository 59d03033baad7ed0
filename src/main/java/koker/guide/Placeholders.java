package koker.guide;

import java.util.Locale;
import java.util.Map;

/** Puts values into sentences, where they say <code>{name}</code>, or <code>{name|words}</code> for when there is none. */
final class Placeholders {
    private Placeholders() {}

    /** The sentence with values; <code>{*}</code> stands for all of them. */
    static String fill(String sentence, Map<String, ?> values) {
        var filled = new StringBuilder();
        var at = 0;
        for (var open = sentence.indexOf('{'); open >= 0; open = sentence.indexOf('{', at)) {
            var close = sentence.indexOf('}', open);
            filled.append(sentence, at, open).append(value(sentence.substring(open + 1, close), values));
            at = close + 1;
        }
        return filled.append(sentence.substring(at)).toString();
    }

    private static String value(String placeholder, Map<String, ?> values) {
        var bar = placeholder.indexOf('|');
        var name = bar < 0 ? placeholder : placeholder.substring(0, bar);
        if (name.equals("*") && !values.isEmpty()) {
            var all = new StringBuilder();
            values.forEach((key, value) -> all.append(all.isEmpty() ? "" : " ").append(key + "=" + value));
            return all.toString();
        }
        if (values.containsKey(name)) {
            return String.valueOf(values.get(name));
        }
        return bar < 0 ? name.equals("*") ? "a value" : name.toUpperCase(Locale.ROOT) : placeholder.substring(bar + 1);
    }
}
