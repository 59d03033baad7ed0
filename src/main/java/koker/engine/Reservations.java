package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.Endpoint;
import koker.network.HostLock;
import koker.network.Leases;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkDraft;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.plan.HostStep;
import koker.plan.Runner;

/** Reserves places in networks for a container, whose links are made later: makes a network ready, and takes an address. */
final class Reservations {
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

    private static final Path FORWARDING6 = Path.of("/proc/sys/net/ipv6/conf/all/forwarding");

    /** As long as all names of links in the host, {@code veth} and a part of the container's ID. */
    private static final int LINK_NAME = 13;

    private final Engine engine;
    private final Runner runner;
    private final NetworkStore store;

    Reservations(Engine engine, Runner runner) {
        this.engine = engine;
        this.runner = runner;
        this.store = new NetworkStore(engine.home().networks());
    }

    /**
     * The network {@code name}, with its bridge; the default one is made if there is none.
     *
     * @throws EngineException if there is no other one of that name
     */
    Network network(String name) throws IOException {
        var known = store.find(name);
        if (known.isEmpty() && !name.equals(Network.DEFAULT)) {
            throw new EngineException("no network '" + name + "'; make it with: koker network create " + name);
        }
        try (var links = new Links(runner)) {
            if (known.isEmpty() || !links.hasBridge(known.get())) {
                known = Optional.of(make(links, name));
            }
        }
        if (!known.get().internal() && set(FORWARDING, "net.ipv4.ip_forward")) {
            engine.trace()
                    .info("IP forwarding switched on: this host now passes packets on between its links", Map.of());
        }
        if (!known.get().internal() && known.get().hasIpv6() && set(FORWARDING6, "net.ipv6.conf.all.forwarding")) {
            engine.trace()
                    .info(
                            "IPv6 forwarding switched on: this host now passes packets on between its links, and believes"
                                    + " no router advertisements where accept_ra is not 2",
                            Map.of());
        }
        return known.get();
    }

    private Network make(Links links, String name) throws IOException {
        try (var _ = new HostLock(engine.kernel(), engine.trace(), Home.LOCK)) {
            var known = store.find(name);
            if (known.isEmpty()) {
                known = Optional.of(links.draft(NetworkDraft.ofDefault(), store.list()));
                store.write(known.get());
                engine.trace()
                        .info(
                                "Network created",
                                fields(
                                        "network",
                                        name,
                                        "bridge",
                                        known.get().bridge(),
                                        "subnet",
                                        known.get().subnet()));
            }
            links.makeBridge(known.get());
            return known.get();
        }
    }

    /**
     * Takes addresses for the container {@code id}, whose link to {@code network} is going to be {@code eth} and {@code number}.
     *
     * @throws NetworkException if it cannot have one, or not the one that it wants
     */
    Endpoint endpoint(Network network, EndpointRequest wanted, String id, int number) {
        var leases = store.leases(runner, network.name());
        var address = take(
                leases,
                () -> wanted.ip() == null
                        ? leases.take(network, id)
                        : leases.take(network, id, Ipv4.parse(wanted.ip())));
        var address6 = network.hasIpv6() || wanted.ip6() != null
                ? take(
                                leases,
                                () -> wanted.ip6() == null
                                        ? leases.take6(network, id, address)
                                        : leases.take(network, id, Ipv6.parse(wanted.ip6())))
                        .toString()
                : null;
        return new Endpoint(
                network.name(),
                network.bridge(),
                link(id, number),
                "eth" + number,
                address.toString(),
                network.addresses().prefix(),
                network.gateway(),
                wanted.mac() == null ? HardwareAddress.of(address).toString() : wanted.mac(),
                address6,
                address6 == null ? 0 : network.addresses6().prefix(),
                network.gateway6());
    }

    /** If it fails, it may be for the sake of containers that are gone, whose folder somebody has deleted: then once more without them. */
    private <T> T take(Leases leases, Supplier<T> taking) {
        try {
            return taking.get();
        } catch (NetworkException e) {
            if (!giveBackForgotten(leases)) {
                throw e;
            }
            return taking.get();
        }
    }

    /** Takes back the addresses of containers that are no more; returns whether there were some. */
    boolean giveBackForgotten(Leases leases) {
        return leases.giveBackAll(id -> !Files.isDirectory(engine.home().container(id)));
    }

    /** Lets {@code network} take packets for 127.0.0.1, so that a port which is published answers there, too. */
    void admitLoopback(Network network) throws IOException {
        var parameter = "net.ipv4.conf." + network.bridge() + ".route_localnet";
        set(Path.of("/proc/sys", parameter.replace('.', '/')), parameter);
    }

    /** Switches a parameter on, unless it is. */
    private boolean set(Path file, String parameter) throws IOException {
        if (!Files.readString(file).startsWith("0")) {
            return false;
        }
        runner.make(new HostStep.SetHostSysctl(parameter, "1"));
        return true;
    }

    /** The host's end of a cable: each of the container's has another name. */
    private static String link(String id, int number) {
        var suffix = number == 0 ? "" : "n" + number;
        return ("veth" + id).substring(0, LINK_NAME - (suffix.length() > 2 ? 1 : 0)) + suffix;
    }
}
