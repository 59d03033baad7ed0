package koker.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import koker.kernel.KokerException;

/** All that is known of things that a command is given the names of, as Docker shows it: a list in JSON, or by {@code --format}. */
final class Inspection {
    private final Supplier<Optional<Format>> format;
    private final Supplier<List<String>> names;

    /** Declares what the command needs for that: {@code label} is what one of the things is, and {@code description} what it is called. */
    Inspection(Options options, String label, String description) {
        format = options.value(
                Format.LABEL,
                "On a line each, or by a template: '{{.Id}}', '{{json .Config.Env}}'.",
                Format::parse,
                "-f",
                "--format");
        names = options.names(label, description);
    }

    /** What the user has named. */
    List<String> names() {
        return names.get();
    }

    /** Whether the user says how things are to be printed. */
    boolean isFormatted() {
        return format.get().isPresent();
    }

    /** Prints what {@code look} finds, and returns the exit status: 1 if one is not found, which does not keep the others from being shown. */
    int show(Function<String, JsonObject> look) {
        var found = new ArrayList<JsonObject>();
        var errors = new ArrayList<String>();
        for (var name : names.get()) {
            try {
                found.add(look.apply(name));
            } catch (KokerException e) {
                errors.add(e.getMessage());
            }
        }
        if (isFormatted()) {
            format.get().get().print(found, System.out);
        } else {
            System.out.println(new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .serializeNulls()
                    .create()
                    .toJson(found));
        }
        errors.forEach(error -> System.err.println("koker: " + error));
        return errors.isEmpty() ? 0 : 1;
    }
}
