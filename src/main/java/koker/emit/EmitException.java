package koker.emit;

import koker.kernel.KokerException;

/** A plan has a step that cannot be written down in that language; the message says which one, and why. */
public final class EmitException extends KokerException {
    private static final long serialVersionUID = 1;

    EmitException(String message) {
        super(message);
    }
}
