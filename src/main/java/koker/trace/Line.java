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
        if (isMisread(plain)) {
            text.append('"').append(escape(plain)).append('"');
        } else {
            text.append(plain);
        }
        return this;
    }

    /** A loop, as there are thousands of fields in a trace, and streams take their time. */
    private static boolean isMisread(String plain) {
        for (var i = 0; i < plain.length(); i++) {
            var c = plain.charAt(i);
            if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) {
                return true;
            }
        }
        return plain.isEmpty();
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
