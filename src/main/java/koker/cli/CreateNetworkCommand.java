package koker.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.NetworkRequest;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.NetworkDraft;
import koker.network.Subnet;
import koker.network.Subnet6;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker network create}. */
final class CreateNetworkCommand {
    private static final int LEAST_MTU = 68; // RFC 791
    private static final int LARGEST_MTU = 65535;

    private final Koker koker;
    private final CommandSpec spec = Koker.command("create", "Make a network.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> ipv6 = options.flag("It has addresses of IPv6, too.", "--ipv6");
    private final Supplier<List<Record>> subnets = options.values(
            "SUBNET",
            "Its addresses, such as 10.1.0.0/16 (default: private ones that nobody here has); once more for IPv6.",
            text -> text.contains(":") ? Subnet6.parse(text) : Subnet.parse(text),
            "--subnet");
    private final Supplier<List<Record>> gateways = options.values(
            "ADDRESS",
            "The bridge's own address (default: the first one); once more for IPv6.",
            text -> text.contains(":") ? Ipv6.parse(text) : Ipv4.parse(text),
            "--gateway");
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
    private final PlanOptions plan = new PlanOptions(spec, options, false);
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
                name.getValue(),
                one(subnets.get(), Subnet.class, "--subnet"),
                one(gateways.get(), Ipv4.class, "--gateway"),
                range.get(),
                ipv6.get(),
                one(subnets.get(), Subnet6.class, "--subnet"),
                one(gateways.get(), Ipv6.class, "--gateway"),
                internal.get(),
                mtu.get(),
                all);
        if (!ipv6.get() && (draft.subnet6().isPresent() || draft.gateway6().isPresent())) {
            throw new ParameterException(spec.commandLine(), "addresses of IPv6 need --ipv6");
        }
        if (plan.isAsked()) {
            plan.print(koker.networks().plan(networks -> networks.create(draft)));
            return 0;
        }
        System.out.println(koker.networks().create(draft).name());
        return 0;
    }

    /** The value of an option for one version of IP, of which there is one at most. */
    private <T> Optional<T> one(List<Record> all, Class<T> version, String option) {
        var found = all.stream().filter(version::isInstance).map(version::cast).toList();
        if (found.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), option + " " + found.getLast() + " is one too many; there is one for each IP");
        }
        return found.stream().findFirst();
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
