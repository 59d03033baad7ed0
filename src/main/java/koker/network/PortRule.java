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

    /** The same of IPv6, if there is one. */
    public Optional<PortRule> six() {
        return address6 == null || !host.isEmpty()
                ? Optional.empty()
                : Optional.of(new PortRule(protocol, host, port, address6, target));
    }

    /** Where it leads: {@code 10.1.0.2:80}. */
    String destination() {
        return (isSix() ? "[" + address + "]" : address) + ":" + target;
    }

    private boolean isSix() {
        return address.indexOf(':') >= 0;
    }

    /** Whether both would claim the same packets. */
    boolean collides(PortRule other) {
        return protocol.equals(other.protocol)
                && port == other.port
                && (host.isEmpty() || other.host.isEmpty() || host.equals(other.host));
    }

    /** The same, at another port of the host. */
    PortRule at(int other) {
        return new PortRule(protocol, host, other, address, target, address6);
    }

    /** The host's side, as Docker shows it: {@code 0.0.0.0:8080}. */
    public String outside() {
        return (isSix() ? "[" + hostAddress() + "]" : hostAddress()) + ":" + port;
    }

    /** The address of the host; that which means all of them, if it is none in particular. */
    public String hostAddress() {
        return !host.isEmpty() ? host : isSix() ? "::" : "0.0.0.0";
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
