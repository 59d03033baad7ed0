package koker.network;

/**
 * The place of a container in a network, as it is kept in the container's folder.
 *
 * @param network its name
 * @param bridge the bridge's link
 * @param link the host's end of the cable
 * @param inside the container's end
 * @param address the container's
 * @param prefix how many bits the addresses of the network share
 * @param mac the address of the container's end
 * @param address6 the container's of IPv6; null if the network has none
 * @param prefix6 the same as {@code prefix} for these
 */
public record Endpoint(
        String network,
        String bridge,
        String link,
        String inside,
        String address,
        int prefix,
        String gateway,
        String mac,
        String address6,
        int prefix6,
        String gateway6) {}
