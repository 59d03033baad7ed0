package koker.network;

import java.util.Map;
import koker.kernel.Ipv4;

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
        Map<String, String> labels) {
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
    public Ipv4 gatewayAddress() {
        return Ipv4.parse(gateway);
    }

    /** Whether it is the one of containers that name no other. */
    public boolean isDefault() {
        return name.equals(DEFAULT);
    }
}
