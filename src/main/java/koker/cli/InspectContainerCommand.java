package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container inspect}. */
final class InspectContainerCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("inspect", "Show all that is known of containers.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> namespaces =
            options.flag("Their namespaces beside the host's: the same number means shared.", "--namespaces");
    private final Inspection inspection = new Inspection(options, "CONTAINER", Options.CONTAINER);

    InspectContainerCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.views();
        if (!namespaces.get()) {
            return inspection.show(containers::inspect);
        }
        for (var name : inspection.names()) {
            var table = new Table("NAMESPACE", "CONTAINER", "HOST", "SHARED");
            containers
                    .namespaces(name)
                    .forEach(one ->
                            table.add(List.of(one.type(), one.container(), one.host(), one.shared() ? "yes" : "no")));
            table.print(System.out);
        }
        return 0;
    }
}
