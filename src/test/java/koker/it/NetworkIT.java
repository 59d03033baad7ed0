package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Containers on the default network: they reach the world and are reached. The host is the network namespace that all tests are in; the
 * world is another one, a machine with the address 203.0.113.2, which knows no way to the containers.
 */
@WithFirewall(WithFirewall.Kind.IPTABLES_NFT)
class NetworkIT {
    @RegisterExtension
    static final Host host = new Host();

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

    private static Process world;

    /** What is behind another cable: a namespace of its own, which the process that answers there keeps. */
    @BeforeAll
    static void makeWorld() throws Exception {
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

    @AfterAll
    static void removeWorld() throws Exception {
        world.destroyForcibly().waitFor();
        sh("ip link del world 2>/dev/null; ip route del default 2>/dev/null; true");
    }

    @AfterEach
    void removeContainers() {
        var names = host.koker("ps", "-aq").run().lines();
        if (!names.isEmpty()) {
            host.koker("rm", "-f", names).run();
        }
    }

    static String sh(String script) {
        return host.command("sh", "-c", script).run().succeeded().out().strip();
    }

    private static List<String> talk(String how, String address, int port) {
        return Command.words("/usr/bin/python3", "-uc", TALK, how, address, port);
    }

    /** What the world hears. */
    static String inWorld(String how, String address, int port) {
        return host.command("nsenter", "--net=/proc/" + world.pid() + "/ns/net", talk(how, address, port))
                .run()
                .succeeded()
                .out()
                .strip();
    }

    /** What the host hears. */
    static String onHost(String how, String address, int port) {
        return host.command(talk(how, address, port)).run().succeeded().out().strip();
    }

    /** What the container {@code name} hears. */
    static String inside(String name, String how, String address, int port) {
        return host.koker("-q", "exec", name, talk(how, address, port))
                .run()
                .succeeded()
                .out()
                .strip();
    }

    /** A container that answers every connection to its port 80, and every packet to its port 81, with its name. */
    static String serve(String name, Object... options) {
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

    private static String address(String name) throws IOException {
        return sh("sed -n 's/.*\"address\": \"\\(.*\\)\".*/\\1/p' "
                + host.root().resolve("names").resolve(name).toRealPath() + "/network.json | head -1");
    }

    /** koker's rules, as the firewall's own program shows them. */
    String rules() {
        return sh("iptables-save 2>/dev/null | grep KOKER | sort");
    }

    /** What there is of koker's, in that kind of firewall. */
    String left() {
        return sh("iptables-save 2>/dev/null | grep -i koker || true");
    }

    /** The ports of the host that lead to containers. */
    List<String> published() {
        return sh("iptables-save 2>/dev/null | grep -o -- '--dport [0-9]*' || true")
                .lines()
                .toList();
    }

    /** Removes some of koker's rules. */
    void removeRules() {
        sh("iptables -w -t nat -D POSTROUTING -j KOKER-NAT; iptables -w -t nat -F KOKER-NAT;"
                + " iptables -w -D KOKER-FORWARD 2; iptables -w -t raw -F");
    }

    @Test
    void aContainerHasAnAddressOfThePrivateSubnet() {
        assertTrue(host.run("busybox", "ip", "-4", "-o", "addr", "show", "dev", "eth0")
                .run()
                .succeeded()
                .out()
                .contains("inet 10.44."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void aContainerReachesTheWorldByTheHostsAddress(String how) {
        assertEquals(
                HOST, host.run("--rm", PYTHON, how, WORLD, 7000).run().out().strip());
    }

    @Test
    void aContainerPingsTheWorld() {
        host.run("busybox", "ping", "-c", "1", "-W", "3", WORLD).run().succeeded();
    }

    @Test
    void theWorldDoesNotReachAPortThatIsNotPublished() throws IOException {
        serve("quiet");
        var address = address("quiet");
        var ip = "nsenter --net=/proc/" + world.pid() + "/ns/net ip route ";
        sh(ip + "add " + address + " via " + HOST);
        assertEquals("quiet", onHost("tcp", address, 80), "the host itself does");
        assertEquals("none", inWorld("tcp", address, 80));
        sh(ip + "del " + address);
    }

    @Test
    void aPublishedPortAnswersFromEverywhere() throws IOException {
        serve("web", "-p", "8080:80", "-p", "8080:81/udp");
        serve("neighbour");
        for (var how : List.of("tcp", "udp")) {
            assertEquals("web", inWorld(how, HOST, 8080), "the world");
            assertEquals("web", onHost(how, HOST, 8080), "the host's own address");
            assertEquals("web", onHost(how, "127.0.0.1", 8080), "loopback");
            assertEquals("web", inside("neighbour", how, HOST, 8080), "a neighbour");
            assertEquals("web", inside("web", how, HOST, 8080), "itself");
            assertEquals("web", inside("neighbour", how, address("web"), how.equals("tcp") ? 80 : 81), "directly");
        }
    }

    @Test
    void aPortOfOneAddressAnswersOnlyThere() {
        serve("local", "-p", "127.0.0.1:8080:80");
        assertEquals("local", onHost("tcp", "127.0.0.1", 8080));
        assertEquals("none", inWorld("tcp", HOST, 8080));
    }

    @Test
    void aContainerDoesNotReachWhatListensOnTheHostsLoopback() {
        serve("spy", "-p", "8080:80");
        try (var _ = listener("127.0.0.1", 9091)) {
            assertEquals("heard", onHost("tcp", "127.0.0.1", 9091));
            // Loopback is sent out of the container like any other address.
            sh("nsenter --net=/proc/$("
                    + String.join(" ", host.kokerWords("-q", "container", "inspect", "-f", "'{{.State.Pid}}'", "spy"))
                    + ")/ns/net sh -c 'ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.0/8 via 10.44.0.1;"
                    + " echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet'");
            assertEquals("none", inside("spy", "tcp", "127.0.0.1", 9091));
        }
    }

    @Test
    void networkingWorksWhereForwardingIsForbidden() {
        sh("iptables -w -P FORWARD DROP");
        try {
            serve("web", "-p", "8080:80");
            assertEquals("web", inWorld("tcp", HOST, 8080));
            assertEquals(HOST, inside("web", "tcp", WORLD, 7000));
        } finally {
            sh("iptables -w -P FORWARD ACCEPT");
        }
    }

    @Test
    void forwardingIsSwitchedOnAndSaid() {
        sh("echo 0 > /proc/sys/net/ipv4/ip_forward");
        var ended = host.koker("run", "--rm", "busybox", "true").run();
        assertTrue(ended.errors().contains("IP forwarding switched on"), ended.errors());
        assertEquals("1", sh("cat /proc/sys/net/ipv4/ip_forward"));
        assertFalse(host.koker("run", "--rm", "busybox", "true").run().errors().contains("forwarding"));
    }

    private static Listener listener(String address, int port) {
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
    private interface Listener extends AutoCloseable {
        @Override
        void close();
    }

    @Test
    void aPortThatAProgramHasIsRefused() {
        try (var _ = listener("0.0.0.0", 9092)) {
            var ended = host.run("--rm", "-p", "9092:80", "busybox", "true").run();
            assertEquals(125, ended.status());
            assertTrue(
                    ended.errors()
                            .matches(
                                    "koker: .* 0\\.0\\.0\\.0:9092/tcp of the host is taken by process [0-9]+ \\(python3\\).*\\n"),
                    ended.errors());
        }
    }

    @Test
    void aPortThatAContainerHasIsRefused() {
        var id = serve("first", "-p", "127.0.0.1:8080:80");
        var ended = host.run("--rm", "-p", "8080:80", "busybox", "true").run();
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains("is taken by container " + id), ended.errors());
        host.run("--rm", "-p", "8080:80/udp", "busybox", "true").run().succeeded();
        host.run("--rm", "-p", HOST + ":8080:80", "busybox", "true").run().succeeded();
    }

    @Test
    void aFreePortIsFound() {
        serve("any", "-p", "80");
        assertEquals("any", onHost("tcp", "127.0.0.1", 32768));
    }

    @Test
    void twentyAtOnceHaveTwentyAddresses() {
        var starts = IntStream.range(0, 20)
                .mapToObj(i -> host.koker("-q", "run", "-d", "--name", "n" + i, "-p", "80", "busybox", "sleep", "1000")
                        .within(java.time.Duration.ofSeconds(120))
                        .start())
                .toList();
        starts.forEach(start -> start.end().succeeded());
        var addresses = new HashSet<String>();
        var ports = new HashSet<String>();
        for (var i = 0; i < 20; i++) {
            var shown = host.koker("-q", "exec", "n" + i, "ip", "-4", "-o", "addr", "show", "dev", "eth0");
            addresses.add(shown.run().succeeded().out().replaceAll("(?s).*inet ([^ ]*) .*", "$1"));
        }
        ports.addAll(published());
        assertEquals(20, addresses.size(), addresses.toString());
        assertEquals(20, ports.size(), ports.toString());
    }

    @Test
    void anAddressReturnsWithItsContainer() throws IOException {
        var leases = host.root().resolve("networks/default/leases");
        serve("one", "--ip", "10.44.0.77");
        assertTrue(Files.exists(leases.resolve("10.44.0.77"), java.nio.file.LinkOption.NOFOLLOW_LINKS));
        var ended = host.run("--rm", "--ip", "10.44.0.77", "busybox", "true").run();
        assertTrue(ended.errors().contains("in use by container"), ended.errors());
        host.koker("rm", "-f", "one").run();
        host.run("--rm", "--ip", "10.44.0.77", "busybox", "true").run().succeeded();
        assertEquals(0, leases.toFile().list().length);
    }

    @Test
    void aContainerThatEndsByItselfReturnsItsAddress() {
        var leases = host.root().resolve("networks/default/leases").toFile();
        host.koker("-q", "run", "-d", "--name", "short", "busybox", "true")
                .run()
                .succeeded();
        Poll.until("the lease is gone", () -> leases.list().length == 0);
        assertFalse(Files.exists(host.root().resolve("names/short/network.json")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--ip 10.44.0.1",
                "--ip 10.44.3.255",
                "--ip 192.168.7.7",
                "--network nosuch",
                "-p 80 --network none",
                "--ip 10.44.0.9 --network host",
                "--network container:nosuch",
                "--network ns:/nosuch",
                "-p 80 --firewall none"
            })
    void whatCannotBeIsRefusedInOneLine(String options) {
        var ended =
                host.run(List.of(options.split(" ")), "--rm", "busybox", "true").run();
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
    }

    @Test
    void whatIsDeletedByHandIsMadeAgain() throws IOException {
        host.run("--rm", "busybox", "true").run().succeeded();
        var bridge = sh("sed -n 's/.*\"bridge\": \"\\(.*\\)\".*/\\1/p' "
                + host.root().resolve("networks/default/network.json"));
        var rules = rules();
        sh("ip link del " + bridge);
        removeRules();
        assertNotEquals(rules, rules());
        host.run("--rm", "busybox", "ping", "-c", "1", "-W", "3", WORLD).run().succeeded();
        assertEquals(rules, rules());
    }

    @Test
    void theRulesGoWithTheLastNetwork() {
        assertNotEquals("", left());
        host.koker("-q", "network", "rm", "default").run().succeeded();
        assertEquals("", left());
        host.run("--rm", "busybox", "true").run().succeeded();
    }

    @Test
    void theRulesOfOthersStay() {
        sh(
                "iptables -w -A FORWARD -s 198.51.100.1/32 -j DROP; iptables -w -t nat -N OTHER; iptables -w -t nat -A POSTROUTING -j OTHER");
        try {
            serve("web", "-p", "8080:80");
            host.koker("rm", "-f", "web").run();
            assertTrue(sh("iptables-save 2>/dev/null").contains("-A FORWARD -s 198.51.100.1/32 -j DROP"));
            assertTrue(sh("iptables-save 2>/dev/null").contains("-A POSTROUTING -j OTHER"));
        } finally {
            sh(
                    "iptables -w -D FORWARD -s 198.51.100.1/32 -j DROP; iptables -w -t nat -D POSTROUTING -j OTHER; iptables -w -t nat -X OTHER");
        }
    }

    @Test
    void aContainerSharesTheNetworkOfAnother() throws IOException {
        serve("web");
        assertEquals(
                "web",
                host.run("--rm", "--network", "container:web", "busybox", "timeout", "5", "nc", "127.0.0.1", "80")
                        .run()
                        .out()
                        .strip());
        assertEquals(
                sh("readlink /proc/self/ns/net"),
                host.run("--rm", "--network", "ns:/proc/self/ns/net", "busybox", "readlink", "/proc/self/ns/net")
                        .run()
                        .out()
                        .strip());
    }

    @Test
    void filesSayWhoAndWhereTheContainerIs() {
        var out = host.run(
                        "--rm",
                        "--hostname",
                        "lab",
                        "--add-host",
                        "db:192.168.7.7",
                        "--dns",
                        "192.168.7.1",
                        "--dns-search",
                        "example.org",
                        "--dns-option",
                        "ndots:2",
                        "busybox",
                        "cat",
                        "/etc/hosts",
                        "/etc/resolv.conf")
                .run()
                .succeeded()
                .lines();
        assertTrue(out.contains("192.168.7.7\tdb"), out.toString());
        assertTrue(out.stream().anyMatch(line -> line.matches("10\\.44\\.[0-9.]+\tlab")), out.toString());
        assertTrue(
                out.containsAll(List.of("nameserver 192.168.7.1", "search example.org", "options ndots:2")),
                out.toString());
    }

    @Test
    void aCardHasTheAddressThatIsAskedFor() {
        assertEquals(
                "02:42:00:00:00:07",
                host.run("--rm", "--mac-address", "02:42:00:00:00:07", "busybox", "cat", "/sys/class/net/eth0/address")
                        .run()
                        .out()
                        .strip());
    }

    @Test
    void eachStepOfTheConnectionCanFail() {
        var steps = new ArrayList<>(koker.network.Links.steps(1));
        var seen = new java.util.HashMap<String, Integer>();
        host.run("--rm", "busybox", "true").run().succeeded();
        for (var options : List.of(List.<String>of(), List.of("-d"))) {
            seen.clear();
            for (var step : steps) {
                var fault = step + "#" + seen.merge(step, 1, Integer::sum) + "=EPERM";
                var ended = host.run(options, "--rm", "-p", "8080:80", "--fail", fault, "busybox", "true")
                        .run();
                assertEquals(125, ended.status(), fault);
                assertEquals(1, ended.errors().lines().count(), fault + ": " + ended.errors());
                assertTrue(ended.errors().contains("EPERM"), fault + ": " + ended.errors());
            }
        }
        assertEquals(List.of(), published());
        assertEquals(0, host.root().resolve("networks/default/leases").toFile().list().length);
    }

    @Test
    void aKokerThatIsKilledLeavesNothing() throws Exception {
        host.run("--rm", "busybox", "true").run().succeeded();
        for (var after = 60; after < 400; after += 20) {
            var running = host.run("-p", "8080:80", "busybox", "true").start();
            // Not to wait for something, but to be at another step each time.
            java.util.concurrent.locks.LockSupport.parkNanos(after * 1_000_000L);
            running.process().destroyForcibly();
            running.process().waitFor();
        }
        // A process that koker has just started may hold its lock a little longer.
        Poll.until("all is removed", () -> {
            host.koker("ps").run().succeeded();
            return host.root().resolve("containers").toFile().list().length == 0;
        });
        assertEquals(List.of(), published());
        assertEquals(0, host.root().resolve("networks/default/leases").toFile().list().length);
    }
}
