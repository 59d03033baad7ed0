package koker.engine;

import java.util.List;
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

    /** The same, with these ports. */
    Connections with(List<PortRule> others) {
        return new Connections(endpoints, others, firewall);
    }
}
