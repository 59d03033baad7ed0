package koker.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Ipv4;
import koker.network.Endpoint;
import koker.network.Iptables;
import koker.network.Network;
import koker.network.Nftables;
import koker.network.NoFirewall;
import koker.network.PortRule;

/**
 * How a container is to be connected, as the user wants it; kept in its state.
 *
 * @param mode none, host, the name of the first network, container:NAME or ns:PATH
 * @param ports those of the host that lead to the container
 * @param publishAll whether there is one for every port that the image exposes
 * @param ip the address that it wants in the first network; null for any
 * @param ip6 the same of IPv6
 * @param mac that of its link there; null for one made of the address
 * @param aliases further names by which its neighbours there know it
 * @param further the other networks
 * @param dns the servers that it asks for names; none for those of the host
 * @param dnsSearch where it looks for short names
 * @param dnsOptions as in resolv.conf(5)
 * @param hosts further lines of /etc/hosts, NAME:ADDRESS
 * @param firewall iptables, nftables or none; null for what there is
 */
public record NetworkRequest(
        String mode,
        List<PublishedPort> ports,
        boolean publishAll,
        String ip,
        String ip6,
        String mac,
        List<String> aliases,
        List<EndpointRequest> further,
        List<String> dns,
        List<String> dnsSearch,
        List<String> dnsOptions,
        List<String> hosts,
        String firewall) {
    static final String NONE = "none";
    static final String HOST = "host";
    private static final String CONTAINER = "container:";
    private static final String NAMESPACE = "ns:";
    private static final List<String> FIREWALLS = List.of(Iptables.NAME, Nftables.NAME, NoFirewall.NAME);

    /** Of lists that the file does not have, there is nothing. */
    public NetworkRequest {
        ports = ports == null ? List.of() : ports;
        aliases = aliases == null ? List.of() : aliases;
        further = further == null ? List.of() : further;
        dns = dns == null ? List.of() : dns;
        dnsSearch = dnsSearch == null ? List.of() : dnsSearch;
        dnsOptions = dnsOptions == null ? List.of() : dnsOptions;
        hosts = hosts == null ? List.of() : hosts;
    }

    /** Nothing but a mode. */
    public static NetworkRequest of(String mode) {
        return new NetworkRequest(
                mode, List.of(), false, null, null, null, List.of(), List.of(), List.of(), List.of(), List.of(),
                List.of(), null);
    }

    /** The same, in the networks {@code endpoints}, or with {@code --network none} if there are none. */
    public NetworkRequest in(List<EndpointRequest> endpoints) {
        var first = endpoints.isEmpty() ? EndpointRequest.of(NONE) : endpoints.getFirst();
        return new NetworkRequest(
                first.network(),
                ports,
                publishAll,
                first.ip(),
                first.ip6(),
                first.mac(),
                first.aliases(),
                endpoints.isEmpty() ? List.of() : endpoints.subList(1, endpoints.size()),
                dns,
                dnsSearch,
                dnsOptions,
                hosts,
                firewall);
    }

    /**
     * The mode that {@code --network} asks for.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String mode(String text) {
        if (text.equals("bridge")) {
            return Network.DEFAULT; // as Docker calls it
        }
        var rest = text.substring(text.indexOf(':') + 1);
        if (text.startsWith(CONTAINER) || text.startsWith(NAMESPACE)) {
            if (rest.isEmpty() || text.startsWith(NAMESPACE) && !rest.startsWith("/")) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no network; expected container:NAME, or ns: and an absolute path");
            }
            return text;
        }
        return networkName(text);
    }

    /**
     * A network's name.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String networkName(String text) {
        return RunOptions.name(text);
    }

    /**
     * A kind of firewall.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static String firewall(String text) {
        if (!FIREWALLS.contains(text)) {
            throw new IllegalArgumentException("'" + text + "' is no firewall; there are iptables, nftables and none");
        }
        return text;
    }

    /**
     * A name of a host.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String hostName(String text) {
        return RunOptions.hostname(text);
    }

    /**
     * A server to ask for names.
     *
     * @throws IllegalArgumentException if it is no address
     */
    public static String server(String text) {
        if (!text.contains(":")) {
            Ipv4.parse(text);
        }
        return word(text);
    }

    /**
     * A word of a file.
     *
     * @throws IllegalArgumentException if it is none, or several
     */
    public static String word(String text) {
        if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c == '#' || c == 0x7f)) {
            throw new IllegalArgumentException("'" + text + "' is no single word");
        }
        return text;
    }

    /**
     * A line of /etc/hosts, NAME:ADDRESS.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static String hostsLine(String text) {
        var colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + text + "' is not of the form NAME:ADDRESS");
        }
        return hostName(text.substring(0, colon)) + ":" + server(text.substring(colon + 1));
    }

    /** Whether it has the host's network. */
    boolean isHost() {
        return mode.equals(HOST);
    }

    /** Whether it shares a network namespace that somebody else has made, be it the host's. */
    boolean isShared() {
        return isHost() || container() != null || namespace() != null;
    }

    /** Whether it has a place in a network of koker's. */
    boolean isConnected() {
        return !mode.equals(NONE) && !isShared();
    }

    /** The networks of koker's that it is in, in the order of its links. */
    List<EndpointRequest> endpoints() {
        if (!isConnected()) {
            return List.of();
        }
        var all = new ArrayList<EndpointRequest>();
        all.add(new EndpointRequest(mode, ip, ip6, mac, aliases));
        all.addAll(further);
        return all;
    }

    /** What it wants of the network {@code name}, if it is to be in it. */
    Optional<EndpointRequest> endpoint(String name) {
        for (var endpoint : endpoints()) {
            if (endpoint.network().equals(name)) {
                return Optional.of(endpoint);
            }
        }
        return Optional.empty();
    }

    /** Whether ports of the host are to lead to it. */
    boolean publishes() {
        return publishAll || !ports.isEmpty();
    }

    /** The container whose network it shares; null if there is none. */
    String container() {
        return mode.startsWith(CONTAINER) ? mode.substring(CONTAINER.length()) : null;
    }

    /** The path of the network namespace that it joins; null if there is none. */
    String namespace() {
        return mode.startsWith(NAMESPACE) ? mode.substring(NAMESPACE.length()) : null;
    }

    /**
     * Makes sure that what is asked for goes together.
     *
     * @throws IllegalArgumentException if it does not
     */
    public void check() {
        var seen = new HashSet<>(Set.of(mode));
        for (var other : further) {
            if (!isConnected() || !of(other.network()).isConnected()) {
                throw new IllegalArgumentException("--network " + (isConnected() ? other.network() : mode)
                        + " goes with no other; it is no network of koker's");
            }
            if (!seen.add(other.network())) {
                throw new IllegalArgumentException("--network " + other.network() + " is given twice");
            }
        }
        if (isConnected()) {
            return;
        }
        if (!ports.isEmpty() || publishAll) {
            throw new IllegalArgumentException(
                    "--publish needs a network of the container's own, not --network " + mode);
        }
        if (new EndpointRequest(mode, ip, ip6, mac, aliases).isParticular()) {
            throw new IllegalArgumentException(
                    "--ip, --ip6, --mac-address and --network-alias need a network of koker's, not --network " + mode);
        }
    }

    /** What it takes to lead the ports of the host to {@code endpoint}. */
    List<PortRule> ports(Endpoint endpoint) {
        var rules = new ArrayList<PortRule>();
        for (var port : ports) {
            rules.add(new PortRule(port.protocol(), port.host(), port.port(), endpoint.address(), port.target())
                    .to(endpoint));
        }
        return rules;
    }

    /** The same, with ports for those that the image exposes, where that is asked for. */
    NetworkRequest exposing(List<String> exposed) {
        if (!publishAll) {
            return this;
        }
        var all = new ArrayList<>(ports);
        for (var text : exposed) {
            for (var port : PublishedPort.exposed(text)) {
                if (ports.stream()
                        .noneMatch(other -> other.target() == port.target()
                                && other.protocol().equals(port.protocol()))) {
                    all.add(port);
                }
            }
        }
        return new NetworkRequest(
                mode, all, true, ip, ip6, mac, aliases, further, dns, dnsSearch, dnsOptions, hosts, firewall);
    }
}
