package koker.registry;

import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.Optional;
import koker.trace.Trace;

/** A registry as it is reached from here: over TLS or, where that is allowed and it knows no better, in the clear. */
final class Registry {
    private static final int MAX_CHALLENGES = 3;

    private final String name;
    private final List<Endpoint> candidates;
    private final Http http;
    private final Trace trace;
    private final Optional<Credentials> credentials;

    private Optional<Endpoint> endpoint = Optional.empty();

    /** The registry that image references call {@code name}, and who asks there. */
    Registry(String name, boolean insecure, Http http, Trace trace, Optional<Credentials> credentials) {
        this.name = name;
        this.candidates = Endpoint.of(name, insecure);
        this.http = http;
        this.trace = trace;
        this.credentials = credentials;
    }

    Http http() {
        return http;
    }

    Trace trace() {
        return trace;
    }

    Optional<Credentials> credentials() {
        return credentials;
    }

    /** Where it listens; the first call may have to find out. */
    synchronized Endpoint endpoint() throws IOException {
        if (endpoint.isEmpty()) {
            var only = candidates.size() == 1;
            endpoint = Optional.of(only || speaksTls() ? candidates.getFirst() : candidates.getLast());
        }
        return endpoint.get();
    }

    /** Makes a request, and says who asks if it is asked: by the registry itself, that is, not by one it leads to. */
    Reply send(Request request, Authorization authorization) throws IOException {
        for (var challenges = 1; ; challenges++) {
            var asked = Endpoint.of(request.uri()).equals(endpoint());
            var used = asked ? authorization.header() : Optional.<String>empty();
            var reply = http.send(request, used);
            var own = asked && Endpoint.of(reply.uri()).equals(endpoint());
            if (reply.status() != Status.UNAUTHORIZED || !own || challenges == MAX_CHALLENGES) {
                return reply;
            }
            reply.close();
            authorization.answer(Challenge.parse(reply.headers("WWW-Authenticate")), used);
        }
    }

    private boolean speaksTls() throws IOException {
        var tls = candidates.getFirst();
        var clear = candidates.getLast();
        if (tls.port() == clear.port()) {
            // Where nobody can listen it is asked in the clear first: the keys for TLS alone take longer than a small
            // image.
            return !(tls.isLoopback() && http.isClear(clear)) && http.isTls(tls);
        }
        try {
            return http.isTls(tls);
        } catch (ConnectException e) {
            return false; // it may be at the other port
        }
    }

    /** As in image references. */
    @Override
    public String toString() {
        return name;
    }
}
