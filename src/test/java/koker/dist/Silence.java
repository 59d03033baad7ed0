package koker.dist;

/**
 * Stands in for both java.util.logging.Logger and its Level in the libraries, and says nothing: the real ones take 4 ms to set up at
 * every start, for what nobody reads.
 */
public final class Silence {
    public static final Silence SEVERE = new Silence();
    public static final Silence WARNING = SEVERE;
    public static final Silence INFO = SEVERE;
    public static final Silence FINE = SEVERE;
    public static final Silence FINER = SEVERE;

    private Silence() {}

    public static Silence getLogger(String name) {
        return SEVERE;
    }

    public boolean isLoggable(Silence level) {
        return false;
    }

    public void log(Silence level, String message) {}

    public void log(Silence level, String message, Object parameter) {}

    public void log(Silence level, String message, Object[] parameters) {}

    public void log(Silence level, String message, Throwable thrown) {}
}
