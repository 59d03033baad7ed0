package koker.registry;

import java.net.URI;
import java.util.Locale;
import koker.image.ImageReference;

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

    /** The registry that has the image; spoken to in the clear if it is this machine, or if {@code insecure}. */
    static Endpoint of(ImageReference reference, boolean insecure) {
        var registry = reference.registry().equals(DOCKER_HUB) ? DOCKER_HUB_HOST : reference.registry();
        var colon = registry.lastIndexOf(':');
        var hasPort = colon > registry.lastIndexOf(']');
        var host = hasPort ? registry.substring(0, colon) : registry;
        var clear = insecure || isLoopback(host);
        var port = hasPort ? port(registry, registry.substring(colon + 1)) : clear ? HTTP : HTTPS;
        return new Endpoint(clear ? "http" : "https", host.toLowerCase(Locale.ROOT), port);
    }

    /** Where {@code uri} leads. */
    static Endpoint of(URI uri) {
        var scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        var port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS : HTTP;
        return new Endpoint(scheme, uri.getHost().toLowerCase(Locale.ROOT), port);
    }

    /** Whether nobody on the way can read or change what is said. */
    boolean isPrivate() {
        return scheme.equals("https") || scheme.equals("http") && isLoopback(host);
    }

    /** The address of {@code path}, which begins with a slash. */
    URI uri(String path) {
        return URI.create(this + path);
    }

    /** {@code https://host}, with the port where it is not the scheme's own. */
    @Override
    public String toString() {
        return scheme + "://" + host + (port == (scheme.equals("https") ? HTTPS : HTTP) ? "" : ":" + port);
    }

    /** By its name alone: what a name server says of others is not this machine's doing (RFC 6761, section 6.3). */
    private static boolean isLoopback(String host) {
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
