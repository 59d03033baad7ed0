package koker.oci;

import com.google.gson.stream.JsonWriter;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import koker.kernel.Argument;

/**
 * The file in which an engine looks for what went wrong, a line each; more is written at its end.
 *
 * @param file none if nobody looks
 * @param json whether each line is a JSON object, or fields in words
 * @param debug whether it gets more than warnings and errors
 */
public record ErrorLog(Optional<Path> file, boolean json, boolean debug) {
    /** One whose file is there from now on, so that engines find it even if koker is killed. */
    public static ErrorLog made(Optional<Path> file, boolean json, boolean debug) throws IOException {
        if (file.isPresent()) {
            new FileOutputStream(file.get().toFile(), true).close();
        }
        return new ErrorLog(file, json, debug);
    }

    /** Adds a line of the level {@code error}, {@code warning} or {@code debug}. */
    public void add(String level, String message) throws IOException {
        if (file.isPresent() && (debug || !level.equals("debug"))) {
            var line = json ? object(level, message) : words(level, message);
            Files.writeString(file.get(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private static String object(String level, String message) throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject().name("level").value(level).name("msg").value(message);
            json.name("time").value(now()).endObject();
        }
        return text.toString();
    }

    private static String words(String level, String message) {
        return "time=\"" + now() + "\" level=" + level + " msg=" + Argument.quote(message);
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
