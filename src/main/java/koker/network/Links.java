package koker.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import koker.kernel.Errand;
import koker.kernel.Errno;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.kernel.NetlinkSocket;
import koker.plan.HostStep;
import koker.plan.LinkStep;
import koker.plan.Maker;
import koker.plan.Step;
import koker.plan.StepException;

/** The links of the host that belong to networks of containers: bridges, and cables into the containers. */
public final class Links implements AutoCloseable {
    private static final List<String> STEPS = List.of(
            "open-netlink",
            "explain-refusals",
            "find-link",
            "make-veth",
            "set-hairpin",
            "open-netlink-inside",
            "explain-refusals",
            "find-link",
            "add-address",
            "switch-on",
            "add-default-route");

    private static final int NO_LINK = -1;
    private static final Path BRIDGE_FILTER = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

    private final Maker maker;
    private final Netlink host;

    /** Those of the network namespace that koker is in. */
    public Links(Maker maker) {
        this.maker = maker;
        this.host = Netlink.ofHost(maker);
    }

    /** The names of the steps by which a container is connected to so many bridges that are there. */
    public static List<String> steps(int networks) {
        return Collections.nCopies(networks, STEPS).stream()
                .flatMap(List::stream)
                .toList();
    }

    /**
     * The network that {@code draft} describes, beside {@code others}.
     *
     * @throws NetworkException if it would collide with what is there
     */
    public Network draft(NetworkDraft draft, List<Network> others) {
        return draft.network(host.links(), host.routes(), draft.ipv6() ? host.destinations6() : List.of(), others);
    }

    /**
     * How the host is prepared for a network.
     *
     * @param isReady whether the bridge is there, switched on, and has its address
     * @param obstacle a route to somewhere else, with addresses that the network has, too
     */
    public record Readiness(boolean isReady, Optional<Subnet> obstacle) {}

    /** Looks at the network's bridge, and at the routes of the host. */
    public Readiness readiness(Network network) {
        var bridge = host.find(network.bridge());
        var own = bridge.map(Netlink.Link::index).orElse(NO_LINK);
        var addresses = network.addresses();
        var gateway = new Subnet(network.gatewayAddress(), 32);
        var hasAddress = false;
        Subnet obstacle = null;
        for (var route : host.routes()) {
            var destination = route.destination();
            if (route.link() == own) {
                hasAddress |= destination.equals(gateway);
            } else if (destination.isPlace()
                    && destination.overlaps(addresses)
                    && (obstacle == null || obstacle.prefix() < destination.prefix())) {
                obstacle = destination;
            }
        }
        return new Readiness(
                hasAddress && bridge.filter(Netlink.Link::isUp).isPresent(), Optional.ofNullable(obstacle));
    }

    /**
     * Makes the network's bridge, or what of it is missing.
     *
     * @throws koker.plan.StepException if the kernel refuses
     */
    public void makeBridge(Network network) {
        var gateway = network.gatewayAddress();
        var link = host.find(network.bridge());
        if (link.isEmpty()) {
            host.request(socket ->
                    new LinkStep.MakeBridge(socket, network.bridge(), HardwareAddress.of(gateway), alias(network)));
            link = host.find(network.bridge());
        }
        addAddress(host, link.orElseThrow(), gateway, network.addresses());
        // What containers send there must not tell the host its way to the world.
        set(network, "accept_ra", "0");
        if (network.hasIpv6()) {
            set(network, "disable_ipv6", "0");
            addAddress6(
                    host,
                    link.get(),
                    network.gatewayAddress6(),
                    network.addresses6().prefix());
        }
        host.request(socket -> new LinkStep.SwitchOn(socket, network.bridge()));
    }

    /** Sets a parameter of IPv6 of the bridge, where this kernel has that, and it is not so. */
    private void set(Network network, String parameter, String value) {
        var folder = "/proc/sys/net/ipv6/conf/" + network.bridge() + "/";
        if (Files.notExists(Path.of(folder))) {
            folder = "/proc/sys/net/ipv6/conf/default/"; // it is still to be made
        }
        try {
            if (Files.exists(Path.of(folder))
                    && !Files.readString(Path.of(folder, parameter)).strip().equals(value)) {
                maker.make(new HostStep.SetHostSysctl("net.ipv6.conf." + network.bridge() + "." + parameter, value));
            }
        } catch (IOException e) {
            throw new NetworkException("cannot read " + folder + parameter + ": " + e.getMessage());
        }
    }

    /** Removes the network's bridge, if it is there. */
    public void removeBridge(Network network) {
        host.request(socket -> new LinkStep.RemoveLink(socket, network.bridge()));
    }

    /**
     * Lays a cable from the bridge to the container whose first process is {@code pid}.
     *
     * @param leadsOut whether the container reaches the world by it
     * @throws koker.plan.StepException if the kernel refuses
     */
    public void connect(Network network, Endpoint endpoint, int pid, boolean leadsOut) {
        var bridge = host.find(endpoint.bridge())
                .orElseThrow(() -> new NetworkException(
                        "the bridge " + endpoint.bridge() + " has just been removed; start the container again"));
        layCable(network, endpoint, bridge, pid);
        if (Files.exists(BRIDGE_FILTER)) {
            // Then the firewall sees what is still on the bridge, and may lead it back to where it came from.
            host.request(socket -> new LinkStep.SetHairpin(socket, endpoint.link()));
        }
        try (var inside = Netlink.of(maker, pid)) {
            var link = inside.find(endpoint.inside()).orElseThrow();
            addAddress(inside, link, Ipv4.parse(endpoint.address()), network.addresses());
            inside.request(socket -> new LinkStep.SwitchOn(socket, endpoint.inside()));
            if (endpoint.address6() != null) {
                Errand.of(() -> maker.make(new LinkStep.AllowIpv6(pid, endpoint.inside())));
                addAddress6(inside, link, Ipv6.parse(endpoint.address6()), endpoint.prefix6());
            }
            if (leadsOut) {
                leadOut(inside, network);
            }
        }
    }

    /**
     * From now on the container whose first process is {@code pid} reaches the world by {@code network}.
     *
     * @throws koker.plan.StepException if the kernel refuses
     */
    public void leadOut(Network network, int pid) {
        try (var inside = Netlink.of(maker, pid)) {
            leadOut(inside, network);
        }
    }

    private static void leadOut(Netlink inside, Network network) {
        inside.request(socket -> new LinkStep.AddDefaultRoute(socket, network.gatewayAddress()));
        if (network.hasIpv6()) {
            inside.request(socket -> new LinkStep.AddDefaultRoute(socket, network.gatewayAddress6()));
        }
    }

    /**
     * Mends what leads from the bridge to a container that runs: plugs its cable in again, or lays another one.
     *
     * @throws koker.plan.StepException if the kernel refuses
     */
    public void mend(Network network, Endpoint endpoint, int pid, boolean leadsOut) {
        if (host.find(endpoint.link()).isEmpty()) {
            connect(network, endpoint, pid, leadsOut);
            return;
        }
        var bridge = host.find(endpoint.bridge()).orElseThrow();
        host.request(socket -> new LinkStep.PlugIn(socket, endpoint.link(), bridge.index(), endpoint.bridge()));
        if (Files.exists(BRIDGE_FILTER)) {
            host.request(socket -> new LinkStep.SetHairpin(socket, endpoint.link()));
        }
    }

    private void layCable(Network network, Endpoint endpoint, Netlink.Link bridge, int pid) {
        Function<NetlinkSocket, Step> cable = socket -> new LinkStep.MakeVeth(
                socket,
                endpoint.link(),
                bridge.index(),
                endpoint.bridge(),
                endpoint.inside(),
                pid,
                HardwareAddress.parse(endpoint.mac()),
                network.mtu());
        try {
            host.request(cable);
        } catch (StepException e) {
            if (e.errno().filter(Errno.EEXIST::equals).isEmpty()) {
                throw e;
            }
            // That of its last life, in a namespace that is just going, or that somebody keeps.
            disconnect(endpoint);
            host.request(cable);
        }
    }

    /** Removes the host's end of a cable, and the other one with it. */
    public void disconnect(Endpoint endpoint) {
        host.request(socket -> new LinkStep.RemoveLink(socket, endpoint.link()));
    }

    @Override
    public void close() {
        host.close();
    }

    private static void addAddress(Netlink netlink, Netlink.Link link, Ipv4 address, Subnet subnet) {
        netlink.request(socket -> new LinkStep.AddAddress(
                socket, link.name(), link.index(), address, subnet.prefix(), subnet.broadcast()));
    }

    private static void addAddress6(Netlink netlink, Netlink.Link link, Ipv6 address, int prefix) {
        netlink.request(socket -> new LinkStep.AddIpv6Address(socket, link.name(), link.index(), address, prefix));
    }

    private static String alias(Network network) {
        return "network " + network.name() + " of koker";
    }
}
