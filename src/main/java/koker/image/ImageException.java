package koker.image;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import koker.kernel.KernelException;
import koker.kernel.KokerException;

/** An image cannot be named, found, read or unpacked; the message is one line: what failed, why, what to do next. */
public final class ImageException extends KokerException {
    private static final long serialVersionUID = 1;

    ImageException(String message) {
        super(message);
    }

    ImageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** {@code what} failed for the reason the system gave. */
    static ImageException because(String what, IOException failure) {
        return new ImageException(what + ": " + reason(failure), failure);
    }

    /** The system's own words; java.nio gives the commonest errors a type instead of a text. */
    static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException e -> "No such file or directory";
            case AccessDeniedException e -> "Permission denied";
            case FileAlreadyExistsException e -> "File exists";
            case DirectoryNotEmptyException e -> "Directory not empty";
            case NotDirectoryException e -> "Not a directory";
            case FileSystemException named when named.getReason() != null -> oneLine(named.getReason());
            case IOException other when other.getMessage() != null -> oneLine(other.getMessage());
            case IOException other -> other.getClass().getSimpleName();
        };
    }

    /** The system's own words, without the call that failed. */
    static String reason(KernelException failure) {
        return failure.errno()
                .map(errno -> errno.meaning() + " (" + errno + ")")
                .orElse(failure.getMessage());
    }

    /** A text from outside, in quotes and without what could break the line or steer a terminal. */
    static String quote(String text) {
        return '"' + oneLine(text.length() > 200 ? text.substring(0, 200) + "…" : text) + '"';
    }

    static String oneLine(String text) {
        var line = new StringBuilder();
        text.chars().forEach(c -> {
            if (Character.isISOControl(c)) {
                line.append("\\x%02x".formatted(c));
            } else {
                line.append((char) c);
            }
        });
        return line.toString();
    }
}
