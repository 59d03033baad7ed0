package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.Endpoint;
import koker.network.Firewall;
import koker.network.Leases;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.plan.Maker;
import koker.plan.StepException;
import koker.spec.SpecFile;

/**
 * Connects a container that is there to a network, and disconnects it: at once if it runs, and from its next start in any case. What is to
 * be is kept in state.json, what is in network.json; if koker is killed in between, the same command does the rest.
 */
final class Connector {
    private final Engine engine;
    private final ContainerFolder folder;
    private final Maker maker;
    private final NetworkStore store;
    private final Reservations reservations;

    /** For the container of {@code folder}, whose lock the caller holds. */
    Connector(Engine engine, ContainerFolder folder) {
        this.engine = engine;
        this.folder = folder;
        this.maker = engine.maker();
        this.store = new NetworkStore(engine.home().networks());
        this.reservations = new Reservations(engine, maker);
    }

    /**
     * Connects the container as {@code wanted}.
     *
     * @throws EngineException if it cannot be; nothing is changed then
     */
    void connect(EndpointRequest wanted) throws IOException {
        var container = Container.of(folder, engine);
        var name = wanted.network();
        var request = container.state().settings().network();
        refuse(container, wanted, request);
        var endpoints = new ArrayList<>(request.endpoints());
        endpoints.add(wanted);
        var running = container.isAlive();
        if (running) {
            var firewall = new Firewalls(engine).find(request.firewall());
            var ground = new NetworkGround(engine, maker, firewall, name);
            var network = ground.network();
            var before = connections(request);
            if (before.endpoint(name).isPresent()) {
                leave(container, before, name, request); // a koker that was killed had begun to connect it
                before = connections(request);
            }
            join(container, network, wanted, before, request.in(endpoints));
            if (ground.hasMended()) {
                try (var links = new Links(maker)) {
                    new NetworkRepair(engine, maker, network).mend(links, folder.id());
                }
            }
        }
        note(request.in(endpoints));
        if (running) {
            var now = folder.connections();
            if (now.isPresent()) {
                tell(name, now.get(), request.in(endpoints));
            }
            if (!Container.of(folder, engine).isAlive()) {
                // It has ended meanwhile: whoever cleans up may not have seen all of it.
                ContainerNetwork.release(engine, folder);
            }
        }
    }

    /**
     * Disconnects the container from the network {@code name}.
     *
     * @throws EngineException if it is not connected to that
     */
    void disconnect(String name) throws IOException {
        var container = Container.of(folder, engine);
        var request = container.state().settings().network();
        var live = container.isAlive() ? connections(request) : new Connections(List.of(), List.of(), null);
        if (request.endpoint(name).isEmpty() && live.endpoint(name).isEmpty()) {
            throw new EngineException("container " + container.title() + " is not connected to network " + name);
        }
        var endpoints = new ArrayList<>(request.endpoints());
        endpoints.removeIf(endpoint -> endpoint.network().equals(name));
        note(request.in(endpoints));
        if (live.endpoint(name).isPresent()) {
            leave(container, live, name, request.in(endpoints));
        }
    }

    /**
     * Mends what the container, which runs, has lost when somebody removed a bridge, a cable or rules; and what others have lost with that.
     *
     * @throws EngineException if it does not run
     * @throws StepException if the kernel refuses
     */
    void mend() throws IOException {
        Household.refuseDead(Container.of(folder, engine), "mend the networks of");
        var connections = folder.connections();
        if (connections.isEmpty()) {
            return; // it has none of koker's
        }
        var firewall = firewall(connections.get());
        for (var endpoint : connections.get().endpoints()) {
            var ground = new NetworkGround(engine, maker, firewall, endpoint.network());
            var network = ground.network();
            firewall.admit(network);
            var repair = new NetworkRepair(engine, maker, network);
            try (var links = new Links(maker)) {
                repair.mend(links, folder);
                if (ground.hasMended()) {
                    repair.mend(links, folder.id());
                }
            }
        }
    }

    private void refuse(Container container, EndpointRequest wanted, NetworkRequest request) throws IOException {
        if (request.isShared()) {
            throw new EngineException("container " + container.title() + " has the network of " + request.mode()
                    + ", and can be connected to no other");
        }
        if (container.status() == Container.Status.REMOVING) {
            throw new EngineException("container " + container.title() + " is being removed");
        }
        if (request.endpoint(wanted.network()).isPresent()) {
            throw new EngineException(
                    "container " + container.title() + " is connected to network " + wanted.network() + " already");
        }
        var network = store.find(wanted.network());
        if (network.isEmpty() && !wanted.network().equals(Network.DEFAULT)) {
            throw new EngineException("no network '" + wanted.network() + "'; see: koker network ls");
        }
        if (wanted.ip() != null && network.isPresent()) {
            Leases.check(network.get(), Ipv4.parse(wanted.ip()));
        }
        if (wanted.ip6() != null && network.isPresent()) {
            Leases.check(network.get(), Ipv6.parse(wanted.ip6()));
        }
    }

    private void note(NetworkRequest request) throws IOException {
        var state = folder.read();
        engine.inEarnest(() -> folder.write(state.with(state.settings().with(request))));
    }

    /** How it is connected, which is kept in the container's folder before it is so. */
    private void note(Connections connections) throws IOException {
        engine.inEarnest(() -> folder.write(connections));
    }

    private Connections connections(NetworkRequest request) {
        return folder.connections()
                .orElseGet(() -> new Connections(
                        List.of(),
                        List.of(),
                        new Firewalls(engine).find(request.firewall()).name()));
    }

    private void join(
            Container container, Network network, EndpointRequest wanted, Connections before, NetworkRequest request)
            throws IOException {
        if (!Files.exists(folder.again())) {
            // Its supervisor knows nothing of what is reserved from now on.
            engine.inEarnest(() -> Files.createFile(folder.again()));
        }
        var endpoint = reserve(network, wanted, before.freeNumber());
        var now = before.and(endpoint);
        try {
            note(now);
            var leads = ContainerNetwork.leader(engine, now).equals(Optional.of(endpoint)) && !network.internal();
            try (var links = new Links(maker)) {
                links.connect(network, endpoint, container.pid(), leads);
            }
            if (!publish(now, ContainerNetwork.leader(engine, now), request)) {
                firewall(now).admit(network);
            }
        } catch (NetworkException | StepException | IOException e) {
            undo(container, now, network.name(), request, e);
            throw e;
        }
        engine.tell("Container connected", fields("network", network.name(), "address", endpoint.address()));
    }

    private Endpoint reserve(Network network, EndpointRequest wanted, int number) {
        try {
            return reservations.endpoint(network, wanted, folder.id(), number);
        } catch (NetworkException | StepException e) {
            store.leases(maker, network.name()).giveBackAll(folder.id()::equals); // one of two that it wanted
            throw e;
        }
    }

    private void undo(Container container, Connections now, String name, NetworkRequest request, Exception failure) {
        try {
            // Without the fault that may have been asked for, which has happened.
            new Connector(engine.clear(), folder).leave(container, now, name, request);
        } catch (NetworkException | StepException | IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Takes away the link to the network {@code name}, and what belongs to it. */
    private void leave(Container container, Connections now, String name, NetworkRequest request) throws IOException {
        var endpoint = now.endpoint(name).orElseThrow();
        var rest = now.without(name);
        var led = ContainerNetwork.leader(engine, now).equals(Optional.of(endpoint));
        try (var links = new Links(maker)) {
            links.disconnect(endpoint);
            var next =
                    ContainerNetwork.leader(engine, rest).flatMap(this::network).filter(network -> !network.internal());
            if (led && next.isPresent()) {
                links.leadOut(next.get(), container.pid());
            }
        }
        publish(now, ContainerNetwork.leader(engine, rest), request);
        store.leases(maker, name).giveBackAll(folder.id()::equals);
        tell(name, rest, request);
        note(folder.connections().orElse(now).without(name));
        engine.tell("Container disconnected", fields("network", name));
    }

    /** Leads the ports of the host to {@code leader}, if there is one; returns whether that is another place than before. */
    private boolean publish(Connections now, Optional<Endpoint> leader, NetworkRequest request) throws IOException {
        if (!request.publishes() || leader.isPresent() && now.leadsTo(leader.get())) {
            return false;
        }
        var firewall = firewall(now);
        firewall.withdraw(folder.id());
        var network = leader.flatMap(this::network);
        if (network.isEmpty()) {
            note(now.with(List.of()));
            return false;
        }
        var ports = now.ports().isEmpty() ? request.ports(leader.get()) : now.portsTo(leader.get());
        note(now.with(ports));
        note(now.with(firewall.publish(network.get(), folder.id(), ports)));
        NetworkGround.admitLoopback(maker, network.get());
        return true;
    }

    /** Writes the container's hosts file anew, and those of its neighbours in {@code network}. */
    private void tell(String network, Connections now, NetworkRequest request) throws IOException {
        var files = new HostFiles(folder, SpecFile.read(folder.path()).hostname(), request);
        var hosts = files.hosts(now.endpoints());
        new Neighbours(engine, maker).update(List.of(network), folder, hosts);
    }

    private Firewall firewall(Connections connections) {
        return new Firewalls(engine).find(connections.firewall());
    }

    private Optional<Network> network(Endpoint endpoint) {
        try {
            return store.find(endpoint.network());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
