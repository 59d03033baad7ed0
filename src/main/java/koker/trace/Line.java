package koker.trace;

import java.nio.charset.StandardCharsets;

/** A line of the log, such as {@code 11:08AM DBG Mount target source=none}. */
final class Line {
    private static final int USUAL_LENGTH = 200;

    private final StringBuilder text = new StringBuilder(USUAL_LENGTH);

    Line(TimeOfDay time, String level, String message) {
        text.append(time).append(' ').append(level).append(' ').append(message);
    }

    /** Adds {@code name=value}, the value in quotes where it could be misread. */
    Line field(String name, Object value) {
        text.append(' ').append(name).append('=');
        var plain = value.toString();
        if (isMisread(plain)) {
            text.append('"');
            escape(plain);
            text.append('"');
        } else {
            text.append(plain);
        }
        return this;
    }

    /** A loop over bytes, as there are thousands of fields in a trace, and nothing has been compiled by then. */
    private static boolean isMisread(String plain) {
        for (var c : plain.getBytes(StandardCharsets.ISO_8859_1)) {
            if (0 <= c && c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) {
                return true;
            }
        }
        return plain.isEmpty();
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** The text with a backslash before what needs one; what lies between is added in one go. */
    private void escape(String plain) {
        var from = 0;
        var bytes = plain.getBytes(StandardCharsets.ISO_8859_1);
        for (var i = 0; i < bytes.length; i++) {
            var c = bytes[i];
            if (c == '"' || c == '\\') {
                text.append(plain, from, i).append('\\');
                from = i;
            } else if (0 <= c && c < ' ' || c == 0x7f) {
                text.append(plain, from, i).append(String.format("\\x%02x", (int) c));
                from = i + 1;
            }
        }
        text.append(plain, from, bytes.length);
    }
}
