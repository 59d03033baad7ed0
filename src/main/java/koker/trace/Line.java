package koker.trace;

import java.time.LocalTime;

/** A line of the log, such as {@code 11:08AM DBG Mount target source=none}. */
final class Line {
    private final StringBuilder text = new StringBuilder();

    Line(String level, String message) {
        var now = LocalTime.now();
        var hour = (now.getHour() + 11) % 12 + 1;
        text.append(hour)
                .append(now.getMinute() < 10 ? ":0" : ":")
                .append(now.getMinute())
                .append(now.getHour() < 12 ? "AM " : "PM ")
                .append(level)
                .append(' ')
                .append(message);
    }

    /** Adds {@code name=value}, the value in quotes where it could be misread. */
    Line field(String name, Object value) {
        text.append(' ').append(name).append('=');
        var plain = value.toString();
        if (plain.isEmpty()
                || plain.chars().anyMatch(c -> c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)) {
            text.append('"').append(escape(plain)).append('"');
        } else {
            text.append(plain);
        }
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private static String escape(String plain) {
        var escaped = new StringBuilder();
        for (var c : plain.toCharArray()) {
            if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                escaped.append(String.format("\\x%02x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
