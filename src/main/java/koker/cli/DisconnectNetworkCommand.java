package koker.cli;

import java.util.function.Supplier;
import koker.engine.EndpointRequest;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker network disconnect}. */
final class DisconnectNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("disconnect", "Disconnect a container from a network.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> force = options.flag(
            "Even if the container is no more: what it had of the network is given back.", "-f", "--force");
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final Supplier<String> network =
            options.argument("0", "NETWORK", "The network's name.", EndpointRequest::connectable);
    private final Supplier<String> container = options.word(
            "1", "CONTAINER", "Name, ID, or the beginning of an ID; with -f also the ID of one that is no more.");

    DisconnectNetworkCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var from = network.get();
        var name = container.get();
        if (plan.isAsked()) {
            plan.print(koker.networks().plan(networks -> networks.disconnect(from, name, force.get())));
            return 0;
        }
        koker.networks().disconnect(from, name, force.get());
        return 0;
    }
}
