package koker.network;

/**
 * A port of the host that leads to one of a container.
 *
 * @param protocol tcp, udp or sctp
 * @param host the address of the host that it is a port of; empty for all
 * @param port the host's; 0 for any that is free
 * @param address the container's
 * @param target the container's
 */
public record PortRule(String protocol, String host, int port, String address, int target) {
    /** Whether both would claim the same packets. */
    boolean collides(PortRule other) {
        return protocol.equals(other.protocol)
                && port == other.port
                && (host.isEmpty() || other.host.isEmpty() || host.equals(other.host));
    }

    /** The same, at another port of the host. */
    PortRule at(int other) {
        return new PortRule(protocol, host, other, address, target);
    }

    /** The host's side, as Docker shows it: {@code 0.0.0.0:8080}. */
    public String outside() {
        return (host.isEmpty() ? "0.0.0.0" : host) + ":" + port;
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
