package koker.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.network.Endpoint;
import koker.network.PortRule;

/**
 * How a container that runs is connected; kept as network.json in its folder from before anything is made until all of it is gone.
 *
 * @param firewall the kind that has its rules
 */
record Connections(List<Endpoint> endpoints, List<PortRule> ports, String firewall) {
    Connections {
        endpoints = endpoints == null ? List.of() : endpoints;
        ports = ports == null ? List.of() : ports;
    }

    /** Its place in the network {@code name}, if it has one. */
    Optional<Endpoint> endpoint(String name) {
        for (var endpoint : endpoints) {
            if (endpoint.network().equals(name)) {
                return Optional.of(endpoint);
            }
        }
        return Optional.empty();
    }

    /** The least number that a further link can have: that of {@code eth0} is 0. */
    int freeNumber() {
        var number = 0;
        for (var i = 0; i < endpoints.size(); i++) {
            if (endpoints.get(i).inside().equals("eth" + number)) {
                number++;
                i = -1; // they need not be in order
            }
        }
        return number;
    }

    /** The same, with a further place. */
    Connections and(Endpoint endpoint) {
        var all = new ArrayList<>(endpoints);
        all.add(endpoint);
        return new Connections(all, ports, firewall);
    }

    /** The same, without the place in the network {@code name}. */
    Connections without(String name) {
        var others = new ArrayList<>(endpoints);
        others.removeIf(endpoint -> endpoint.network().equals(name));
        return new Connections(others, ports, firewall);
    }

    /** Whether ports of the host lead to {@code endpoint}. */
    boolean leadsTo(Endpoint endpoint) {
        return ports.stream().anyMatch(port -> port.address().equals(endpoint.address()));
    }

    /**
     * The ports of the host as they would be if they led to {@code endpoint}.
     *
     * @throws NetworkException if it lacks an address of the kind that one of them needs
     */
    List<PortRule> portsTo(Endpoint endpoint) {
        return ports.stream().map(port -> port.to(endpoint)).toList();
    }

    /** The same, with these ports. */
    Connections with(List<PortRule> others) {
        return new Connections(endpoints, others, firewall);
    }
}
