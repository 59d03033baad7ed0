package koker.cli;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.network.Network;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker network ls}. */
final class ListNetworksCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("ls", "List networks.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> quiet = options.flag("Their names alone.", "-q", "--quiet");
    private final Supplier<Optional<Format>> format =
            options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "--format");

    ListNetworksCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var networks = koker.networks().list();
        if (quiet.get()) {
            networks.forEach(network -> System.out.println(network.name()));
            return 0;
        }
        if (format.get().isPresent()) {
            format.get()
                    .get()
                    .print(networks.stream().map(ListNetworksCommand::json).toList(), System.out);
            return 0;
        }
        var table = new Table("NAME", "BRIDGE", "SUBNET", "GATEWAY", "INTERNAL");
        for (var network : networks) {
            table.add(List.of(
                    network.name(),
                    network.bridge(),
                    network.subnet(),
                    network.gateway(),
                    network.internal() ? "yes" : "no"));
        }
        table.print(System.out);
        return 0;
    }

    private static JsonObject json(Network network) {
        var json = new JsonObject();
        json.addProperty("Name", network.name());
        json.addProperty("Driver", "bridge");
        json.addProperty("Bridge", network.bridge());
        json.addProperty("Subnet", network.subnet());
        json.addProperty("Gateway", network.gateway());
        json.addProperty("Internal", network.internal());
        return json;
    }
}
