package koker.systemd;

import koker.kernel.KokerException;

/** systemd cannot be asked, or refuses; the message is one line for the user. */
public final class SystemdException extends KokerException {
    private static final long serialVersionUID = 1;

    SystemdException(String message) {
        super(message);
    }
}
