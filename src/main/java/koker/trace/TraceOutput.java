package koker.trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** Where what is made of a recording goes: a file that appears when all of it is written, or standard output. */
public final class TraceOutput {
    private TraceOutput() {}

    /** Writes something. */
    public interface Content {
        /** Writes it to {@code out}. */
        void write(Writer out) throws IOException;
    }

    /**
     * Writes {@code content} to {@code file}, or to standard output if there is none.
     *
     * @throws TraceException if it cannot be written; a file that was there is as it was
     */
    public static void write(Optional<Path> file, Content content) {
        if (file.isEmpty()) {
            var out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
            try {
                content.write(out);
                out.flush();
            } catch (IOException e) {
                throw new TraceException("write to", Path.of("standard output"), e);
            }
        } else if (Files.exists(file.get()) && !Files.isRegularFile(file.get())) {
            writeTo(file.get(), content);
        } else {
            replace(file.get(), content);
        }
    }

    private static void writeTo(Path file, Content content) {
        try (var out = Files.newBufferedWriter(file)) {
            content.write(out);
        } catch (IOException e) {
            throw new TraceException("write", file, e);
        }
    }

    private static void replace(Path file, Content content) {
        try {
            // Only for whom it is written: there are environment variables in it.
            var partial = Files.createTempFile(
                    file.toAbsolutePath().getParent(),
                    "." + file.getFileName(),
                    ".partial",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                try (var out = Files.newBufferedWriter(partial)) {
                    content.write(out);
                }
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new TraceException("write", file, e);
        }
    }
}
