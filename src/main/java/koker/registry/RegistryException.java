package koker.registry;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import koker.kernel.KokerException;

/** A registry does not give what was asked for; the message is one line: what failed, why, what to do next. */
public final class RegistryException extends KokerException {
    private static final long serialVersionUID = 1;
    private static final int MAX_QUOTE = 200;

    RegistryException(String message) {
        super(message);
    }

    RegistryException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The system's own words, as far as there are any. */
    static String reason(IOException failure) {
        // Java's client says that a name is unknown in the cause of a cause, and nothing at all of a refusal.
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no such host";
            }
        }
        if (failure instanceof SSLException tls) {
            return TlsFailure.reason(tls);
        }
        if (failure instanceof ConnectException && failure.getMessage() == null) {
            return "Connection refused";
        }
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : oneLine(failure.getMessage());
    }

    /** A text from outside, without what could break the line or steer a terminal. */
    static String oneLine(String text) {
        var line = new StringBuilder();
        text.codePoints().limit(MAX_QUOTE).forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return line.toString().strip();
    }
}
