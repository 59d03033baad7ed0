package koker.network;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network as it is at this moment, beside what koker has made of it.
 *
 * @param forwards whether the host passes packets on between its links
 * @param members the containers that are connected, by their addresses
 * @param rules those of the firewall that concern it
 */
public record NetworkState(
        Network network, NamespaceState host, boolean forwards, List<Member> members, List<FirewallRule> rules) {
    /**
     * A container that has an address of the network.
     *
     * @param name its name, or its ID if it has none
     * @param pid its first process; 0 if it does not run
     * @param endpoint its place; absent if koker has written none down
     * @param others the links that it has in other networks, and the names of those
     * @param inside what there is in its namespace; absent if it does not run
     */
    public record Member(
            String name,
            String id,
            String address,
            int pid,
            Optional<Endpoint> endpoint,
            Map<String, String> others,
            Optional<NamespaceState> inside) {}

    /** The bridge, if it is there. */
    Optional<NamespaceState.Link> bridge() {
        return host.link(network.bridge());
    }
}
