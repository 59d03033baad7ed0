package koker.registry;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.Map;
import java.util.Optional;
import koker.image.Descriptor;
import koker.image.Digest;
import koker.image.ImageException;
import koker.image.Json;
import koker.image.PartialBlob;
import koker.trace.Trace;

/** A repository in a registry: its manifests and blobs (OCI distribution-spec 1.1, "Pull"). */
final class Repository {
    private static final int MAX_DOCUMENT = 8 << 20;
    private static final int BUFFER = 64 << 10;
    private static final int MAX_CHALLENGES = 3;
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final Endpoint endpoint;
    private final String name;
    private final Http http;
    private final Authorization authorization;
    private final Trace trace;

    Repository(Endpoint endpoint, String name, Optional<Credentials> credentials, Http http, Trace trace) {
        this.endpoint = endpoint;
        this.name = name;
        this.http = http;
        this.authorization = new Authorization(endpoint, "repository:" + name + ":pull", http, credentials);
        this.trace = trace;
    }

    /** The manifest or index with that tag. */
    Document manifest(String tag) {
        return manifest(tag, Optional.empty());
    }

    /** The manifest or index with that digest. */
    Document manifest(Digest digest) {
        return manifest(digest.toString(), Optional.of(digest));
    }

    private Document manifest(String tagOrDigest, Optional<Digest> digest) {
        var what = "cannot get the manifest " + tagOrDigest + " of " + endpoint.host() + "/" + name;
        return new Retries(trace).until(what, () -> {
            try (var reply = get("/manifests/" + tagOrDigest, Map.of("Accept", MediaType.ACCEPTED))) {
                expect(reply, what, OK);
                return document(what, reply, digest);
            }
        });
    }

    private Document document(String what, Reply reply, Optional<Digest> wanted) throws IOException {
        var bytes = reply.readUpTo(MAX_DOCUMENT);
        if (bytes.length > MAX_DOCUMENT) {
            throw new RegistryException(what + ": it is larger than " + (MAX_DOCUMENT >> 20)
                    + " MiB, more than any image needs; use another image");
        }
        try {
            var expected = wanted.or(() -> reply.header("Docker-Content-Digest").map(Digest::parse));
            var digest = expected.isEmpty() ? Digest.sha256(bytes) : digest(expected.get(), bytes);
            if (expected.isPresent() && !digest.equals(expected.get())) {
                throw new RegistryException(what + ": what came has the digest " + digest + " instead of "
                        + expected.get() + "; try again, or tell those who run the registry");
            }
            return new Document(mediaType(reply, bytes), digest, bytes);
        } catch (ImageException | JsonParseException e) {
            throw new RegistryException(
                    what + ": " + RegistryException.oneLine(e.getMessage()) + "; tell those who run the registry", e);
        }
    }

    /** What it says of itself, which the digest vouches for; else what the registry says. */
    private static String mediaType(Reply reply, byte[] bytes) {
        var own = Json.parse(bytes).text("mediaType");
        return own.isEmpty() ? reply.header("Content-Type").orElse("").replaceFirst("\\s*;.*", "") : own;
    }

    private static Digest digest(Digest model, byte[] bytes) {
        var hasher = model.hasher();
        hasher.update(bytes);
        return model.sibling(hasher);
    }

    /** Fetches what is missing of a blob; one whose transfer breaks off goes on from there. */
    void blob(Descriptor blob, PartialBlob partial) {
        var what = "cannot get " + blob.digest() + " of " + endpoint.host() + "/" + name;
        var retries = new Retries(trace);
        while (partial.position() < blob.size()) {
            var before = partial.position();
            try {
                transfer(what, blob, partial);
                if (partial.position() < blob.size()) {
                    throw new IOException(
                            "the connection ended after " + partial.position() + " of " + blob.size() + " bytes");
                }
            } catch (IOException e) {
                if (partial.position() - before > BUFFER) {
                    retries.gotOn();
                }
                retries.pause(what, e);
            }
        }
    }

    private void transfer(String what, Descriptor blob, PartialBlob partial) throws IOException {
        Map<String, String> range =
                partial.position() == 0 ? Map.of() : Map.of("Range", "bytes=" + partial.position() + "-");
        try (var reply = get("/blobs/" + blob.digest(), range)) {
            if (reply.status() == NOT_FOUND && MediaType.isForeign(blob.mediaType())) {
                throw new RegistryException(what + ": it is a foreign layer, which its owner alone gives away"
                        + "; use an image without one");
            }
            if (reply.status() == RANGE_NOT_SATISFIABLE) {
                partial.restart();
                throw new IOException("the registry cannot go on where it ended");
            }
            expect(reply, what, OK, PARTIAL_CONTENT);
            // A registry may ignore the wish, and send it all.
            if (reply.status() == OK && partial.position() > 0) {
                partial.restart();
            }
            if (reply.status() == PARTIAL_CONTENT && !continues(reply, partial.position())) {
                partial.restart();
                throw new IOException("the registry goes on at another place");
            }
            var buffer = new byte[BUFFER];
            for (int n; (n = reply.read(buffer)) >= 0; ) {
                partial.append(buffer, n);
            }
        }
    }

    /** Content-Range: bytes 5-9/10 (RFC 9110, section 14.4). */
    private static boolean continues(Reply reply, long position) {
        return reply.header("Content-Range").orElse("").startsWith("bytes " + position + "-");
    }

    private Reply get(String path, Map<String, String> headers) throws IOException {
        for (var challenges = 1; ; challenges++) {
            var used = authorization.header();
            var reply = http.get(endpoint.uri("/v2/" + name + path), headers, used);
            // Only the registry itself may ask who we are, nobody to whom it redirects.
            var own = Endpoint.of(reply.uri()).equals(endpoint);
            if (reply.status() != UNAUTHORIZED || !own || challenges == MAX_CHALLENGES) {
                return reply;
            }
            reply.close();
            authorization.answer(Challenge.parse(reply.headers("WWW-Authenticate")), used);
        }
    }

    private void expect(Reply reply, String what, int... good) throws IOException {
        for (var status : good) {
            if (reply.status() == status) {
                return;
            }
        }
        switch (reply.status()) {
            case NOT_FOUND ->
                throw new RegistryException(
                        what + ": " + reply.complaint() + "; check the name, or log in if it is private");
            case UNAUTHORIZED, FORBIDDEN ->
                throw new RegistryException(what + ": " + reply.complaint()
                        + "; check the name, or log in with docker login to one that may read it");
            default -> throw new ProtocolException(reply.complaint());
        }
    }
}
