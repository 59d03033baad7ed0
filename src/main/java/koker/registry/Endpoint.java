package koker.registry;

import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * Where a registry listens.
 *
 * @param scheme {@code https}, or {@code http}
 * @param host a name, or an address, which if it is one of IPv6 is in brackets
 * @param port its port, also where it is the scheme's own
 */
record Endpoint(String scheme, String host, int port) {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;
    private static final int MAX_PORT = 65535;

    /** Docker's name for its registry, and the host behind it. */
    private static final String DOCKER_HUB = "docker.io";

    private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

    /**
     * Where the registry of that name may listen: with https, and if it is this machine or {@code insecure} also, behind that in the list,
     * in the clear.
     */
    static List<Endpoint> of(String registry, boolean insecure) {
        var name = registry.equals(DOCKER_HUB) ? DOCKER_HUB_HOST : registry.toLowerCase(Locale.ROOT);
        var colon = name.lastIndexOf(':');
        var hasPort = colon > name.lastIndexOf(']');
        var host = hasPort ? name.substring(0, colon) : name;
        var https = new Endpoint("https", host, hasPort ? port(registry, name.substring(colon + 1)) : HTTPS);
        return insecure || https.isLoopback()
                ? List.of(https, new Endpoint("http", host, hasPort ? https.port() : HTTP))
                : List.of(https);
    }

    /** Where {@code uri} leads. */
    static Endpoint of(URI uri) {
        var scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        var port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS : HTTP;
        return new Endpoint(scheme, uri.getHost().toLowerCase(Locale.ROOT), port);
    }

    /** Whether nobody on the way can read or change what is said. */
    boolean isPrivate() {
        return scheme.equals("https") || scheme.equals("http") && isLoopback();
    }

    /** The address of {@code path}, which begins with a slash. */
    URI uri(String path) {
        return URI.create(this + path);
    }

    /** Its folder below {@code certs.d}: {@code host:port}, without the port where it is that of https. */
    String folder() {
        return port == HTTPS ? host : host + ":" + port;
    }

    /** {@code https://host}, with the port where it is not the scheme's own. */
    @Override
    public String toString() {
        return scheme + "://" + host + (port == (scheme.equals("https") ? HTTPS : HTTP) ? "" : ":" + port);
    }

    /** Whether it is this machine; by its name alone: what a name server says of others is not this machine's doing (RFC 6761, section 6.3). */
    boolean isLoopback() {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    private static int port(String registry, String digits) {
        var port = digits.length() > 5 ? MAX_PORT + 1 : Integer.parseInt(digits);
        if (port < 1 || port > MAX_PORT) {
            throw new RegistryException("registry " + registry + " has no port from 1 to " + MAX_PORT + "; correct it");
        }
        return port;
    }
}
