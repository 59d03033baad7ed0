package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Who talks to whom. The host is the network namespace that all tests are in; the world is another one, a machine with the address
 * 203.0.113.2, which knows no way to the containers. After each test, its containers are removed. Register it as a static field, after the host.
 */
final class NetworkLab implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    static final String WORLD = "203.0.113.2";
    static final String HOST = "203.0.113.1";

    /**
     * {@code serve ADDRESS TCP UDP [ANSWER]} answers every connection and every packet, by default with the address from which it came; {@code
     * tcp} or {@code udp} with ADDRESS and PORT prints the answer from there.
     */
    private static final String TALK = """
            import socket, sys, threading
            how, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
            def answer(a): return (sys.argv[5] if len(sys.argv) > 5 else a[0]).encode()
            def tcp(s):
                while True:
                    c, a = s.accept(); c.sendall(answer(a)); c.close()
            if how == 'serve':
                threading.Thread(target=tcp, args=(socket.create_server((address, port)),), daemon=True).start()
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((address, int(sys.argv[4])))
                print('ready', flush=True)
                while True:
                    d, a = s.recvfrom(100); s.sendto(answer(a), a)
            try:
                if how == 'tcp':
                    s = socket.create_connection((address, port), 2)
                else:
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.connect((address, port)); s.send(b'?')
                print(s.recv(100).decode())
            except OSError:
                print('none')
            """;

    /** The host's Python, for containers of an image that has none. */
    private static final List<String> PYTHON = List.of(
            "-v",
            "/usr:/usr:ro",
            "-v",
            "/lib:/lib:ro",
            "-v",
            "/lib64:/lib64:ro",
            "busybox",
            "/usr/bin/python3",
            "-uc",
            TALK);

    private final Host host;
    private Process world;

    NetworkLab(Host host) {
        this.host = host;
    }

    /** What is behind another cable: a namespace of its own, which the process that answers there keeps. */
    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        var script = "ip link set lo up; until ip link show outside >/dev/null 2>&1; do sleep 0.05; done;"
                + " ip addr add 203.0.113.2/24 dev outside; ip link set outside up; exec python3 -c \"$0\" serve 203.0.113.2 7000 7000";
        world = new ProcessBuilder("unshare", "--net", "sh", "-c", script, TALK)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        sh("until [ $(readlink /proc/" + world.pid()
                + "/ns/net) != $(readlink /proc/self/ns/net) ]; do sleep 0.05; done;"
                + " ip link add world type veth peer name outside netns " + world.pid()
                + "; ip addr add 203.0.113.1/24 dev world; ip link set world up; ip route add default via 203.0.113.2");
        assertEquals("ready", world.inputReader().readLine());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        var names = host.koker("ps", "-aq").run().lines();
        if (!names.isEmpty()) {
            host.koker("rm", "-f", names).run();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        world.destroyForcibly().waitFor();
        sh("ip link del world 2>/dev/null; ip route del default 2>/dev/null; true");
    }

    /** What a script of the host's prints. */
    String sh(String script) {
        return host.command("sh", "-c", script).run().succeeded().out().strip();
    }

    /** What a script prints that runs in the world's namespace. */
    String shInWorld(String script) {
        return sh("nsenter --net=/proc/" + world.pid() + "/ns/net " + script);
    }

    private static List<String> talk(String how, String address, int port) {
        return Command.words("/usr/bin/python3", "-uc", TALK, how, address, port);
    }

    /** What the world hears. */
    String inWorld(String how, String address, int port) {
        return host.command("nsenter", "--net=/proc/" + world.pid() + "/ns/net", talk(how, address, port))
                .run()
                .succeeded()
                .out()
                .strip();
    }

    /** What the host hears. */
    String onHost(String how, String address, int port) {
        return host.command(talk(how, address, port)).run().succeeded().out().strip();
    }

    /** What the container {@code name} hears. */
    String inside(String name, String how, String address, int port) {
        return host.koker("-q", "exec", name, talk(how, address, port))
                .run()
                .succeeded()
                .out()
                .strip();
    }

    /** What a container hears that is made for it. */
    String inNew(String how, String address, int port) {
        return host.run("--rm", PYTHON, how, address, port).run().out().strip();
    }

    /** A container that answers every connection to its port 80, and every packet to its port 81, with its name. */
    String serve(String name, Object... options) {
        var id = host.koker(
                        "-q",
                        "run",
                        "-d",
                        "--name",
                        name,
                        Command.words(options),
                        PYTHON,
                        "serve",
                        "0.0.0.0",
                        80,
                        81,
                        name)
                .run()
                .succeeded()
                .out()
                .strip();
        Poll.until(
                "the container answers",
                () -> host.koker("-q", "logs", name).run().out().equals("ready\n"));
        return id;
    }

    /** The address of the container {@code name}. */
    String address(String name) throws IOException {
        return sh("sed -n 's/.*\"address\": \"\\(.*\\)\".*/\\1/p' "
                + host.root().resolve("names").resolve(name).toRealPath() + "/network.json | head -1");
    }

    /** Somebody on the host who answers "heard". */
    Listener listener(String address, int port) {
        var running = host.command("python3", "-u", "-c", """
                import socket, sys
                s = socket.create_server((sys.argv[1], int(sys.argv[2])))
                while True:
                    c, a = s.accept(); c.sendall(b'heard\\n'); c.close()
                """, address, port).start();
        Poll.until("somebody listens", () -> sh("cat /proc/net/tcp")
                .contains(":" + String.format("%04X", port) + " 00000000:0000 0A"));
        return () -> running.process().destroyForcibly();
    }

    /** What is closed without a word. */
    interface Listener extends AutoCloseable {
        @Override
        void close();
    }
}
