package koker.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.Optional;
import koker.image.Descriptor;
import koker.image.ImageStore;
import koker.trace.Progress;

/**
 * Sends a blob to a repository (OCI distribution-spec 1.1, "Pushing blobs"): in one piece, as Docker does and every
 * registry knows; and if that breaks off, or is too much at once, the rest in chunks from where the registry says.
 */
final class Upload {
    /** No larger, as some registries take no more in a chunk; no smaller, unless they want that. */
    private static final int CHUNK = 4 << 20;

    private static final int LARGEST_CHUNK = 64 << 20;

    private final Repository repository;
    private final ImageStore store;
    private final Descriptor blob;
    private final String what;

    private Optional<URI> session = Optional.empty();
    private long sent;
    private long furthest;
    private int chunk = CHUNK;
    private boolean inChunks;
    private boolean uncertain;

    /** An upload of {@code blob}, which is in {@code store}. */
    Upload(Repository repository, ImageStore store, Descriptor blob) {
        this.repository = repository;
        this.store = store;
        this.blob = blob;
        this.what = "cannot put " + blob.digest() + " into " + repository;
    }

    /** Asks the registry to take the blob from another repository of its own; whether it did. If not, it has begun an upload. */
    boolean mount(String from) {
        try {
            var uri = repository.uri("/blobs/uploads/?mount=" + blob.digest() + "&from=" + from);
            try (var reply = repository.send(Request.of("POST", uri), from)) {
                if (reply.status() == Status.ACCEPTED) {
                    goOnAt(reply);
                }
                return reply.status() == Status.CREATED;
            }
        } catch (IOException | RegistryException e) {
            return false; // it was worth a try
        }
    }

    /** Sends it all. */
    void send() {
        try (var progress = repository.registry().trace().progress(blob.digest().brief(), blob.size())) {
            send(progress);
        }
    }

    private void send(Progress progress) {
        var retries = new Retries(repository.registry().trace());
        while (true) {
            try {
                if (uncertain && isThere()) {
                    return;
                }
                if (session.isEmpty()) {
                    begin();
                }
                while (sent < blob.size()) {
                    sendNext(progress);
                    progress.at(sent);
                }
                finish();
                return;
            } catch (IOException e) {
                if (sent > furthest) {
                    furthest = sent;
                    retries.gotOn();
                }
                retries.pause(what, e);
                uncertain = true;
                inChunks |= session.isPresent();
            }
        }
    }

    private void begin() throws IOException {
        try (var reply = repository.send(Request.of("POST", repository.uri("/blobs/uploads/")))) {
            reply.expect(what, Status.ACCEPTED);
            goOnAt(reply);
            chunk = reply.header("OCI-Chunk-Min-Length")
                    .filter(text -> text.matches("[0-9]{1,9}"))
                    .map(text -> Math.clamp(Integer.parseInt(text), CHUNK, LARGEST_CHUNK))
                    .orElse(CHUNK);
            sent = 0;
        }
    }

    private void sendNext(Progress progress) throws IOException {
        var rest = blob.size() - sent;
        var length = inChunks ? Math.min(rest, chunk) : rest;
        Map<String, String> headers = inChunks
                ? Map.of("Content-Type", "application/octet-stream", "Content-Range", sent + "-" + (sent + length - 1))
                : Map.of("Content-Type", "application/octet-stream");
        var request = new Request("PATCH", session.orElseThrow(), headers, body(length, progress));
        try (var reply = repository.send(request)) {
            switch (reply.status()) {
                case Status.CONTENT_TOO_LARGE -> {
                    if (inChunks) {
                        throw new ProtocolException(reply.complaint());
                    }
                    throw new IOException(reply.complaint() + "; going on in chunks");
                }
                case Status.RANGE_NOT_SATISFIABLE -> throw new IOException(reply.complaint());
                case Status.NOT_FOUND -> {
                    session = Optional.empty();
                    throw new IOException("the registry has forgotten the upload");
                }
                default -> {
                    reply.expect(what, Status.ACCEPTED, Status.CREATED, Status.NO_CONTENT);
                    goOnAt(reply);
                    sent += length;
                }
            }
        }
    }

    /** Asks how much has come, after an interruption; whether it is the whole blob already. */
    private boolean isThere() throws IOException {
        if (sent == blob.size() && repository.has(blob.digest())) {
            return true;
        }
        if (session.isPresent()) {
            try (var reply = repository.send(Request.of("GET", session.get()))) {
                if (reply.status() == Status.NO_CONTENT || reply.status() == Status.ACCEPTED) {
                    sent = received(reply);
                    goOnAt(reply);
                } else {
                    session = Optional.empty();
                }
            }
        }
        uncertain = false;
        return false;
    }

    private void finish() throws IOException {
        var location = session.orElseThrow();
        var separator = location.getRawQuery() == null ? "?" : "&";
        var request = new Request(
                "PUT",
                URI.create(location + separator + "digest=" + blob.digest()),
                Map.of("Content-Type", "application/octet-stream"),
                BodyPublishers.noBody());
        try (var reply = repository.send(request)) {
            if (reply.status() == Status.NOT_FOUND) {
                session = Optional.empty();
                throw new IOException("the registry has forgotten the upload");
            }
            reply.expect(what, Status.CREATED, Status.ACCEPTED, Status.NO_CONTENT);
        }
    }

    /** The registry says with each reply where the next request is to go; that may be another host. */
    private void goOnAt(Reply reply) throws ProtocolException {
        var location = reply.header("Location");
        if (location.isPresent()) {
            session = Optional.of(repository.registry().http().target(reply.uri(), location.get()));
        } else if (session.isEmpty()) {
            throw new ProtocolException("the registry does not say where to send it");
        }
    }

    /** {@code Range: 0-N}, or {@code bytes=0-N} as some have it, which some write of nothing at all as 0-0, too. */
    private static long received(Reply reply) throws ProtocolException {
        var range = reply.header("Range").orElse("0-0").replaceFirst("^bytes=", "");
        if (!range.matches("0-[0-9]{1,18}")) {
            throw new ProtocolException("the registry says that it has " + RegistryException.oneLine(range));
        }
        var last = Long.parseLong(range.substring(2));
        return last == 0 ? 0 : last + 1;
    }

    /** A chunk is read at once, as its length is part of what is said; all that is left goes as it is read. */
    private BodyPublisher body(long length, Progress progress) throws IOException {
        if (inChunks) {
            try (var in = store.open(blob, sent)) {
                return BodyPublishers.ofByteArray(in.readNBytes((int) length));
            }
        }
        return BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(() -> new Watched(store.open(blob, 0), progress)), length);
    }

    /** Shows how far it has been read, and so sent. */
    private static final class Watched extends FilterInputStream {
        private final Progress progress;
        private long position;

        Watched(InputStream in, Progress progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            var n = super.read(bytes, offset, length);
            position += Math.max(0, n);
            progress.at(position);
            return n;
        }
    }
}
