package koker.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import koker.kernel.Ipv4;

/**
 * What a user wants a network to be; what is left open is chosen so that it collides with nothing on the host.
 *
 * @param internal whether it leads nowhere
 * @param mtu absent for that of the link by which the host reaches the world
 */
public record NetworkDraft(
        String name,
        Optional<Subnet> subnet,
        Optional<Ipv4> gateway,
        Optional<Subnet> range,
        boolean internal,
        Optional<Integer> mtu,
        Map<String, String> labels) {
    /** Begins the names of bridges. */
    static final String BRIDGE = "koker";

    /** Private addresses (RFC 1918), those first that few use, and other engines' defaults not at all. */
    private static final List<Subnet> POOLS = List.of(
            Subnet.parse("10.44.0.0/16"),
            Subnet.parse("10.0.0.0/8"),
            Subnet.parse("172.16.0.0/12"),
            Subnet.parse("192.168.0.0/16"));

    /** A bridge has 1023 ports, so that it could use no more addresses. */
    private static final int PREFIX = 22;

    private static final int USUAL_MTU = 1500;

    /** The network of containers that name no other. */
    public static NetworkDraft ofDefault() {
        return new NetworkDraft(
                Network.DEFAULT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Map.of());
    }

    /**
     * The network, on a host with these links and routes, and beside networks that are known but may not be there at the moment.
     *
     * @throws NetworkException if it would collide with what is there
     */
    Network network(List<Netlink.Link> links, List<Netlink.Route> routes, List<Network> others) {
        var taken = new ArrayList<>(others.stream().map(Network::addresses).toList());
        routes.stream()
                .map(Netlink.Route::destination)
                .filter(route -> route.prefix() > 0)
                .forEach(taken::add);
        var addresses = subnet.isPresent() ? checked(subnet.get(), taken) : free(taken);
        if (range.isPresent()
                && (!addresses.contains(range.get().base()) || range.get().prefix() < addresses.prefix())) {
            throw new NetworkException("the range " + range.get() + " is no part of the subnet " + addresses);
        }
        var own = gateway.orElse(addresses.base().plus(1));
        if (!addresses.contains(own) || own.equals(addresses.base()) || own.equals(addresses.broadcast())) {
            throw new NetworkException("the gateway " + own + " is no address of the subnet " + addresses);
        }
        return new Network(
                name,
                bridge(links, others),
                addresses.toString(),
                own.toString(),
                range.map(Subnet::toString).orElse(null),
                internal,
                mtu.orElseGet(() -> mtuOfTheWorld(links, routes)),
                System.currentTimeMillis(),
                labels);
    }

    private static Subnet checked(Subnet wanted, List<Subnet> taken) {
        if (wanted.hosts() < 2) {
            throw new NetworkException("the subnet " + wanted + " has no room for a bridge and a container");
        }
        for (var other : taken) {
            if (other.overlaps(wanted)) {
                throw new NetworkException("the subnet " + wanted + " overlaps with " + other
                        + ", to which this host has a route or another network; see ip route, or leave --subnet out");
            }
        }
        return wanted;
    }

    private static Subnet free(List<Subnet> taken) {
        for (var pool : POOLS) {
            for (var base = pool.base(); pool.contains(base); base = base.plus(1 << 32 - PREFIX)) {
                var candidate = new Subnet(base, PREFIX);
                if (taken.stream().noneMatch(candidate::overlaps)) {
                    return candidate;
                }
            }
        }
        throw new NetworkException("every private subnet overlaps with a route of this host; choose one with:"
                + " koker network create --subnet SUBNET NAME");
    }

    private String bridge(List<Netlink.Link> links, List<Network> others) {
        Set<String> names = links.stream().map(Netlink.Link::name).collect(Collectors.toSet());
        others.forEach(other -> names.add(other.bridge()));
        var number = name.equals(Network.DEFAULT) ? 0 : 1;
        while (names.contains(BRIDGE + number)) {
            number++;
        }
        return BRIDGE + number;
    }

    private static int mtuOfTheWorld(List<Netlink.Link> links, List<Netlink.Route> routes) {
        for (var route : routes) {
            if (route.destination().prefix() == 0) {
                for (var link : links) {
                    if (link.index() == route.link() && link.mtu() > 0) {
                        return link.mtu();
                    }
                }
            }
        }
        return USUAL_MTU;
    }
}
