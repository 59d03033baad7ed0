package koker.registry;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import koker.trace.Trace;

/**
 * Makes requests and shows each. It follows redirects itself: credentials are for the one who asked for them, and go no
 * further; and nobody is led from a private connection to one that others can read.
 */
final class Http {
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final Duration HEADERS = Duration.ofSeconds(60);
    private static final int MAX_REDIRECTS = 5;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    private final Trace trace;
    private final boolean insecure;
    private final Duration idle;
    private final HttpClient client;

    /** A client that, if it is {@code insecure}, lets itself be led anywhere, and takes silence of {@code idle}. */
    Http(Trace trace, boolean insecure, Duration idle) {
        this.trace = trace;
        this.insecure = insecure;
        this.idle = idle;
        // HTTP/1.1: each layer has a connection of its own, and so its own share of the line.
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .build();
    }

    /** Gets {@code uri}. What the registry cannot do just now is an {@link Retries.Unavailable}. */
    Reply get(URI uri, Map<String, String> headers, Optional<String> authorization) throws IOException {
        var origin = Endpoint.of(uri);
        var at = uri;
        for (var redirects = 0; ; redirects++) {
            var own = Endpoint.of(at).equals(origin);
            var reply = send("GET", at, headers, own ? authorization : Optional.empty(), BodyPublishers.noBody());
            var location = reply.header("Location");
            if (!isRedirect(reply.status()) || location.isEmpty()) {
                return reply;
            }
            reply.close();
            if (redirects == MAX_REDIRECTS) {
                throw new ProtocolException("redirected more than " + MAX_REDIRECTS + " times");
            }
            at = target(at, location.get());
        }
    }

    /** Sends a form to {@code uri}; it is not redirected, as there are credentials in it. */
    Reply post(URI uri, String form) throws IOException {
        var headers = Map.of("Content-Type", "application/x-www-form-urlencoded");
        return send("POST", uri, headers, Optional.empty(), BodyPublishers.ofString(form));
    }

    private Reply send(
            String method, URI uri, Map<String, String> headers, Optional<String> authorization, BodyPublisher body)
            throws IOException {
        var request = HttpRequest.newBuilder(uri)
                .method(method, body)
                .timeout(HEADERS)
                .header("User-Agent", "koker");
        headers.forEach(request::header);
        authorization.ifPresent(value -> request.header("Authorization", value));
        var start = System.nanoTime();
        HttpResponse<InputStream> response;
        try {
            response = client.send(request.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (IOException e) {
            trace.debug(
                    "HTTP request",
                    fields(
                            "method",
                            method,
                            "url",
                            shown(uri),
                            "failure",
                            RegistryException.reason(e),
                            "ms",
                            since(start)));
            throw e;
        }
        var reply = new Reply(response, idle, bytes -> {
            var shown = fields("method", method, "url", shown(uri), "status", response.statusCode());
            if (headers.get("Range") instanceof String range) {
                shown.put("range", range);
            }
            if (authorization.isPresent()) {
                shown.put("authorization", authorization.get().split(" ")[0]);
            }
            shown.put("ms", since(start));
            shown.put("bytes", bytes);
            trace.debug("HTTP request", shown);
        });
        if (reply.status() == TOO_MANY_REQUESTS || reply.status() >= SERVER_ERROR) {
            var wish = Retries.wish(reply.header("Retry-After"), Instant.now());
            throw new Retries.Unavailable(uri.getHost() + " says " + reply.complaint(), wish);
        }
        return reply;
    }

    private URI target(URI from, String location) throws ProtocolException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("redirected to what is no URL");
        }
        if (to.getHost() == null || !to.getScheme().matches("(?i)https?")) {
            throw new ProtocolException("redirected to what is no http URL");
        }
        if (!insecure && !Endpoint.of(to).isPrivate()) {
            throw new ProtocolException("redirected to " + Endpoint.of(to) + ", which is not private");
        }
        return to;
    }

    private static boolean isRedirect(int status) {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    /** Storage services sign their addresses, and who knows the signature may read: only the question of a token is shown. */
    private static String shown(URI uri) {
        var query = uri.getRawQuery();
        var harmless = query != null && query.matches("((service|scope)=[^&]*&?)*");
        return Endpoint.of(uri) + uri.getRawPath() + (query == null ? "" : harmless ? "?" + query : "?…");
    }

    private static long since(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }
}
