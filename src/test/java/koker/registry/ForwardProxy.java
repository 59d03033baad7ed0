package koker.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP proxy on loopback (RFC 9110, section 7.6), which knows the hosts that it leads to by itself. */
final class ForwardProxy implements AutoCloseable {
    /** The first line of each request, and behind it what Proxy-Authorization says. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    private final ServerSocket server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    private final Map<String, Integer> ports;
    private final String wanted;

    /** Leads to each host:port at another port of this machine, if Proxy-Authorization is what is {@code wanted}. */
    ForwardProxy(Map<String, Integer> ports, String wanted) throws IOException {
        this.ports = ports;
        this.wanted = wanted;
        Thread.ofVirtual().start(this::accept);
    }

    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                var client = server.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void serve(Socket client) {
        try (client) {
            var head = head(client.getInputStream());
            var line = head.lines().findFirst().orElse("");
            var authorization = head.lines()
                    .filter(each -> each.toLowerCase().startsWith("proxy-authorization: "))
                    .map(each -> each.split(": ")[1])
                    .findFirst()
                    .orElse("");
            asked.add(line + " " + authorization);
            if (!authorization.equals(wanted)) {
                say(client, "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            var tunnel = line.startsWith("CONNECT ");
            var host = line.split(" ")[1].replaceFirst("^http://", "").replaceFirst("/.*", "");
            if (!ports.containsKey(host)) {
                say(client, "HTTP/1.1 502 Where?\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            try (var target = new Socket(InetAddress.getLoopbackAddress(), ports.get(host))) {
                say(tunnel ? client : target, tunnel ? "HTTP/1.1 200 Go on\r\n\r\n" : head);
                var back = Thread.ofVirtual().start(() -> pipe(target, client));
                pipe(client, target);
                back.join();
            }
        } catch (IOException | InterruptedException e) {
            // One of the two has had enough.
        }
    }

    private static void pipe(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One of the two has had enough.
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            var next = in.read();
            if (next < 0) {
                break;
            }
            head.write(next);
        }
        return head.toString(ISO_8859_1);
    }

    private static void say(Socket whom, String words) throws IOException {
        whom.getOutputStream().write(words.getBytes(ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
