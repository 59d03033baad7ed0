package koker.network;

import koker.kernel.KokerException;

/** A network cannot be made or used as asked; the message is one line for the user. */
public final class NetworkException extends KokerException {
    private static final long serialVersionUID = 1;

    /** The exception with that line. */
    public NetworkException(String message) {
        super(message);
    }
}
