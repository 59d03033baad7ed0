package koker.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.EngineException;
import koker.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image inspect}. */
final class InspectImageCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("inspect", "Show all that is known of images.", this::call);
    private final Supplier<Optional<Format>> format = new Options(spec)
            .value(
                    Format.LABEL,
                    "On a line each, or by a template: '{{.Id}}', '{{json .Config.Env}}'.",
                    Format::parse,
                    "-f",
                    "--format");
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("IMAGE")
            .arity("1..*")
            .required(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, name@digest, ID, or the beginning of an ID.")
            .build();

    InspectImageCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var images = koker.catalog();
        var found = new ArrayList<JsonObject>();
        var errors = new ArrayList<String>();
        for (var name : names.<List<String>>getValue()) {
            try {
                found.add(images.describe(name));
            } catch (EngineException | ImageException e) {
                errors.add(e.getMessage());
            }
        }
        if (format.get().isPresent()) {
            format.get().get().print(found, System.out);
        } else {
            System.out.println(new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .create()
                    .toJson(found));
        }
        errors.forEach(error -> System.err.println("koker: " + error));
        return errors.isEmpty() ? 0 : 1;
    }
}
