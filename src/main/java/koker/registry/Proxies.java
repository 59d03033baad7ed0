package koker.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which proxy leads to a host: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, read as Go does (golang.org/x/net/http/httpproxy). */
final class Proxies extends ProxySelector {
    private static final int HTTP = 80;

    private final Optional<URI> http;
    private final Optional<URI> https;
    private final NoProxy direct;

    /** As the environment says. */
    Proxies(Map<String, String> environment) {
        http = proxy(environment, "HTTP_PROXY");
        https = proxy(environment, "HTTPS_PROXY");
        direct = new NoProxy(value(environment, "NO_PROXY"));
    }

    /** The proxy that leads to {@code target}; none for this machine itself, whatever the environment says. */
    Optional<URI> find(URI target) {
        var to = Endpoint.of(target);
        if (to.isLoopback() || direct.covers(to.host(), to.port())) {
            return Optional.empty();
        }
        return to.scheme().equals("https") ? https : http;
    }

    /** The header Proxy-Authorization for the way to {@code target}, if its proxy wants to know who asks. */
    Optional<String> authorization(URI target) {
        return find(target).map(URI::getRawUserInfo).map(Proxies::basic);
    }

    @Override
    public List<Proxy> select(URI target) {
        return List.of(find(target)
                .map(proxy -> new Proxy(
                        Proxy.Type.HTTP,
                        new InetSocketAddress(proxy.getHost(), proxy.getPort() < 0 ? HTTP : proxy.getPort())))
                .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI target, SocketAddress proxy, IOException failure) {
        // Whoever made the request hears of it.
    }

    private static String basic(String userInfo) {
        var colon = (userInfo + ":").indexOf(':');
        var user = userInfo.substring(0, colon);
        var password = colon < userInfo.length() ? userInfo.substring(colon + 1) : "";
        return new Credentials.Password(decode(user), decode(password)).header();
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static Optional<URI> proxy(Map<String, String> environment, String name) {
        var value = value(environment, name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        try {
            var uri = URI.create(value.contains("://") ? value : "http://" + value);
            if (uri.getHost() != null && uri.getScheme().equalsIgnoreCase("http")) {
                return Optional.of(uri);
            }
        } catch (IllegalArgumentException e) {
            // Said below, without its value: there may be a password in it.
        }
        throw new RegistryException(
                name + " is no proxy that koker can use; it knows http://[user:password@]host:port");
    }

    /** In capitals, or in small letters. */
    private static String value(Map<String, String> environment, String name) {
        var value = environment.getOrDefault(name, "");
        return value.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : value;
    }
}
