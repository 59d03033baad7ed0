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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A registry on loopback that has one image, and does to requests what a test wants. */
final class FakeRegistry implements AutoCloseable {
    private static final int TLS_HANDSHAKE = 0x16;

    /** What was asked. */
    record Asked(String path, String authorization, String range) {}

    /** May answer a request, the {@code nth} for its path, in place of the registry. */
    @FunctionalInterface
    interface Mischief {
        boolean answer(HttpExchange exchange, String path, int nth) throws IOException;
    }

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final ServerSocket front;
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final TestImages images;
    private final String manifest;
    private final Mischief mischief;

    FakeRegistry(TestImages images, String manifest, Mischief mischief) throws IOException {
        this.images = images;
        this.manifest = manifest;
        this.mischief = mischief;
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
            asked.add(new Asked(path, headers.getFirst("Authorization"), headers.getFirst("Range")));
            var nth = counts.computeIfAbsent(path, _ -> new AtomicInteger()).incrementAndGet();
            if (mischief.answer(exchange, path, nth)) {
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
