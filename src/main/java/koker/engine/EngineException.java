package koker.engine;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import koker.kernel.KokerException;

/** What the user asked for cannot be done; the message is one line: what failed, why, and what to do next. */
public final class EngineException extends KokerException {
    /** The exit status for koker's own failures, as in Docker. */
    public static final int FAILED = 125;
    /** The exit status for a command that cannot be executed. */
    public static final int NOT_EXECUTABLE = 126;
    /** The exit status for a command that does not exist. */
    public static final int NOT_FOUND = 127;

    private static final long serialVersionUID = 1;
    private final int status;

    /** A failure of koker's own. */
    public EngineException(String message) {
        this(message, FAILED);
    }

    EngineException(String message, int status) {
        super(message);
        this.status = status;
    }

    /** The same, because of {@code cause}, which a recording of what happened names. */
    EngineException(String message, int status, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The status that koker exits with. */
    public int status() {
        return status;
    }

    /** The system's own words, and what they are about. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file";
            case FileSystemException system
            when system.getReason() != null -> system.getFile() + ": " + system.getReason();
            default -> e.getMessage();
        };
    }
}
