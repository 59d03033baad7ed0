package koker.network;

import java.util.Map;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;

/**
 * A network of containers, as it is kept in its file: a bridge, and the addresses of those who are connected to it.
 *
 * @param bridge the name of the link
 * @param subnet {@code 10.1.0.0/16}
 * @param gateway the bridge's own address
 * @param range the part of the subnet from which addresses are given; null for all
 * @param internal whether it leads nowhere
 * @param mtu bytes that a packet can have at most
 * @param created milliseconds since 1970
 * @param subnet6 the addresses of IPv6, {@code fd00:1:2:3::/64}; null if it has none
 * @param gateway6 the bridge's own one of them
 */
public record Network(
        String name,
        String bridge,
        String subnet,
        String gateway,
        String range,
        boolean internal,
        int mtu,
        long created,
        Map<String, String> labels,
        String subnet6,
        String gateway6) {
    /** The network of containers that name no other. */
    public static final String DEFAULT = "default";

    /** A network of which the file says no more has no labels. */
    public Network {
        labels = labels == null ? Map.of() : labels;
    }

    /** Its addresses. */
    public Subnet addresses() {
        return Subnet.parse(subnet);
    }

    /** Those of them that are given to containers, the bridge's own and those with a meaning among them. */
    public Subnet given() {
        return range == null ? addresses() : Subnet.parse(range);
    }

    /** The bridge's own address. */
    Ipv4 gatewayAddress() {
        return Ipv4.parse(gateway);
    }

    /** Whether it has addresses of IPv6. */
    public boolean hasIpv6() {
        return subnet6 != null;
    }

    /** Its addresses of IPv6, if it has some. */
    public Subnet6 addresses6() {
        return Subnet6.parse(subnet6);
    }

    /** The bridge's own address of IPv6, if it has one. */
    Ipv6 gatewayAddress6() {
        return Ipv6.parse(gateway6);
    }

    /** Whether it is the one of containers that name no other. */
    public boolean isDefault() {
        return name.equals(DEFAULT);
    }
}
