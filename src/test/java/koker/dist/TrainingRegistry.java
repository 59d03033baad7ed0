package koker.dist;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** A registry on loopback with one image, from which koker learns to pull (OCI distribution-spec 1.1, "Pull"). */
final class TrainingRegistry implements AutoCloseable {
    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final Path blobs;
    private final String manifest;

    /** Serves the first image of an OCI image layout. */
    TrainingRegistry(Path layout) throws IOException {
        blobs = layout.resolve("blobs/sha256");
        manifest = JsonParser.parseString(Files.readString(layout.resolve("index.json")))
                .getAsJsonObject()
                .getAsJsonArray("manifests")
                .get(0)
                .getAsJsonObject()
                .get("digest")
                .getAsString();
        server.createContext("/v2/", this::serve);
        server.start();
    }

    /** How koker names the image. */
    String image() {
        return "127.0.0.1:" + server.getAddress().getPort() + "/image";
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            if (path.equals("/v2/")) {
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            if (path.contains("/manifests/")) {
                exchange.getResponseHeaders().add("Content-Type", "application/vnd.oci.image.manifest.v1+json");
                path = manifest;
            }
            var content = Files.readAllBytes(blobs.resolve(path.substring(path.lastIndexOf(':') + 1)));
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
