package koker.registry;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import koker.trace.Trace;

/**
 * Makes requests and shows each. It follows redirects itself: credentials are for the one who asked for them, and go no
 * further; and nobody is led from a private connection to one that others can read.
 */
final class Http {
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final Duration HEADERS = Duration.ofSeconds(60);
    private static final Duration PROBE = Duration.ofSeconds(10);
    /** Bytes in a second: what is sent more slowly breaks off, and goes on in smaller pieces. */
    private static final long SLOWEST = 128 << 10;

    private static final int MAX_REDIRECTS = 5;

    private final Trace trace;
    private final Certificates certificates;
    private final Proxies proxies;
    private final boolean insecure;
    private final Duration idle;
    /** Without the CAs, which take a while to read. */
    private final HttpClient plain;
    /** One for each folder of certificates, and one for all hosts that have none. */
    private final Map<Optional<Path>, HttpClient> clients = new ConcurrentHashMap<>();

    /** A client that, if it is {@code insecure}, lets itself be led anywhere, and takes silence of {@code idle}. */
    Http(Trace trace, Certificates certificates, Proxies proxies, boolean insecure, Duration idle) {
        this.trace = trace;
        this.certificates = certificates;
        this.proxies = proxies;
        this.insecure = insecure;
        this.idle = idle;
        this.plain = client(Certificates.withAnybody());
    }

    /** Asks, and follows where the reply leads. What the server cannot do just now is an {@link Retries.Unavailable}. */
    Reply send(Request request, Optional<String> authorization) throws IOException {
        var origin = Endpoint.of(request.uri());
        var at = request;
        for (var redirects = 0; ; redirects++) {
            var own = Endpoint.of(at.uri()).equals(origin);
            var reply = once(client(at.uri()), at, own ? authorization : Optional.empty(), HEADERS);
            var location = reply.header("Location");
            if (!leadsOn(request, reply.status()) || location.isEmpty()) {
                return reply;
            }
            reply.close();
            if (redirects == MAX_REDIRECTS) {
                throw new ProtocolException("redirected more than " + MAX_REDIRECTS + " times");
            }
            at = at.to(target(at.uri(), location.get()));
        }
    }

    /** Sends a form to {@code uri}; it is not redirected, as there are credentials in it. */
    Reply post(URI uri, String form) throws IOException {
        var headers = Map.of("Content-Type", "application/x-www-form-urlencoded");
        var request = new Request("POST", uri, headers, BodyPublishers.ofString(form));
        return once(client(uri), request, Optional.empty(), HEADERS);
    }

    /** Whether HTTP is spoken at {@code http} without TLS. Who speaks TLS does not understand the question, or says so. */
    boolean isClear(Endpoint http) throws IOException {
        if (certificates.folder(http).isPresent()) {
            return false;
        }
        try (var reply = once(plain, Request.of("GET", http.uri("/v2/")), Optional.empty(), PROBE)) {
            return reply.status() == Status.OK || reply.status() == Status.UNAUTHORIZED;
        } catch (ConnectException e) {
            throw e; // it was not even asked
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether TLS is spoken at {@code https}, with a certificate of whomever. */
    boolean isTls(Endpoint https) throws IOException {
        if (certificates.folder(https).isPresent()) {
            return true;
        }
        try (var _ = once(plain, Request.of("GET", https.uri("/v2/")), Optional.empty(), PROBE)) {
            return true;
        } catch (Retries.Unavailable e) {
            return true;
        } catch (SSLException e) {
            return TlsFailure.isAlert(e);
        } catch (ConnectException | ProtocolException e) {
            throw e; // it was not even asked
        } catch (IOException e) {
            return false; // it did not understand
        }
    }

    /** Where {@code location}, in a reply of {@code from}, leads. */
    URI target(URI from, String location) throws ProtocolException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("led to what is no URL");
        }
        if (to.getHost() == null || !to.getScheme().matches("(?i)https?")) {
            throw new ProtocolException("led to what is no http URL");
        }
        if (!insecure && !Endpoint.of(to).isPrivate()) {
            throw new ProtocolException("led to " + Endpoint.of(to) + ", which is not private");
        }
        return to;
    }

    private Reply once(HttpClient client, Request request, Optional<String> authorization, Duration patience)
            throws IOException {
        var uri = request.uri();
        var body = Math.max(0, request.body().contentLength());
        var built = HttpRequest.newBuilder(uri)
                .method(request.method(), request.body())
                // Until the reply begins, and so for as long as it may take to send all this.
                .timeout(patience.plusSeconds(body / SLOWEST))
                .header("User-Agent", "koker");
        request.headers().forEach(built::header);
        authorization.ifPresent(value -> built.header("Authorization", value));
        proxies.authorization(uri).ifPresent(value -> built.header("Proxy-Authorization", value));
        var start = System.nanoTime();
        HttpResponse<InputStream> response;
        try {
            response = client.send(built.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (IOException e) {
            var shown = shown(request, authorization);
            shown.put("failure", RegistryException.reason(e));
            shown.put("ms", since(start));
            trace.debug("HTTP request", shown);
            throw e instanceof ConnectException refused ? named(refused, uri) : e;
        }
        // One that refuses to open a tunnel has no body at all.
        if (response.statusCode() == Status.PROXY_AUTHENTICATION_REQUIRED || response.body() == null) {
            throw new ProtocolException("the proxy does not let us through (HTTP " + response.statusCode()
                    + "; it may want user:password@ in HTTPS_PROXY and HTTP_PROXY)");
        }
        var reply = new Reply(response, idle, bytes -> {
            var shown = shown(request, authorization);
            shown.put("status", response.statusCode());
            shown.put("ms", since(start));
            shown.put("bytes", bytes);
            trace.debug("HTTP request", shown);
        });
        if (reply.status() == Status.TOO_MANY_REQUESTS || reply.status() >= Status.SERVER_ERROR) {
            var wish = Retries.wish(reply.header("Retry-After"), Instant.now());
            throw new Retries.Unavailable(uri.getHost() + " says " + reply.complaint(), wish);
        }
        return reply;
    }

    private HttpClient client(URI uri) {
        var to = Endpoint.of(uri);
        return to.scheme().equals("https")
                ? clients.computeIfAbsent(certificates.folder(to), folder -> client(certificates.context(folder)))
                : plain;
    }

    private HttpClient client(SSLContext context) {
        // HTTP/1.1: each layer has a connection of its own, and so its own share of the line.
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .sslContext(context)
                .proxy(proxies)
                .connectTimeout(CONNECT)
                .build();
    }

    /** It is the proxy's refusal, where there is a proxy. */
    private ConnectException named(ConnectException refused, URI uri) {
        var proxy = proxies.find(uri);
        if (proxy.isEmpty()) {
            return refused;
        }
        var named =
                new ConnectException("the proxy " + proxy.get().getHost() + ": " + RegistryException.reason(refused));
        named.initCause(refused);
        return named;
    }

    /** What is not safe is made elsewhere only if the server says that it is to be the same request (RFC 9110, section 15.4). */
    private static boolean leadsOn(Request request, int status) {
        return switch (status) {
            case 301, 302, 303 -> request.isSafe();
            case 307, 308 -> true;
            default -> false;
        };
    }

    private static Map<String, Object> shown(Request request, Optional<String> authorization) {
        var shown = fields("method", request.method(), "url", shown(request.uri()));
        for (var name : new String[] {"Range", "Content-Range"}) {
            if (request.headers().get(name) instanceof String range) {
                shown.put("range", range);
            }
        }
        authorization.ifPresent(value -> shown.put("authorization", value.split(" ")[0]));
        return shown;
    }

    /** Storage services sign their addresses, and who knows the signature may read: only what the protocol itself asks is shown. */
    private static String shown(URI uri) {
        var query = uri.getRawQuery();
        var harmless = query != null && query.matches("((service|scope|mount|from|digest|n|last)=[^&]*&?)*");
        return Endpoint.of(uri) + uri.getRawPath() + (query == null ? "" : harmless ? "?" + query : "?…");
    }

    private static long since(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }
}
