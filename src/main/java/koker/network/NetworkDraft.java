package koker.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;

/**
 * What a user wants a network to be; what is left open is chosen so that it collides with nothing on the host.
 *
 * @param ipv6 whether it has addresses of IPv6, too
 * @param internal whether it leads nowhere
 * @param mtu absent for that of the link by which the host reaches the world
 */
public record NetworkDraft(
        String name,
        Optional<Subnet> subnet,
        Optional<Ipv4> gateway,
        Optional<Subnet> range,
        boolean ipv6,
        Optional<Subnet6> subnet6,
        Optional<Ipv6> gateway6,
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

    /** With as many addresses as a bridge has ports, and one more. */
    private static final int LONGEST_PREFIX6 = 117;

    /** The network of containers that name no other. */
    public static NetworkDraft ofDefault() {
        return new NetworkDraft(
                Network.DEFAULT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Map.of());
    }

    /**
     * The network, on a host with these links and routes, whose routes of IPv6 lead to {@code destinations6}, and beside networks that are known but may not be there at the moment.
     *
     * @throws NetworkException if it would collide with what is there
     */
    Network network(
            List<Netlink.Link> links, List<Netlink.Route> routes, List<Subnet6> destinations6, List<Network> others) {
        var taken = new ArrayList<>(others.stream().map(Network::addresses).toList());
        routes.stream().map(Netlink.Route::destination).filter(Subnet::isPlace).forEach(taken::add);
        var addresses = subnet.isPresent() ? checked(subnet.get(), taken) : free(taken);
        if (range.isPresent()
                && (!addresses.contains(range.get().base()) || range.get().prefix() < addresses.prefix())) {
            throw new NetworkException("the range " + range.get() + " is no part of the subnet " + addresses);
        }
        var own = gateway.orElse(addresses.base().plus(1));
        if (!addresses.contains(own) || own.equals(addresses.base()) || own.equals(addresses.broadcast())) {
            throw new NetworkException("the gateway " + own + " is no address of the subnet " + addresses);
        }
        var addresses6 = ipv6 ? addresses6(destinations6, others) : null;
        return new Network(
                name,
                bridge(links, others),
                addresses.toString(),
                own.toString(),
                range.map(Subnet::toString).orElse(null),
                internal,
                mtu.orElseGet(() -> mtuOfTheWorld(links, routes)),
                System.currentTimeMillis(),
                labels,
                ipv6 ? addresses6.toString() : null,
                ipv6 ? gateway6(addresses6).toString() : null);
    }

    private Subnet6 addresses6(List<Subnet6> destinations, List<Network> others) {
        var taken = new ArrayList<Subnet6>();
        destinations.stream().filter(route -> route.prefix() > 0).forEach(taken::add);
        others.stream().filter(Network::hasIpv6).map(Network::addresses6).forEach(taken::add);
        if (subnet6.isEmpty()) {
            var random = random6();
            return taken.stream().noneMatch(random::overlaps) ? random : addresses6(destinations, others);
        }
        if (subnet6.get().prefix() > LONGEST_PREFIX6) {
            throw new NetworkException("the subnet " + subnet6.get() + " has no room for a bridge and a container");
        }
        for (var other : taken) {
            if (other.overlaps(subnet6.get())) {
                throw overlap(subnet6.get(), other);
            }
        }
        return subnet6.get();
    }

    private Ipv6 gateway6(Subnet6 addresses) {
        var own = gateway6.orElse(addresses.base().plus(1));
        if (!addresses.contains(own) || own.equals(addresses.base())) {
            throw new NetworkException("the gateway " + own + " is no address of the subnet " + addresses);
        }
        return own;
    }

    /** One of the subnets that everybody may take who draws 40 of its bits by lot (RFC 4193). */
    private static Subnet6 random6() {
        try (var random = Files.newInputStream(Path.of("/dev/urandom"))) {
            var bits = ByteBuffer.wrap(random.readNBytes(Long.BYTES)).getLong();
            return new Subnet6(new Ipv6(0xfdL << 56 | bits & 0x00ff_ffff_ffff_ffffL, 0), 64);
        } catch (IOException e) {
            throw new NetworkException("cannot choose a subnet: " + e.getMessage());
        }
    }

    /** Whether {@code network} is as koker itself chooses the default one to be, so that it may as well be another. */
    public static boolean isChosen(Network network) {
        var addresses = network.addresses();
        return network.isDefault()
                && addresses.prefix() == PREFIX
                && network.gatewayAddress().equals(addresses.base().plus(1))
                && network.range() == null
                && !network.internal()
                && network.labels().isEmpty();
    }

    private static Subnet checked(Subnet wanted, List<Subnet> taken) {
        if (wanted.hosts() < 2) {
            throw new NetworkException("the subnet " + wanted + " has no room for a bridge and a container");
        }
        for (var other : taken) {
            if (other.overlaps(wanted)) {
                throw overlap(wanted, other);
            }
        }
        return wanted;
    }

    private static NetworkException overlap(Record wanted, Record other) {
        return new NetworkException("the subnet " + wanted + " overlaps with " + other
                + ", to which this host has a route or another network; see ip route, or leave --subnet out");
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
