package koker.network;

import java.util.Optional;

/**
 * A port of the host that leads to one of a container.
 *
 * @param protocol tcp, udp or sctp
 * @param host the address of the host that it is a port of; empty for all
 * @param port the host's; 0 for any that is free
 * @param address the container's
 * @param target the container's
 * @param address6 the container's of IPv6, to which the port of the host's addresses of IPv6 leads; null if to none
 */
public record PortRule(String protocol, String host, int port, String address, int target, String address6) {
    /** One of IPv4 alone. */
    public PortRule(String protocol, String host, int port, String address, int target) {
        this(protocol, host, port, address, target, null);
    }

    /** What of it is of IPv6, or else of IPv4, if there is such a thing. */
    public Optional<PortRule> of(boolean six) {
        var own = six ? address6 : address;
        return own == null || !host.isEmpty() && isSix(host) != six
                ? Optional.empty()
                : Optional.of(new PortRule(protocol, host, port, own, target));
    }

    /** Where it leads: {@code 10.1.0.2:80}. */
    String destination() {
        return bracketed(address) + ":" + target;
    }

    private static boolean isSix(String address) {
        return address.indexOf(':') >= 0;
    }

    private static String bracketed(String address) {
        return isSix(address) ? "[" + address + "]" : address;
    }

    /** Whether both would claim the same packets. */
    boolean collides(PortRule other) {
        return protocol.equals(other.protocol)
                && port == other.port
                && (host.isEmpty() || other.host.isEmpty() || host.equals(other.host));
    }

    /**
     * The same, which leads to {@code endpoint}.
     *
     * @throws NetworkException if that lacks an address of the kind that it takes
     */
    public PortRule to(Endpoint endpoint) {
        if (isSix(host) && endpoint.address6() == null) {
            throw new NetworkException("the port " + shown() + " of the host leads to an address of IPv6, and network "
                    + endpoint.network() + " has none; make one that has: koker network create --ipv6 NAME");
        }
        return new PortRule(protocol, host, port, endpoint.address(), target, endpoint.address6());
    }

    /** The same, at another port of the host. */
    PortRule at(int other) {
        return new PortRule(protocol, host, other, address, target, address6);
    }

    /** The host's side, as Docker shows it: {@code 0.0.0.0:8080}. */
    public String outside() {
        return bracketed(hostAddress()) + ":" + port;
    }

    /** The address of the host; that which means all of them, if it is none in particular. */
    public String hostAddress() {
        return !host.isEmpty() ? host : isSix(address) ? "::" : "0.0.0.0";
    }

    /** The container's side: {@code 80/tcp}. */
    public String inside() {
        return target + "/" + protocol;
    }

    /** The port as users write it: {@code 0.0.0.0:80/tcp}. */
    public String shown() {
        return outside() + "/" + protocol;
    }
}
