package koker.engine;

import java.util.ArrayList;
import java.util.List;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;

/**
 * How a container is to be connected to one network, as the user wants it.
 *
 * @param network its name
 * @param ip the address that it wants; null for any
 * @param ip6 the same of IPv6
 * @param mac that of its link; null for one made of the address
 * @param aliases further names by which its neighbours there know it
 */
public record EndpointRequest(String network, String ip, String ip6, String mac, List<String> aliases) {
    /** Of a list that the file does not have, there is nothing. */
    public EndpointRequest {
        aliases = aliases == null ? List.of() : aliases;
    }

    /** Nothing but a network, or what else {@code --network} takes. */
    public static EndpointRequest of(String mode) {
        return new EndpointRequest(mode, null, null, null, List.of());
    }

    /**
     * What a {@code --network} asks for: a mode, or Docker's long form, {@code name=NETWORK,ip=ADDRESS,ip6=ADDRESS,mac-address=ADDRESS,alias=NAME}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static EndpointRequest parse(String text) {
        if (text.indexOf('=') < 0 || text.indexOf(':') >= 0 && text.indexOf(':') < text.indexOf('=')) {
            return of(NetworkRequest.mode(text));
        }
        String network = null;
        String ip = null;
        String ip6 = null;
        String mac = null;
        var aliases = new ArrayList<String>();
        for (var field : text.split(",", -1)) {
            var equals = field.indexOf('=');
            var value = field.substring(equals + 1);
            switch (field.substring(0, Math.max(0, equals))) {
                case "name" -> network = NetworkRequest.mode(value);
                case "ip" -> ip = Ipv4.parse(value).toString();
                case "ip6" -> ip6 = Ipv6.parse(value).toString();
                case "mac-address" -> mac = HardwareAddress.parse(value).toString();
                case "alias" -> aliases.add(NetworkRequest.hostName(value));
                default ->
                    throw new IllegalArgumentException("'" + field
                            + "' says nothing of a network; there are name, ip, ip6, mac-address and alias");
            }
        }
        if (network == null) {
            throw new IllegalArgumentException("'" + text + "' names no network; add name=NETWORK");
        }
        return new EndpointRequest(network, ip, ip6, mac, aliases);
    }

    /**
     * The name of a network of koker's; Docker's {@code bridge} is the default one.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String connectable(String text) {
        var mode = NetworkRequest.mode(text);
        if (!NetworkRequest.of(mode).isConnected()) {
            throw new IllegalArgumentException("'" + text + "' is no network of koker's; see: koker network ls");
        }
        return mode;
    }

    /**
     * The same, with what options beside {@code --network} say; null and none for nothing.
     *
     * @throws IllegalArgumentException if it says that itself
     */
    public EndpointRequest with(String otherIp, String otherIp6, String otherMac, List<String> otherAliases) {
        if (!aliases.isEmpty() && !otherAliases.isEmpty()) {
            throw twice("--network-alias", "alias");
        }
        return new EndpointRequest(
                network,
                one(ip, otherIp, "--ip", "ip"),
                one(ip6, otherIp6, "--ip6", "ip6"),
                one(mac, otherMac, "--mac-address", "mac-address"),
                aliases.isEmpty() ? otherAliases : aliases);
    }

    /** Whether it asks for more than to be connected. */
    boolean isParticular() {
        return ip != null || ip6 != null || mac != null || !aliases.isEmpty();
    }

    private static String one(String first, String second, String option, String field) {
        if (first != null && second != null) {
            throw twice(option, field);
        }
        return first == null ? second : first;
    }

    private static IllegalArgumentException twice(String option, String field) {
        return new IllegalArgumentException(
                option + " and " + field + "= of the first --network say the same; leave one of them out");
    }
}
