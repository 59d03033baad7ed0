package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import koker.kernel.KokerException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker network rm}. */
final class RemoveNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("rm", "Remove networks that no container uses.", this::call);
    private final Options options = new Options(spec);
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final Supplier<List<String>> names = options.names("NETWORK", "Its name.");

    RemoveNetworkCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isAsked()) {
            plan.print(koker.networks().plan(networks -> names.get().forEach(networks::remove)));
            return 0;
        }
        var networks = koker.networks();
        var status = 0;
        for (var name : names.get()) {
            try {
                networks.remove(name);
                System.out.println(name);
            } catch (KokerException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
