package koker.spec;

/** A config.json that describes no container that koker can make; the message is one line for the user. */
public final class SpecException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The reason in one line, which names the file or the field. */
    public SpecException(String message) {
        super(message);
    }
}
