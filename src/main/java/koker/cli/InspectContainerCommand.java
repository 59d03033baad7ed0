package koker.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container inspect}. */
final class InspectContainerCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("inspect", "Show all that is known of containers, as JSON.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> namespaces =
            options.flag("Their namespaces beside the host's: the same number means shared.", "--namespaces");
    private final Supplier<Optional<Format>> format =
            options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "-f", "--format");
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("CONTAINER")
            .arity("1..*")
            .required(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, ID, or the beginning of an ID.")
            .build();

    InspectContainerCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        List<String> wanted = names.getValue();
        var containers = koker.views();
        if (namespaces.get()) {
            for (var name : wanted) {
                var table = new Table("NAMESPACE", "CONTAINER", "HOST", "SHARED");
                containers
                        .namespaces(name)
                        .forEach(one -> table.add(
                                List.of(one.type(), one.container(), one.host(), one.shared() ? "yes" : "no")));
                table.print(System.out);
            }
            return 0;
        }
        var all = wanted.stream().map(containers::inspect).toList();
        if (format.get().isPresent()) {
            format.get().get().print(all, System.out);
        } else {
            var list = new JsonArray();
            all.forEach(list::add);
            System.out.println(new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .serializeNulls()
                    .create()
                    .toJson(list));
        }
        return 0;
    }
}
