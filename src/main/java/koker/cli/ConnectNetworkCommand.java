package koker.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.EndpointRequest;
import koker.engine.NetworkRequest;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker network connect}. */
final class ConnectNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command(
            "connect", "Connect a container to a network; one that does not run, when it is started.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Ipv4>> ip =
            options.value("ADDRESS", "The container's address there, instead of any.", Ipv4::parse, "--ip");
    private final Supplier<Optional<Ipv6>> ip6 = options.value("ADDRESS", "The same of IPv6.", Ipv6::parse, "--ip6");
    private final Supplier<Optional<HardwareAddress>> mac =
            options.value("ADDRESS", "The address of its network card.", HardwareAddress::parse, "--mac-address");
    private final Supplier<List<String>> aliases = options.values(
            "NAME", "Another name by which its neighbours there know it.", NetworkRequest::hostName, "--alias");
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final Supplier<String> network =
            options.argument("0", "NETWORK", "The network's name.", EndpointRequest::connectable);
    private final Supplier<String> container = options.word("1", "CONTAINER", Options.CONTAINER);

    ConnectNetworkCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var wanted = new EndpointRequest(
                network.get(),
                ip.get().map(Ipv4::toString).orElse(null),
                ip6.get().map(Ipv6::toString).orElse(null),
                mac.get().map(HardwareAddress::toString).orElse(null),
                aliases.get());
        var name = container.get();
        if (plan.isAsked()) {
            plan.print(koker.networks().plan(networks -> networks.connect(wanted, name)));
            return 0;
        }
        koker.networks().connect(wanted, name);
        return 0;
    }
}
