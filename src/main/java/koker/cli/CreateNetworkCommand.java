package koker.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.NetworkRequest;
import koker.kernel.Ipv4;
import koker.network.NetworkDraft;
import koker.network.Subnet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker network create}. */
final class CreateNetworkCommand {
    private static final int LEAST_MTU = 68; // RFC 791
    private static final int LARGEST_MTU = 65535;

    private final Koker koker;
    private final CommandSpec spec = Koker.command("create", "Make a network.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Subnet>> subnet = options.value(
            "SUBNET",
            "Its addresses, such as 10.1.0.0/16 (default: private ones that nobody here has).",
            Subnet::parse,
            "--subnet");
    private final Supplier<Optional<Ipv4>> gateway =
            options.value("ADDRESS", "The bridge's own address (default: the first one).", Ipv4::parse, "--gateway");
    private final Supplier<Optional<Subnet>> range =
            options.value("SUBNET", "The part of it that is given to containers.", Subnet::parse, "--ip-range");
    private final Supplier<Boolean> internal = options.flag("It leads nowhere but to the host.", "--internal");
    private final Supplier<Optional<Integer>> mtu = options.value(
            "BYTES",
            "How large a packet can be (default: as by which the host reaches the world).",
            CreateNetworkCommand::mtu,
            "--mtu");
    private final Supplier<List<String>> labels =
            options.values("NAME[=VALUE]", "Say something about the network.", String::toString, "--label");
    private final PositionalParamSpec name = Options.argument(
                    "0", "1", "NAME", "Its name; default is the network of containers that name none.")
            .type(Object.class)
            .converters(Options.converter(NetworkRequest::networkName))
            .build();

    CreateNetworkCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var all = new LinkedHashMap<String, String>();
        for (var label : labels.get()) {
            var parts = label.split("=", 2);
            all.put(parts[0], parts.length == 2 ? parts[1] : "");
        }
        var draft = new NetworkDraft(
                name.getValue(), subnet.get(), gateway.get(), range.get(), internal.get(), mtu.get(), all);
        System.out.println(koker.networks().create(draft).name());
        return 0;
    }

    private static int mtu(String text) {
        if (text.matches("[0-9]{1,5}")) {
            var mtu = Integer.parseInt(text);
            if (mtu >= LEAST_MTU && mtu <= LARGEST_MTU) {
                return mtu;
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "' is no size of a packet; they go from " + LEAST_MTU + " to " + LARGEST_MTU);
    }
}
