package koker.registry;

import com.google.gson.JsonParseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import koker.image.Json;

/** What a server replied, read as it comes; silence in the middle of it is an error. */
final class Reply implements AutoCloseable {
    private static final int MAX_COMPLAINT = 64 << 10;

    private final HttpResponse<InputStream> response;
    private final Duration idle;
    private final LongConsumer atEnd;
    private long bytes;
    private volatile long since = System.nanoTime();
    private volatile boolean closed;
    private volatile boolean stalled;

    /** A reply that says at its end how many bytes were read. */
    Reply(HttpResponse<InputStream> response, Duration idle, LongConsumer atEnd) {
        this.response = response;
        this.idle = idle;
        this.atEnd = atEnd;
        Thread.ofVirtual().start(this::watch);
    }

    int status() {
        return response.statusCode();
    }

    /** The address that it came from, after redirects. */
    URI uri() {
        return response.uri();
    }

    Optional<String> header(String name) {
        return response.headers().firstValue(name);
    }

    List<String> headers(String name) {
        return response.headers().allValues(name);
    }

    /** Reads some bytes; how many, or -1 at the end. */
    int read(byte[] buffer) throws IOException {
        since = System.nanoTime();
        try {
            var n = response.body().read(buffer);
            if (stalled) {
                throw silence();
            }
            bytes += Math.max(0, n);
            return n;
        } catch (IOException e) {
            throw stalled ? silence() : e;
        } finally {
            since = System.nanoTime();
        }
    }

    /** All of it, if it is no more than {@code max} bytes; otherwise one byte more. */
    byte[] readUpTo(int max) throws IOException {
        var all = new ByteArrayOutputStream();
        var buffer = new byte[16 << 10];
        for (int n; all.size() <= max && (n = read(buffer)) >= 0; ) {
            all.write(buffer, 0, Math.min(n, max + 1 - all.size()));
        }
        return all.toByteArray();
    }

    /**
     * Fails unless the status is one of {@code good}.
     *
     * @throws RegistryException if asking again would not help
     */
    void expect(String what, int... good) throws IOException {
        for (var status : good) {
            if (status() == status) {
                return;
            }
        }
        switch (status()) {
            case Status.NOT_FOUND ->
                throw new RegistryException(what + ": " + complaint() + "; check the name, or log in if it is private");
            case Status.UNAUTHORIZED, Status.FORBIDDEN ->
                throw new RegistryException(
                        what + ": " + complaint() + "; check the name, or log in with koker login as one who may");
            default -> throw new ProtocolException(complaint());
        }
    }

    /** What is wrong, in the server's words if it has any (OCI distribution-spec 1.1, "Error Codes"); closes it. */
    String complaint() {
        var status = "HTTP " + status();
        try (this) {
            var body = Json.parse(readUpTo(MAX_COMPLAINT));
            var errors = body.objects("errors");
            if (errors.isEmpty()) {
                return status;
            }
            var message = errors.getFirst().text("message");
            var words = message.isEmpty() ? errors.getFirst().text("code") : message;
            return words.isEmpty() ? status : status + ", " + RegistryException.oneLine(words);
        } catch (IOException | JsonParseException e) {
            return status;
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            response.body().close();
        } catch (IOException e) {
            // Nothing more was wanted of it.
        }
        atEnd.accept(bytes);
    }

    private IOException silence() {
        return new HttpTimeoutException("nothing came for " + idle.toSeconds() + " seconds");
    }

    private void watch() {
        while (!closed) {
            if (System.nanoTime() - since > idle.toNanos()) {
                stalled = true;
                try {
                    response.body().close();
                } catch (IOException e) {
                    // It was of no use anyway.
                }
                return;
            }
            try {
                Thread.sleep(idle.dividedBy(4));
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
