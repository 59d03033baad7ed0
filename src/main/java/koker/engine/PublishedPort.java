package koker.engine;

import java.util.ArrayList;
import java.util.List;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;

/**
 * A port of the host that is to lead to one of a container.
 *
 * @param host the address of the host, of IPv4 or IPv6, that it is a port of; empty for all
 * @param port the host's; 0 for any that is free
 * @param target the container's
 * @param protocol tcp, udp or sctp
 */
public record PublishedPort(String host, int port, int target, String protocol) {
    private static final List<String> PROTOCOLS = List.of("tcp", "udp", "sctp");
    private static final int LAST = 65535;

    /**
     * Reads {@code [HOSTIP:][HOSTPORT:]PORT[/PROTOCOL]}, where an address of IPv6 is in brackets, and both ports may be ranges of the same length.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static List<PublishedPort> parse(String text) {
        var slash = text.indexOf('/');
        var protocol = slash < 0 ? "tcp" : text.substring(slash + 1);
        if (!PROTOCOLS.contains(protocol)) {
            throw new IllegalArgumentException("unknown protocol '" + protocol + "'; there are tcp, udp and sctp");
        }
        var place = slash < 0 ? text : text.substring(0, slash);
        var bracket = place.startsWith("[") ? place.indexOf("]:") : -1;
        var parts = place.substring(bracket + 1).split(":", -1);
        if (parts.length > 3 || bracket > 0 && parts.length < 3) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no port to publish; expected [HOSTIP:][HOSTPORT:]PORT[/PROTOCOL]");
        }
        var host = bracket > 0 ? address6(place.substring(1, bracket)) : parts.length == 3 ? address(parts[0]) : "";
        var outside = parts.length == 1 ? "" : parts[parts.length - 2];
        var target = Range.parse(parts[parts.length - 1]);
        var port = outside.isEmpty() ? new Range(0, 0) : Range.parse(outside);
        if (!outside.isEmpty() && port.last - port.first != target.last - target.first) {
            throw new IllegalArgumentException(
                    "the ranges " + outside + " and " + parts[parts.length - 1] + " are not of the same length");
        }
        var ports = new ArrayList<PublishedPort>();
        for (var i = 0; target.first + i <= target.last; i++) {
            ports.add(new PublishedPort(host, outside.isEmpty() ? 0 : port.first + i, target.first + i, protocol));
        }
        return ports;
    }

    /** A port that an image exposes, {@code 80/tcp}, at any of the host's that is free. */
    static List<PublishedPort> exposed(String text) {
        return parse(text);
    }

    private static String address(String text) {
        return text.equals("0.0.0.0") ? "" : Ipv4.parse(text).toString();
    }

    private static String address6(String text) {
        var address = Ipv6.parse(text).toString();
        if (address.equals("::")) {
            throw new IllegalArgumentException(
                    "a port is published at all addresses of IPv6 if at all of IPv4: leave [::] out");
        }
        if (address.equals("::1")) {
            throw new IllegalArgumentException(
                    "the kernel lets nothing from and to [::1] pass to a container; 127.0.0.1 will do");
        }
        return address;
    }

    private record Range(int first, int last) {
        static Range parse(String text) {
            var hyphen = text.indexOf('-');
            var first = port(hyphen < 0 ? text : text.substring(0, hyphen), text);
            var last = hyphen < 0 ? first : port(text.substring(hyphen + 1), text);
            if (last < first) {
                throw new IllegalArgumentException("the range " + text + " ends before it begins");
            }
            return new Range(first, last);
        }

        private static int port(String number, String text) {
            if (number.isEmpty() || number.length() > 5 || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw new IllegalArgumentException("'" + text + "' is no port");
            }
            var port = Integer.parseInt(number);
            if (port < 1 || port > LAST) {
                throw new IllegalArgumentException("'" + text + "' is no port; they go from 1 to " + LAST);
            }
            return port;
        }
    }
}
