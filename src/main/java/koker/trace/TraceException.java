package koker.trace;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import koker.kernel.KokerException;

/** A recording cannot be made, or read; the message is one line: what failed, why, and what to do next. */
public final class TraceException extends KokerException {
    private static final long serialVersionUID = 1;

    TraceException(String message) {
        super(message);
    }

    /** The system refused to {@code verb} {@code file}. */
    TraceException(String verb, Path file, IOException reason) {
        super("cannot " + verb + " " + file + ": " + reason(reason));
    }

    /** The system's own words. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "no such file or folder";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            case FileSystemException _ -> e.getClass().getSimpleName().replace("Exception", "");
            default -> e.getMessage();
        };
    }
}
