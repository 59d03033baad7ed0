package koker.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import koker.image.Digest;

/** A registry on loopback that has one image and takes others, and does to requests what a test wants. */
final class FakeRegistry implements AutoCloseable {
    private static final int TLS_HANDSHAKE = 0x16;

    /** What was asked. */
    record Asked(String method, String path, String authorization, String range) {}

    /** May answer a request, the {@code nth} for its path, in place of the registry. */
    @FunctionalInterface
    interface Mischief {
        boolean answer(HttpExchange exchange, String path, int nth) throws IOException;

        /** It is this registry's. */
        default void serves(FakeRegistry registry) {}
    }

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final ServerSocket front;
    private final AtomicInteger uploads = new AtomicInteger();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final TestImages images;
    private final String manifest;
    private final Mischief mischief;

    FakeRegistry(TestImages images, String manifest, Mischief mischief) throws IOException {
        this.images = images;
        this.manifest = manifest;
        this.mischief = mischief;
        mischief.serves(this);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
        front = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** Java's server waits for ever for the end of a line where a client begins with TLS; others see what it is, and hang up. */
    private void accept() {
        try {
            while (true) {
                var client = front.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void serve(Socket client) {
        try (client;
                var in = new PushbackInputStream(client.getInputStream());
                var back = new Socket(
                        InetAddress.getLoopbackAddress(), server.getAddress().getPort())) {
            var first = in.read();
            if (first < 0 || first == TLS_HANDSHAKE) {
                return;
            }
            in.unread(first);
            Thread.ofVirtual().start(() -> {
                try (client) {
                    back.getInputStream().transferTo(client.getOutputStream());
                } catch (IOException e) {
                    // One of the two has had enough.
                }
            });
            in.transferTo(back.getOutputStream());
        } catch (IOException e) {
            // One of the two has had enough.
        }
    }

    String host() {
        return "127.0.0.1:" + front.getLocalPort();
    }

    String image() {
        return host() + "/fake:1";
    }

    int times(String method, String part) {
        return (int) asked.stream()
                .filter(one -> one.method().equals(method) && one.path().contains(part))
                .count();
    }

    int times(String part) {
        return (int) asked.stream().filter(one -> one.path().contains(part)).count();
    }

    static void reply(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().toString();
            var headers = exchange.getRequestHeaders();
            var method = exchange.getRequestMethod();
            var range = headers.getFirst(method.equals("PATCH") ? "Content-Range" : "Range");
            asked.add(new Asked(method, path, headers.getFirst("Authorization"), range));
            // An upload's address is another each time, and a part that is asked for again is another question.
            var question = method + " " + path.replaceFirst("/uploads/[^/]+", "/uploads/");
            var nth = counts.computeIfAbsent(question, _ -> new AtomicInteger()).incrementAndGet();
            if (mischief.answer(exchange, path, nth)) {
                return;
            }
            if (!method.equals("GET") || path.contains("/uploads/")) {
                take(exchange, method, exchange.getRequestURI().getPath());
                return;
            }
            var digest = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
            if (path.contains("/manifests/")) {
                exchange.getResponseHeaders().set("Content-Type", TestImages.MANIFEST);
                digest = digest.startsWith("sha256:") ? digest : TestImages.field(manifest, "digest");
            }
            send(exchange, images.blob(digest), headers.getFirst("Range"));
        }
    }

    /** What was pushed: blobs by their digest, manifests by their tag, and what has come of an upload by its address. */
    final Map<String, byte[]> taken = new ConcurrentHashMap<>();

    private void take(HttpExchange exchange, String method, String path) throws IOException {
        var headers = exchange.getResponseHeaders();
        var name = path.replaceFirst(".*/", "");
        switch (method + (path.contains("/uploads/") ? " upload" : "")) {
            case "HEAD" -> {
                exchange.sendResponseHeaders(taken.containsKey(name) ? 200 : 404, -1);
            }
            case "POST upload" -> {
                var upload = "/v2/fake/blobs/uploads/" + uploads.incrementAndGet();
                taken.put(upload, new byte[0]);
                headers.set("Location", upload + "?state=s3cret");
                reply(exchange, 202, "");
            }
            case "PATCH upload" ->
                append(exchange, path, exchange.getRequestBody().readAllBytes());
            case "GET upload" -> {
                headers.set("Range", "0-" + Math.max(0, taken.get(path).length - 1));
                exchange.sendResponseHeaders(204, -1);
            }
            case "PUT upload" -> {
                var bytes = taken.remove(path);
                var digest = exchange.getRequestURI().getQuery().replaceFirst(".*digest=", "");
                var right = digest.equals(Digest.sha256(bytes).toString());
                if (right) {
                    taken.put(digest, bytes);
                }
                reply(exchange, right ? 201 : 400, right ? "" : "{\"errors\":[{\"code\":\"DIGEST_INVALID\"}]}");
            }
            default -> {
                taken.put(name, exchange.getRequestBody().readAllBytes());
                reply(exchange, 201, "");
            }
        }
    }

    /** Adds to an upload, if it is what comes next. */
    void append(HttpExchange exchange, String path, byte[] more) throws IOException {
        var before = taken.get(path);
        var range = exchange.getRequestHeaders().getFirst("Content-Range");
        if (range != null && !range.equals(before.length + "-" + (before.length + more.length - 1))) {
            reply(exchange, 416, "");
            return;
        }
        var all = Arrays.copyOf(before, before.length + more.length);
        System.arraycopy(more, 0, all, before.length, more.length);
        taken.put(path, all);
        exchange.getResponseHeaders().set("Location", path + "?state=s3cret");
        reply(exchange, 202, "");
    }

    private static void send(HttpExchange exchange, Path file, String range) throws IOException {
        if (!Files.exists(file)) {
            reply(exchange, 404, "{\"errors\":[{\"code\":\"BLOB_UNKNOWN\",\"message\":\"not here\"}]}");
            return;
        }
        var bytes = Files.readAllBytes(file);
        var start = range == null ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
        if (range != null) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + start + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, bytes.length - start);
        exchange.getResponseBody().write(bytes, start, bytes.length - start);
    }

    @Override
    public void close() throws IOException {
        front.close();
        server.stop(0);
    }
}
