package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import koker.network.Firewall;
import koker.network.HostLock;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkDraft;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.network.Subnet;
import koker.plan.HostStep;
import koker.plan.Maker;

/**
 * Makes the host ready for the containers of a network: there is a bridge, nothing else has its addresses, and packets are passed on. What
 * somebody has removed since the last container came is made again.
 */
final class NetworkGround {
    private final Engine engine;
    private final Maker maker;
    private final NetworkStore store;
    private final Firewall firewall;
    private final String name;
    private boolean hasMadeBridge;

    /** For the network {@code name}, whose rules {@code firewall} has. */
    NetworkGround(Engine engine, Maker maker, Firewall firewall, String name) {
        this.engine = engine;
        this.maker = maker;
        this.store = new NetworkStore(engine.home().networks());
        this.firewall = firewall;
        this.name = name;
    }

    /**
     * The network, for which all is ready now; the default one is made if it is not there.
     *
     * @throws EngineException if there is none of that name, or a route of the host is in its way
     */
    Network network() throws IOException {
        var known = store.find(name);
        if (known.isEmpty() && !name.equals(Network.DEFAULT)) {
            throw new EngineException("no network '" + name + "'; make it with: koker network create " + name);
        }
        try (var links = new Links(maker)) {
            if (known.isEmpty() || !isReady(links, known.get())) {
                try (var _ = new HostLock(maker, Home.LOCK)) {
                    known = Optional.of(lockedNetwork(links));
                    if (!links.readiness(known.get()).isReady()) {
                        links.makeBridge(known.get());
                        hasMadeBridge = true;
                    }
                }
            }
        }
        if (!known.get().internal() && switchOn(maker, "net.ipv4.ip_forward")) {
            engine.tell("IP forwarding switched on: this host now passes packets on between its links", Map.of());
        }
        if (!known.get().internal() && known.get().hasIpv6() && switchOn(maker, "net.ipv6.conf.all.forwarding")) {
            engine.tell(
                    "IPv6 forwarding switched on: this host now passes packets on between its links, and believes"
                            + " no router advertisements where accept_ra is not 2",
                    Map.of());
        }
        return known.get();
    }

    /**
     * Makes sure that the network is still as it was, now that a container has an address of it: it may be moved and removed as long as
     * nobody has one.
     *
     * @throws NetworkException if it is not
     */
    void confirm(Network network) throws IOException {
        var isFirst = store.leases(maker, name).given().size() == 1;
        if (isFirst
                && store.find(name)
                        .filter(now -> now.subnet().equals(network.subnet()))
                        .isEmpty()) {
            throw new NetworkException("network " + name + " has just been changed; start the container again");
        }
    }

    /** Whether containers that run may have to be mended, because the bridge or rules had to be made again: a rehearsal does not find out. */
    boolean hasMended() {
        return !engine.rehearses() && (hasMadeBridge || firewall.hasMended());
    }

    /** Lets {@code network} take packets for 127.0.0.1, so that a port which is published answers there, too. */
    static void admitLoopback(Maker maker, Network network) throws IOException {
        switchOn(maker, "net.ipv4.conf." + network.bridge() + ".route_localnet");
    }

    /** Switches a parameter on, unless it is; that of a link that is still to be made is what it is for new ones. */
    private static boolean switchOn(Maker maker, String parameter) throws IOException {
        var file = Path.of("/proc/sys", parameter.replace('.', '/'));
        if (Files.notExists(file)) {
            file = file.getParent().resolveSibling("default").resolve(file.getFileName());
        }
        if (!Files.readString(file).startsWith("0")) {
            return false;
        }
        maker.make(new HostStep.SetHostSysctl(parameter, "1"));
        return true;
    }

    private static boolean isReady(Links links, Network network) {
        var readiness = links.readiness(network);
        return readiness.isReady() && readiness.obstacle().isEmpty();
    }

    /** The network as it is now that nobody else changes it. */
    private Network lockedNetwork(Links links) throws IOException {
        var now = store.find(name);
        if (now.isEmpty()) {
            return make(links, "Network created");
        }
        var obstacle = links.readiness(now.get()).obstacle();
        return obstacle.isEmpty() ? now.get() : avoid(links, now.get(), obstacle.get());
    }

    private Network make(Links links, String told) throws IOException {
        var others = store.list();
        others.removeIf(Network::isDefault);
        var made = links.draft(NetworkDraft.ofDefault(), others);
        engine.inEarnest(() -> store.write(made));
        engine.tell(told, fields("network", made.name(), "bridge", made.bridge(), "subnet", made.subnet()));
        return made;
    }

    /** What is done when a route to somewhere else has come, which has addresses of the network. */
    private Network avoid(Links links, Network old, Subnet route) throws IOException {
        var clash = "the subnet " + old.subnet() + " of network " + name + " overlaps with " + route
                + ", to which this host has got a route";
        var isChosen = NetworkDraft.isChosen(old);
        if (isChosen && store.leases(maker, name).given().isEmpty()) {
            firewall.dismiss(old);
            links.removeBridge(old);
            return make(links, "Network moved, as " + clash);
        }
        if (route.prefix() >= old.addresses().prefix()) {
            throw new EngineException("cannot connect the container: " + clash + "; remove the route, or "
                    + (isChosen
                            ? "stop the network's containers, and it gets another subnet"
                            : "make the network anew with another --subnet: koker network rm " + name));
        }
        engine.trace().warn("What is there cannot be reached from containers: " + clash, Map.of());
        return old;
    }
}
