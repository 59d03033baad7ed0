package koker.oci;

import koker.kernel.KokerException;

/** What was asked of the runtime cannot be done. Engines look for some of these messages, so they are worded as runc's. */
public final class OciException extends KokerException {
    private static final long serialVersionUID = 1;

    /** The reason, in one line. */
    public OciException(String message) {
        this(message, null);
    }

    /** The same, because of {@code cause}, which a recording of what happened names. */
    OciException(String message, Throwable cause) {
        super(message, cause);
    }
}
