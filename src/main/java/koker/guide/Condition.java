package koker.guide;

import java.util.Map;

/** What a step must be about for something to be true of it: that a field is there, and has a value. An empty field is no condition. */
record Condition(String field, String value) {
    static final Condition ALWAYS = new Condition("", "");

    /** Reads {@code type=overlay}, or {@code memory.max} for any value. */
    static Condition parse(String text) {
        var sign = text.indexOf('=');
        return sign < 0 ? new Condition(text, "") : new Condition(text.substring(0, sign), text.substring(sign + 1));
    }

    boolean isAlways() {
        return field.isEmpty();
    }

    boolean holds(Map<String, ?> about) {
        return isAlways()
                || about.containsKey(field) && (value.isEmpty() || value.equals(String.valueOf(about.get(field))));
    }

    @Override
    public String toString() {
        return value.isEmpty() ? field : field + "=" + value;
    }
}
