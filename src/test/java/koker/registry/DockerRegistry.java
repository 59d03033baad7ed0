package koker.registry;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry, on loopback. */
final class DockerRegistry implements AutoCloseable {
    final int port;
    private final Process process;

    /** Starts one in {@code folder}, with {@code more} configuration. */
    DockerRegistry(Path folder, String more) throws IOException, InterruptedException {
        this(folder, more, "");
    }

    /** And with more configuration of its server. */
    DockerRegistry(Path folder, String more, String http) throws IOException, InterruptedException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Files.createDirectories(folder);
        var config = Files.writeString(
                folder.resolve("config.yml"), """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: 127.0.0.1:%d%s}
                %s
                """.formatted(folder.resolve("data"), port, http, more));
        process = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        for (var i = 0; i < 200; i++) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertTrue(socket.isConnected());
                return;
            } catch (IOException e) {
                assertTrue(process.isAlive(), () -> "docker-registry ended: see " + folder.resolve("log"));
                Thread.sleep(50);
            }
        }
        close();
        throw new IOException("docker-registry does not listen: see " + folder.resolve("log"));
    }

    String host() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
        process.destroyForcibly().onExit().join();
    }
}
