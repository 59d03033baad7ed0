package koker.cli;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.image.Change;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container diff}. */
final class DiffCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command(
            "diff",
            "List what a container has added (A), changed (C) and deleted (D) of its image's files.",
            this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Format>> format = options.value(
            "json|TEMPLATE", "As JSON, or by a template: '{{.Kind}} {{.Path}}'.", Format::parse, "--format");
    private final Supplier<String> container = options.container();

    DiffCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        print(koker.contents().changes(container.get()));
        return 0;
    }

    private void print(List<Change> changes) {
        if (format.get().isPresent()) {
            format.get().get().print(changes.stream().map(DiffCommand::json).toList(), System.out);
        } else {
            changes.forEach(change -> System.out.println(change.kind().letter() + " " + change.shown()));
        }
    }

    private static JsonObject json(Change change) {
        var json = new JsonObject();
        json.addProperty("Kind", change.kind().letter());
        json.addProperty("Path", change.shown());
        return json;
    }
}
