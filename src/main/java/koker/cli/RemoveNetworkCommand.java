package koker.cli;

import java.util.List;
import koker.engine.EngineException;
import koker.network.NetworkException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker network rm}. */
final class RemoveNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("rm", "Remove networks that no container uses.", this::call);
    private final PlanOptions plan = new PlanOptions(spec, new Options(spec), false);
    private final PositionalParamSpec names = Options.argument("0..*", "1..*", "NETWORK", "Its name.")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .build();

    RemoveNetworkCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isAsked()) {
            plan.print(koker.networks()
                    .plan(networks -> names.<List<String>>getValue().forEach(networks::remove)));
            return 0;
        }
        var networks = koker.networks();
        var status = 0;
        for (var name : names.<List<String>>getValue()) {
            try {
                networks.remove(name);
                System.out.println(name);
            } catch (EngineException | NetworkException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
