package koker.engine;

import static koker.trace.Trace.fields;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import koker.kernel.Kernel;
import koker.network.HostLock;
import koker.network.Leases;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkDraft;
import koker.network.NetworkStore;
import koker.network.Picture;
import koker.plan.Lens;
import koker.plan.Maker;
import koker.plan.Plan;
import koker.plan.Rehearsal;
import koker.trace.Trace;

/** The networks of a host: made, listed, shown and removed. */
public final class Networks {
    private static final List<String> RESERVED = List.of("none", "host", "bridge", "container", "ns");

    private final Engine engine;
    private final NetworkStore store;
    private final Maker maker;

    /** The networks under {@code home}, whose steps are looked at through {@code lens}. */
    public Networks(Home home, Trace trace, Lens lens) {
        this(new Engine(home, new Kernel(trace), trace, lens));
    }

    private Networks(Engine engine) {
        this.engine = engine;
        this.store = new NetworkStore(engine.home().networks());
        this.maker = engine.maker();
    }

    /**
     * The plan by which {@code verb} would be done; nothing is changed. Rules of the firewall, which only root may see, are not looked at.
     *
     * @throws EngineException if it could not be done
     */
    public Plan plan(Consumer<Networks> verb) {
        var rehearsal = new Rehearsal(engine.clear().runner());
        verb.accept(new Networks(engine.rehearsing(rehearsal)));
        return new Plan(rehearsal.steps());
    }

    /**
     * Makes a network; its bridge comes with the first container.
     *
     * @throws EngineException if there is one of that name
     */
    public Network create(NetworkDraft draft) {
        return engine.attempt("cannot make network " + draft.name(), () -> {
            if (RESERVED.contains(draft.name())) {
                throw new EngineException("a network cannot be called '" + draft.name()
                        + "', which --network takes for something else; choose another name");
            }
            prepare();
            try (var _ = lock();
                    var links = new Links(maker)) {
                if (store.find(draft.name()).isPresent()) {
                    throw new EngineException("there is a network '" + draft.name()
                            + "' already; remove that first: koker network rm " + draft.name());
                }
                var network = links.draft(draft, store.list());
                engine.inEarnest(() -> store.write(network));
                engine.tell(
                        "Network created",
                        fields("network", network.name(), "bridge", network.bridge(), "subnet", network.subnet()));
                return network;
            }
        });
    }

    /** All networks, by name. */
    public List<Network> list() {
        return engine.attempt("cannot list the networks", store::list);
    }

    /** Whether there is a network of that name. */
    public boolean has(String name) {
        return engine.attempt(
                "cannot look at the networks", () -> store.find(name).isPresent());
    }

    /**
     * All that is known of a network, as JSON with the names that Docker gives it.
     *
     * @throws EngineException if there is none of that name
     */
    public JsonObject inspect(String name) {
        return engine.attempt("cannot inspect network " + name, () -> describe(find(name)));
    }

    /**
     * A drawing of a network as the kernel has it now.
     *
     * @throws EngineException if there is none of that name
     */
    public String picture(String name) {
        return engine.attempt("cannot look at network " + name, () -> {
            prepare();
            return Picture.of(new NetworkSurvey(engine, engine.runner()).of(find(name), leases(find(name))));
        });
    }

    /**
     * Removes a network, with its bridge and its rules.
     *
     * @throws EngineException if there is none of that name, or a container is connected to it
     */
    public void remove(String name) {
        engine.attempt("cannot remove network " + name, () -> {
            prepare();
            try (var _ = lock()) {
                var network = find(name);
                new Reservations(engine, maker).giveBackForgotten(leases(network));
                var given = leases(network).given();
                if (!given.isEmpty()) {
                    throw new EngineException("network " + name + " is in use by container "
                            + leases(network).holder(given.getFirst()).orElse("?") + "; stop that first");
                }
                remove(network);
            }
            return null;
        });
    }

    /** Removes the networks to which no container is connected, but not the default one, and returns their names. */
    public List<String> prune() {
        return engine.attempt("cannot remove networks", () -> {
            prepare();
            var removed = new ArrayList<String>();
            try (var _ = lock()) {
                for (var network : store.list()) {
                    new Reservations(engine, maker).giveBackForgotten(leases(network));
                    if (!network.isDefault() && leases(network).given().isEmpty()) {
                        remove(network);
                        removed.add(network.name());
                    }
                }
            }
            return removed;
        });
    }

    /**
     * Connects a container to a network: at once if it runs, else when it is started.
     *
     * @throws EngineException if it cannot be; nothing is changed then
     */
    public void connect(EndpointRequest wanted, String container) {
        engine.attempt("cannot connect container " + container + " to network " + wanted.network(), () -> {
            prepare();
            var folder = new Directory(engine.home()).find(container);
            try (var _ = ContainerLock.hold(engine, folder)) {
                new Connector(engine, folder).connect(wanted);
            }
            return null;
        });
    }

    /**
     * Disconnects a container from a network: at once if it runs, and for its next start.
     *
     * @param force whether a container that is no more gives back its addresses; it is named by its whole ID then
     * @throws EngineException if it is not connected to that
     */
    public void disconnect(String name, String container, boolean force) {
        engine.attempt("cannot disconnect container " + container + " from network " + name, () -> {
            prepare();
            if (force
                    && Files.notExists(engine.home().container(container))
                    && store.find(name).isPresent()) {
                if (leases(find(name)).giveBackAll(container::equals)) {
                    return null;
                }
            }
            var folder = new Directory(engine.home()).find(container);
            try (var _ = ContainerLock.hold(engine, folder)) {
                new Connector(engine, folder).disconnect(name);
            }
            return null;
        });
    }

    /**
     * Makes again what a container that runs needs of the host, and somebody has removed: bridges, cables, rules of the firewall.
     *
     * @return its ID
     * @throws EngineException if it does not run, or the kernel refuses
     */
    public String reload(String container) {
        return engine.attempt("cannot mend the networks of container " + container, () -> {
            prepare();
            var folder = new Directory(engine.home()).find(container);
            try (var _ = ContainerLock.hold(engine, folder)) {
                new Connector(engine, folder).mend();
            }
            return folder.id();
        });
    }

    private void remove(Network network) throws IOException {
        try (var links = new Links(maker)) {
            links.removeBridge(network);
        }
        if (engine.rehearses()) {
            engine.trace().warn("What the firewall has for the network is not looked at, and would go, too", Map.of());
        }
        for (var firewall : new Firewalls(engine).all()) {
            firewall.dismiss(network); // its containers may have had either
        }
        engine.inEarnest(() -> store.delete(network.name()));
    }

    private JsonObject describe(Network network) {
        var config = new JsonObject();
        config.addProperty("Subnet", network.subnet());
        config.addProperty("Gateway", network.gateway());
        if (network.range() != null) {
            config.addProperty("IPRange", network.range());
        }
        var configs = new JsonArray();
        configs.add(config);
        if (network.hasIpv6()) {
            var config6 = new JsonObject();
            config6.addProperty("Subnet", network.subnet6());
            config6.addProperty("Gateway", network.gateway6());
            configs.add(config6);
        }
        var ipam = new JsonObject();
        ipam.add("Config", configs);
        var containers = new JsonObject();
        leases(network).holders().forEach((id, addresses) -> containers.add(id, describe(network, addresses, id)));
        var labels = new JsonObject();
        network.labels().forEach(labels::addProperty);
        var json = new JsonObject();
        json.addProperty("Name", network.name());
        json.addProperty("Created", Instant.ofEpochMilli(network.created()).toString());
        json.addProperty("Driver", "bridge");
        json.addProperty("Bridge", network.bridge());
        json.addProperty("Mtu", network.mtu());
        json.addProperty("EnableIPv6", network.hasIpv6());
        json.addProperty("Internal", network.internal());
        json.add("IPAM", ipam);
        json.add("Containers", containers);
        json.add("Labels", labels);
        return json;
    }

    private JsonObject describe(Network network, List<String> addresses, String id) {
        var json = new JsonObject();
        var folder = new ContainerFolder(id, engine.home().container(id));
        json.addProperty("Name", folder.described() ? folder.read().title() : id);
        folder.connections()
                .flatMap(connections -> connections.endpoint(network.name()))
                .ifPresent(endpoint -> json.addProperty("MacAddress", endpoint.mac()));
        json.addProperty(
                "IPv4Address", addresses.getFirst() + "/" + network.addresses().prefix());
        if (addresses.size() > 1) {
            json.addProperty(
                    "IPv6Address",
                    addresses.getLast() + "/" + network.addresses6().prefix());
        }
        return json;
    }

    private Network find(String name) throws IOException {
        return store.find(name)
                .orElseThrow(() -> new EngineException("no network '" + name + "'; see: koker network ls"));
    }

    private Leases leases(Network network) {
        return store.leases(maker, network.name());
    }

    private HostLock lock() {
        return new HostLock(maker, Home.LOCK);
    }

    private void prepare() throws IOException {
        engine.inEarnest(() -> {
            engine.home().make("make networks");
            Files.createDirectories(Home.LOCK);
        });
    }
}
