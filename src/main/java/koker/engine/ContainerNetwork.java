package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.Endpoint;
import koker.network.Firewall;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.plan.EndStep;
import koker.plan.Launch;
import koker.plan.Maker;
import koker.plan.StepException;
import koker.spec.Spec;

/**
 * Connects a container to its networks while it starts: before there is a process, an address and ports are reserved; as soon as there is
 * one, cables are laid into its namespace.
 */
final class ContainerNetwork {
    /** By which rules are made where nftables is the firewall. */
    private static final List<String> RULES = List.of("open-netfilter", "change-rules");

    private static final String FAILURE = "cannot connect the container: ";

    private final Engine engine;
    private final ContainerFolder folder;
    private final NetworkRequest request;
    private final Maker maker;
    private final NetworkStore store;
    private final List<Network> networks = new ArrayList<>();
    private final List<NetworkGround> grounds = new ArrayList<>();
    private Firewall firewall;
    private Connections connections;

    /** The networks that {@code state} asks for. */
    ContainerNetwork(Engine engine, ContainerFolder folder, State state, Maker maker) {
        this.engine = engine;
        this.folder = folder;
        this.request = state.settings().network();
        this.maker = maker;
        this.store = new NetworkStore(engine.home().networks());
    }

    /** The names of the steps by which a container is connected, if all that belongs to its networks but rules is there. */
    static List<String> steps(State state) {
        var networks = state.settings().network().endpoints().size();
        var steps = new ArrayList<>(Links.steps(networks));
        if (networks > 0) {
            steps.addAll(RULES);
        }
        return steps;
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
            firewall = new Firewalls(engine).find(request.firewall());
            var reservations = new Reservations(engine, maker);
            var endpoints = new ArrayList<Endpoint>();
            for (var wanted : request.endpoints()) {
                var ground = new NetworkGround(engine, maker, firewall, wanted.network());
                var network = ground.network();
                endpoints.add(reservations.endpoint(network, wanted, folder.id(), networks.size()));
                ground.confirm(network);
                networks.add(network);
                grounds.add(ground);
            }
            connections = new Connections(endpoints, List.of(), firewall.name());
            var leading = leading(networks);
            connections = connections.with(request.ports(endpoints.get(leading)));
            note(connections);
            write(new HostFiles(folder, spec.hostname(), request), endpoints);
            if (!connections.ports().isEmpty()) {
                var leader = networks.get(leading);
                note(connections.with(firewall.publish(leader, folder.id(), connections.ports())));
                NetworkGround.admitLoopback(maker, leader);
            }
            return spec;
        } catch (NetworkException | StepException e) {
            throw new EngineException(FAILURE + e.getMessage());
        }
    }

    /** How it is connected, which is kept in the container's folder before it is so. */
    private void note(Connections noted) throws IOException {
        engine.inEarnest(() -> folder.write(noted));
    }

    /** The files by which the container and its neighbours know each other. */
    private void write(HostFiles files, List<Endpoint> endpoints) throws IOException {
        if (engine.rehearses()) {
            files.steps(endpoints).forEach(maker::make);
        } else {
            files.write(endpoints);
        }
        if (hasNeighbours()) {
            new Neighbours(engine, maker).update(names(), folder, files.hosts(endpoints));
        }
    }

    /**
     * Connects the container, whose first process is {@code launch}, while that goes its way to where it meets koker.
     *
     * @throws StepException if the kernel refuses, or the process has failed
     */
    void connect(Launch launch) {
        try {
            connect(launch.pid());
        } catch (StepException e) {
            launch.meet(); // if it has failed itself, that is the reason
            throw e;
        }
        if (connections != null) {
            for (var endpoint : connections.endpoints()) {
                engine.trace()
                        .info(
                                "Container connected",
                                fields("network", endpoint.network(), "address", endpoint.address()));
            }
        }
    }

    /**
     * Connects the container whose first process is {@code pid}.
     *
     * @throws StepException if the kernel refuses
     */
    void connect(int pid) {
        if (connections == null) {
            return;
        }
        var endpoints = connections.endpoints();
        var leading = leading(networks);
        try (var links = new Links(maker)) {
            for (var i = 0; i < endpoints.size(); i++) {
                var leadsOut = i == leading && !networks.get(i).internal();
                links.connect(networks.get(i), endpoints.get(i), pid, leadsOut);
                if (connections.ports().isEmpty() || i != leading) {
                    firewall.admit(networks.get(i)); // the leading one's was when ports were published
                }
                if (grounds.get(i).hasMended()) {
                    new NetworkRepair(engine, maker, networks.get(i)).mend(links, folder.id());
                }
            }
        } catch (NetworkException e) {
            throw new EngineException(FAILURE + e.getMessage());
        }
    }

    /**
     * By which of its networks, counted from 0, a container reaches the world, and is reached by ports of the host: the first one that leads
     * out, or else the first.
     */
    static int leading(List<Network> networks) {
        for (var i = 0; i < networks.size(); i++) {
            if (!networks.get(i).internal()) {
                return i;
            }
        }
        return 0;
    }

    /** By which endpoint a container reaches the world, if it has one. */
    static Optional<Endpoint> leader(Engine engine, Connections connections) throws IOException {
        var store = new NetworkStore(engine.home().networks());
        var networks = new ArrayList<Network>();
        var endpoints = new ArrayList<Endpoint>();
        for (var endpoint : connections.endpoints()) {
            var network = store.find(endpoint.network());
            if (network.isPresent()) {
                networks.add(network.get());
                endpoints.add(endpoint);
            }
        }
        return endpoints.isEmpty() ? Optional.empty() : Optional.of(endpoints.get(leading(networks)));
    }

    /** The files that say what is reserved for the container. */
    List<String> reservations() {
        if (connections == null) {
            return List.of();
        }
        var files = new ArrayList<String>();
        for (var endpoint : connections.endpoints()) {
            var leases = store.leases(maker, endpoint.network());
            files.add(leases.file(Ipv4.parse(endpoint.address())).toString());
            if (endpoint.address6() != null) {
                files.add(leases.file(Ipv6.parse(endpoint.address6())).toString());
            }
        }
        files.add(folder.network().toString());
        return files;
    }

    /** Whether more than that is to be done when the container has ended: rules are to go, or neighbours to be told. */
    boolean needsKoker() {
        return connections != null && (hasNeighbours() || !request.ports().isEmpty());
    }

    private boolean hasNeighbours() {
        return !networks.stream().allMatch(Network::isDefault);
    }

    private List<String> names() {
        return networks.stream().map(Network::name).toList();
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
        var store = new NetworkStore(engine.home().networks());
        var connections = folder.connections();
        if (connections.isPresent() && !connections.get().ports().isEmpty()) {
            new Firewalls(engine).find(connections.get().firewall()).withdraw(folder.id());
        }
        // Of a start that was interrupted there may be addresses alone.
        var left = new ArrayList<String>();
        for (var network : store.list()) {
            if (store.leases(engine.maker(), network.name()).giveBackAll(folder.id()::equals)) {
                left.add(network.name());
            }
        }
        new Neighbours(engine, engine.maker()).update(left);
        if (Files.exists(folder.network())) {
            engine.maker().make(new EndStep.RemoveFile(folder.network().toString()));
        }
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
        engine.inEarnest(() -> {
            for (var name : List.of("hosts", "resolv.conf")) {
                Files.writeString(
                        folder.path().resolve(name),
                        Files.readString(other.folder().path().resolve(name)));
            }
        });
        return Optional.of("/proc/" + other.pid() + "/ns/net");
    }
}
