package koker.oci;

import koker.kernel.KokerException;

/** What was asked of the runtime cannot be done. Engines look for some of these messages, so they are worded as runc's. */
public final class OciException extends KokerException {
    private static final long serialVersionUID = 1;

    /** The exit status of an exec that failed, as runc has it: others are a command's own. */
    static final int EXEC_FAILED = 255;

    private static final int FAILED = 1;
    private final int status;

    /** The reason, in one line. */
    public OciException(String message) {
        this(message, null);
    }

    /** The same, because of {@code cause}, which a recording of what happened names. */
    OciException(String message, Throwable cause) {
        this(message, FAILED, cause);
    }

    /** The same, with another exit status. */
    OciException(String message, int status, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The status that koker exits with. */
    public int status() {
        return status;
    }
}
