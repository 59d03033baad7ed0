package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import koker.engine.PruneFilter;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container prune}. */
final class PruneContainersCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("prune", "Remove all containers that do not run.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> force = options.flag("Do not ask.", "-f", "--force");
    private final Supplier<List<PruneFilter>> filters =
            options.values("KIND=VALUE", PruneFilter.DESCRIPTION, PruneFilter::parse, "--filter");

    PruneContainersCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        if (!force.get() && !Confirmation.toRemove("containers that do not run")) {
            return 0;
        }
        var pruned = containers.prune(filters.get());
        if (!pruned.ids().isEmpty()) {
            System.out.println("Deleted Containers:");
            pruned.ids().forEach(System.out::println);
            System.out.println();
        }
        System.out.println("Total reclaimed space: " + HumanReadable.size(pruned.bytes()));
        return 0;
    }
}
