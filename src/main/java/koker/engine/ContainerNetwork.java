package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.network.Endpoint;
import koker.network.Firewall;
import koker.network.HostLock;
import koker.network.Iptables;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkDraft;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.network.NoFirewall;
import koker.network.PortRule;
import koker.plan.HostStep;
import koker.plan.Launch;
import koker.plan.Runner;
import koker.plan.StepException;
import koker.spec.Spec;

/**
 * Connects a container to its network while it starts: before there is a process, an address and ports are reserved; as soon as there is
 * one, a cable is laid into its namespace.
 */
final class ContainerNetwork {
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final int LINK_NAME = 13;

    private final Engine engine;
    private final ContainerFolder folder;
    private final NetworkRequest request;
    private final Runner runner;
    private final NetworkStore store;
    private Network network;
    private Endpoint endpoint;

    /** The network that {@code state} asks for. */
    ContainerNetwork(Engine engine, ContainerFolder folder, State state, Runner runner) {
        this.engine = engine;
        this.folder = folder;
        this.request = state.settings().network();
        this.runner = runner;
        this.store = new NetworkStore(engine.home().networks());
    }

    /**
     * Reserves what the container needs, and returns {@code spec} with the network namespace that it joins, if it joins one.
     *
     * @throws EngineException if something cannot be had; what was reserved is noted in the container's folder
     */
    Spec prepare(Spec spec) throws IOException {
        if (!request.isConnected()) {
            return joined().map(spec::joiningNetwork).orElse(spec);
        }
        try {
            network = network();
            var firewall = firewall(engine, request.firewall());
            var leases = store.leases(runner, network.name());
            var address = request.ip() == null
                    ? leases.take(network, folder.id())
                    : leases.take(network, folder.id(), Ipv4.parse(request.ip()));
            endpoint = endpoint(address);
            var connections = new Connections(List.of(endpoint), ports(address), name(firewall));
            folder.write(connections);
            new HostFiles(folder, spec.hostname(), request).write(Optional.of(address));
            new Neighbours(engine, network, leases).update();
            if (!connections.ports().isEmpty()) {
                folder.write(connections.with(firewall.publish(network, folder.id(), connections.ports())));
                set("net.ipv4.conf." + network.bridge() + ".route_localnet");
            }
            return spec;
        } catch (NetworkException | StepException e) {
            throw new EngineException("cannot connect the container: " + e.getMessage());
        }
    }

    /**
     * Connects the container, whose first process is {@code launch}, while that goes its way to where it meets koker.
     *
     * @throws StepException if the kernel refuses, or the process has failed
     */
    void connect(Launch launch) {
        if (network == null) {
            return;
        }
        try (var links = new Links(runner)) {
            links.connect(network, endpoint, launch.pid(), !network.internal());
        } catch (StepException e) {
            launch.meet(); // if it has failed itself, that is the reason
            throw e;
        }
        if (folder.connections()
                .filter(connections -> connections.ports().isEmpty())
                .isPresent()) {
            try {
                firewall(engine, request.firewall()).admit(network);
            } catch (NetworkException e) {
                throw new EngineException("cannot connect the container: " + e.getMessage());
            }
        }
        engine.trace().info("Container connected", fields("network", network.name(), "address", endpoint.address()));
    }

    /** The files that say what is reserved for the container. */
    List<String> reservations() {
        return network == null
                ? List.of()
                : List.of(
                        store.leases(runner, network.name())
                                .file(Ipv4.parse(endpoint.address()))
                                .toString(),
                        folder.network().toString());
    }

    /** Whether more than that is to be done when the container has ended: rules are to go, or neighbours to be told. */
    boolean needsKoker() {
        return network != null && (!network.isDefault() || !request.ports().isEmpty());
    }

    /** Takes away what containers that have ended leave: the rules of the firewall that lead to {@code folder}'s, and its addresses. */
    static void release(Engine engine, ContainerFolder folder) throws IOException {
        try {
            withdraw(engine, folder);
        } catch (NetworkException | StepException e) {
            throw new EngineException("cannot disconnect container " + folder.id() + ": " + e.getMessage());
        }
    }

    private static void withdraw(Engine engine, ContainerFolder folder) throws IOException {
        var runner = new Runner(engine.kernel(), engine.trace(), Optional.empty());
        var store = new NetworkStore(engine.home().networks());
        var connections = folder.connections();
        if (connections.isEmpty()) {
            // Of a start that was interrupted there may be addresses alone.
            for (var network : store.list()) {
                store.leases(runner, network.name()).giveBackAll(folder.id());
            }
            return;
        }
        if (!connections.get().ports().isEmpty()) {
            firewall(engine, connections.get().firewall()).withdraw(folder.id());
        }
        for (var endpoint : connections.get().endpoints()) {
            var leases = store.leases(runner, endpoint.network());
            leases.giveBack(Ipv4.parse(endpoint.address()), folder.id());
            var network = store.find(endpoint.network());
            if (network.isPresent()) {
                new Neighbours(engine, network.get(), leases).update();
            }
        }
        Files.deleteIfExists(folder.network());
    }

    /** The firewall of that name: iptables or none; null for what there is. */
    static Firewall firewall(Engine engine, String name) {
        if ("none".equals(name)) {
            return new NoFirewall();
        }
        if (name == null && !Iptables.isInstalled()) {
            throw new NetworkException("there is no iptables-restore, so that containers would not reach the world;"
                    + " install iptables, or choose --firewall none");
        }
        return new Iptables(engine.kernel(), engine.trace(), Home.LOCK);
    }

    private static String name(Firewall firewall) {
        return firewall instanceof NoFirewall ? "none" : "iptables";
    }

    /** The namespace that the container joins. */
    private Optional<String> joined() throws IOException {
        if (request.namespace() != null) {
            if (!Files.exists(Path.of(request.namespace()))) {
                throw new EngineException("there is no network namespace " + request.namespace());
            }
            return Optional.of(request.namespace());
        }
        if (request.container() == null) {
            return Optional.empty();
        }
        var other = Container.of(new Directory(engine.home()).find(request.container()), engine);
        if (!other.isAlive()) {
            throw new EngineException("cannot share the network of container " + other.title() + ": it is "
                    + other.status() + "; start it first: koker start " + other.title());
        }
        for (var name : List.of("hosts", "resolv.conf")) {
            Files.writeString(
                    folder.path().resolve(name),
                    Files.readString(other.folder().path().resolve(name)));
        }
        return Optional.of("/proc/" + other.pid() + "/ns/net");
    }

    private Network network() throws IOException {
        var known = store.find(request.mode());
        if (known.isEmpty() && !request.mode().equals(Network.DEFAULT)) {
            throw new EngineException(
                    "no network '" + request.mode() + "'; make it with: koker network create " + request.mode());
        }
        try (var links = new Links(runner)) {
            if (known.isEmpty() || !links.hasBridge(known.get())) {
                try (var _ = new HostLock(engine.kernel(), engine.trace(), Home.LOCK)) {
                    var now = store.find(request.mode());
                    if (now.isEmpty()) {
                        now = Optional.of(links.draft(NetworkDraft.ofDefault(), store.list()));
                        store.write(now.get());
                        engine.trace()
                                .info(
                                        "Network created",
                                        fields(
                                                "network",
                                                now.get().name(),
                                                "bridge",
                                                now.get().bridge(),
                                                "subnet",
                                                now.get().subnet()));
                    }
                    links.makeBridge(now.get());
                    known = now;
                }
            }
        }
        if (!known.get().internal() && set(FORWARDING, "net.ipv4.ip_forward")) {
            engine.trace()
                    .info("IP forwarding switched on: this host now passes packets on between its links", Map.of());
        }
        return known.get();
    }

    private void set(String parameter) throws IOException {
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

    private Endpoint endpoint(Ipv4 address) {
        var mac = request.mac() == null ? HardwareAddress.of(address).toString() : request.mac();
        return new Endpoint(
                network.name(),
                network.bridge(),
                ("veth" + folder.id()).substring(0, LINK_NAME),
                "eth0",
                address.toString(),
                network.addresses().prefix(),
                network.gateway(),
                mac);
    }

    private List<PortRule> ports(Ipv4 address) {
        var ports = new ArrayList<PortRule>();
        for (var port : request.ports()) {
            ports.add(new PortRule(port.protocol(), port.host(), port.port(), address.toString(), port.target()));
        }
        return ports;
    }
}
