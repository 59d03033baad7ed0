package koker.engine;

import java.nio.file.Files;
import java.util.function.Supplier;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.Endpoint;
import koker.network.Leases;
import koker.network.Network;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.plan.Maker;

/** Reserves places in networks for a container, whose links are made later. */
final class Reservations {
    /** As long as all names of links in the host, {@code veth} and a part of the container's ID. */
    private static final int LINK_NAME = 13;

    private final Engine engine;
    private final Maker maker;
    private final NetworkStore store;

    Reservations(Engine engine, Maker maker) {
        this.engine = engine;
        this.maker = maker;
        this.store = new NetworkStore(engine.home().networks());
    }

    /**
     * Takes addresses for the container {@code id}, whose link to {@code network} is going to be {@code eth} and {@code number}.
     *
     * @throws NetworkException if it cannot have one, or not the one that it wants
     */
    Endpoint endpoint(Network network, EndpointRequest wanted, String id, int number) {
        var leases = store.leases(maker, network.name());
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

    /** The host's end of a cable: each of the container's has another name. */
    private static String link(String id, int number) {
        var suffix = number == 0 ? "" : "n" + number;
        return ("veth" + id).substring(0, LINK_NAME - (suffix.length() > 2 ? 1 : 0)) + suffix;
    }
}
