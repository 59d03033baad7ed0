package koker.engine;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import koker.network.FirewallRule;
import koker.network.Links;
import koker.network.Network;
import koker.network.NetworkException;
import koker.network.NetworkStore;
import koker.network.PortRule;
import koker.plan.HostStep;
import koker.plan.Maker;
import koker.plan.StepException;

/**
 * Mends what containers that run have lost when somebody removed a network's bridge or its rules: their cables are plugged in again, and the
 * rules of their ports made. What is there is left as it is.
 */
record NetworkRepair(Engine engine, Maker maker, Network network) {
    /** Mends all but the container {@code id}, which is just being connected. */
    void mend(Links links, String id) {
        for (var folder : members(id)) {
            try {
                mend(links, folder);
            } catch (StepException | NetworkException | EngineException | IOException e) {
                // One that cannot be mended keeps nobody from using others.
                engine.trace()
                        .warn("Cannot mend the network of container " + folder.id() + ": " + e.getMessage(), Map.of());
            }
        }
    }

    private List<ContainerFolder> members(String id) {
        var leases = new NetworkStore(engine.home().networks()).leases(maker, network.name());
        return leases.given().stream()
                .flatMap(address -> leases.holder(address).stream())
                .filter(holder -> !holder.equals(id))
                .distinct()
                .map(holder -> new ContainerFolder(holder, engine.home().container(holder)))
                .filter(ContainerFolder::described)
                .toList();
    }

    /**
     * Mends the container of {@code folder}, if it runs.
     *
     * @throws StepException if the kernel refuses
     */
    void mend(Links links, ContainerFolder folder) throws IOException {
        var connections = folder.connections();
        var pid = Container.of(folder, engine).pid();
        if (connections.isEmpty() || pid == 0) {
            return;
        }
        var leader = ContainerNetwork.leader(engine, connections.get());
        for (var endpoint : connections.get().endpoints()) {
            if (endpoint.network().equals(network.name())) {
                var isLeader = leader.filter(endpoint::equals).isPresent();
                links.mend(network, endpoint, pid, isLeader && !network.internal());
                if (isLeader) {
                    mendPorts(folder.id(), connections.get());
                }
            }
        }
    }

    private void mendPorts(String id, Connections connections) {
        if (connections.ports().isEmpty()) {
            return;
        }
        var wanted = new LinkedHashMap<String, List<PortRule>>();
        wanted.put(id, connections.ports());
        var firewall = new Firewalls(engine).find(connections.firewall());
        if (firewall.inspect(network, wanted).stream()
                .anyMatch(rule -> rule.presence() == FirewallRule.Presence.MISSING
                        && !rule.port().isEmpty())) {
            firewall.withdraw(id);
            firewall.publish(network, id, connections.ports());
        }
        maker.make(new HostStep.SetHostSysctl("net.ipv4.conf." + network.bridge() + ".route_localnet", "1"));
    }
}
