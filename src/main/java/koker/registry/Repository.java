package koker.registry;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import koker.image.Descriptor;
import koker.image.Digest;
import koker.image.ImageException;
import koker.image.Json;
import koker.image.PartialBlob;

/** A repository in a registry: its manifests, blobs and tags (OCI distribution-spec 1.1, "Endpoints"). */
final class Repository {
    /** What may be wanted of it (distribution, docs/spec/auth/scope.md). */
    static final String PULL = "pull";

    static final String PUSH = "pull,push";

    private static final int MAX_DOCUMENT = 8 << 20;
    private static final int MAX_PAGES = 1000;
    private static final int MAX_TAG = 128;
    /** {@code Link: <URL>; rel="next"} (RFC 8288). */
    private static final Pattern NEXT = Pattern.compile("\\s*<([^>]*)>\\s*;.*\\brel=\"?next\"?.*");

    private final Registry registry;
    private final String name;
    private final String scope;
    private final Authorization authorization;
    private final Map<String, Authorization> withOthers = new ConcurrentHashMap<>();

    /** The repository {@code name} of {@code registry}, opened to do what {@code actions} say. */
    Repository(Registry registry, String name, String actions) {
        this.registry = registry;
        this.name = name;
        this.scope = scope(name, actions);
        this.authorization = new Authorization(registry, scope);
    }

    Registry registry() {
        return registry;
    }

    /** Makes a request as one who may also pull from the repository {@code other}. */
    Reply send(Request request, String other) throws IOException {
        return registry.send(
                request,
                withOthers.computeIfAbsent(other, _ -> new Authorization(registry, scope + " " + scope(other, PULL))));
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
        var what = "cannot get the manifest " + tagOrDigest + " of " + this;
        return new Retries(registry.trace()).until(what, () -> {
            try (var reply = get("/manifests/" + tagOrDigest, Map.of("Accept", MediaType.ACCEPTED))) {
                reply.expect(what, Status.OK);
                return document(what, reply, digest);
            }
        });
    }

    private static Document document(String what, Reply reply, Optional<Digest> wanted) throws IOException {
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

    /** Puts a manifest there, under a tag or its digest; all that it names must be there already. */
    void put(Document manifest, String tagOrDigest) {
        var what = "cannot put the manifest " + tagOrDigest + " into " + this;
        new Retries(registry.trace()).until(what, () -> {
            var request = new Request(
                    "PUT",
                    uri("/manifests/" + tagOrDigest),
                    Map.of("Content-Type", manifest.mediaType()),
                    BodyPublishers.ofByteArray(manifest.bytes()));
            try (var reply = send(request)) {
                reply.expect(what, Status.CREATED, Status.OK, Status.ACCEPTED, Status.NO_CONTENT);
                var stored = reply.header("Docker-Content-Digest")
                        .orElse(manifest.digest().toString());
                if (!stored.equals(manifest.digest().toString())) {
                    throw new RegistryException(what + ": the registry changed it, and now it has the digest "
                            + RegistryException.oneLine(stored) + "; tell those who run the registry");
                }
                return stored;
            }
        });
    }

    /** Whether that blob is there. */
    boolean has(Digest blob) {
        var what = "cannot ask for " + blob + " of " + this;
        return new Retries(registry.trace()).until(what, () -> {
            try (var reply = send(Request.of("HEAD", uri("/blobs/" + blob)))) {
                if (reply.status() != Status.NOT_FOUND) {
                    reply.expect(what, Status.OK);
                }
                return reply.status() == Status.OK;
            }
        });
    }

    /** Fetches what is missing of a blob; what registries may not give away comes from elsewhere, if this one has not got it. */
    void blob(Descriptor blob, PartialBlob partial) {
        var download = new Download("cannot get " + blob.digest() + " of " + this, blob, registry.trace());
        if (!MediaType.isForeign(blob.mediaType()) || has(blob.digest())) {
            download.into(partial, range -> get("/blobs/" + blob.digest(), range));
            return;
        }
        if (blob.urls().isEmpty()) {
            throw new RegistryException(download.what() + ": it is a foreign layer, which its owner alone gives away"
                    + "; use an image without one");
        }
        elsewhere(blob, download, partial);
    }

    /** The first of a blob's own addresses that gives it; nobody there learns who we are. */
    private void elsewhere(Descriptor blob, Download download, PartialBlob partial) {
        RegistryException last = null;
        for (var url : blob.urls()) {
            try {
                download.into(partial, range -> {
                    var http = registry.http();
                    var from = http.target(registry.endpoint().uri("/"), url);
                    return http.send(Request.get(from, range), Optional.empty());
                });
                return;
            } catch (RegistryException e) {
                last = e;
            }
        }
        throw last;
    }

    /** All its tags, in the registry's order. */
    List<String> tags() {
        var what = "cannot list the tags of " + this;
        var tags = new ArrayList<String>();
        var next = Optional.of("/v2/" + name + "/tags/list?n=1000");
        for (var pages = 0; next.isPresent() && pages < MAX_PAGES; pages++) {
            var path = next.get();
            next = new Retries(registry.trace()).until(what, () -> {
                try (var reply = send(Request.of("GET", page(path)))) {
                    reply.expect(what, Status.OK);
                    var page = Json.parse(reply.readUpTo(MAX_DOCUMENT)).texts("tags");
                    page.stream().filter(tag -> tag.length() <= MAX_TAG).forEach(tags::add);
                    // One that is empty and not the last would be followed by more of that kind.
                    return page.isEmpty() ? Optional.<String>empty() : next(reply);
                } catch (JsonParseException e) {
                    throw new ProtocolException(
                            "the list makes no sense: " + RegistryException.oneLine(e.getMessage()));
                }
            });
        }
        return tags;
    }

    private URI page(String path) throws IOException {
        var first = registry.endpoint().uri("/");
        var page = registry.http().target(first, path);
        if (!Endpoint.of(page).equals(registry.endpoint())) {
            throw new ProtocolException("the list goes on at another host");
        }
        return page;
    }

    private static Optional<String> next(Reply reply) {
        return reply.headers("Link").stream()
                .map(NEXT::matcher)
                .filter(link -> link.matches())
                .map(link -> link.group(1))
                .findFirst();
    }

    /** Makes a request as the one who opened this repository. */
    Reply send(Request request) throws IOException {
        return registry.send(request, authorization);
    }

    /** Where {@code path}, which begins with a slash, is. */
    URI uri(String path) throws IOException {
        return registry.endpoint().uri("/v2/" + name + path);
    }

    private Reply get(String path, Map<String, String> headers) throws IOException {
        return send(Request.get(uri(path), headers));
    }

    private static String scope(String name, String actions) {
        return "repository:" + name + ":" + actions;
    }

    /** As in image references. */
    @Override
    public String toString() {
        return registry + "/" + name;
    }
}
