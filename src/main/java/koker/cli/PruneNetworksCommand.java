package koker.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker network prune}. */
final class PruneNetworksCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("prune", "Remove networks that no container uses, but the default one.", this::call);
    private final Supplier<Boolean> force = new Options(spec).flag("Do not ask.", "-f", "--force");

    PruneNetworksCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (!force.get() && !Confirmation.toRemove("networks that no container uses, but the default one")) {
            return 0;
        }
        koker.networks().prune().forEach(System.out::println);
        return 0;
    }
}
