package koker.kernel;

/** Something cannot be done, and the message tells the user why in one line: no fault of koker's, which would be any other exception. */
public abstract class KokerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What the user is to be told. */
    protected KokerException(String message) {
        this(message, null);
    }

    /** The same, because of {@code cause}; null for none. */
    protected KokerException(String message, Throwable cause) {
        super(message, cause);
    }
}
