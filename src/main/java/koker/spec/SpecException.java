package koker.spec;

import koker.kernel.KokerException;

/** A config.json that describes no container that koker can make; the message is one line for the user. */
public final class SpecException extends KokerException {
    private static final long serialVersionUID = 1;
    private static final int MOST = 1000;

    /** The reason in one line, which names the file or the field. */
    public SpecException(String message) {
        super(line(message));
    }

    /** {@code message} in one line. It may quote whoever wrote the file: nothing in it moves the cursor, or fills the screen. */
    public static String line(String message) {
        var line = new StringBuilder();
        for (var i = 0; i < message.length() && line.length() < MOST; i++) {
            var c = message.charAt(i);
            line.append(Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c);
        }
        return message.length() > MOST ? line + "…" : line.toString();
    }
}
