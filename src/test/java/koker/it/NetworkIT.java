package koker.it;

import static koker.it.NetworkLab.HOST;
import static koker.it.NetworkLab.WORLD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers on the default network, as far as the kind of firewall does not matter: {@link FirewallIT} has the rest. */
@WithFirewall(WithFirewall.Kind.IPTABLES_NFT)
class NetworkIT {
    @RegisterExtension
    @Order(1)
    static final Host host = new Host();

    @RegisterExtension
    @Order(2)
    static final NetworkLab lab = new NetworkLab(host);

    @Test
    void aContainerHasAnAddressOfThePrivateSubnet() {
        assertTrue(host.run("busybox", "ip", "-4", "-o", "addr", "show", "dev", "eth0")
                .run()
                .succeeded()
                .out()
                .contains("inet 10.44."));
    }

    @Test
    void aContainerPingsTheWorld() {
        host.run("busybox", "ping", "-c", "1", "-W", "3", WORLD).run().succeeded();
    }

    @Test
    void forwardingIsSwitchedOnAndSaid() {
        lab.sh("echo 0 > /proc/sys/net/ipv4/ip_forward");
        var ended = host.koker("run", "--rm", "busybox", "true").run();
        assertTrue(ended.errors().contains("IP forwarding switched on"), ended.errors());
        assertEquals("1", lab.sh("cat /proc/sys/net/ipv4/ip_forward"));
        assertFalse(host.koker("run", "--rm", "busybox", "true").run().errors().contains("forwarding"));
    }

    @Test
    void aPortThatAProgramHasIsRefused() {
        try (var _ = lab.listener("0.0.0.0", 9092)) {
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
        var id = lab.serve("first", "-p", "127.0.0.1:8080:80");
        var ended = host.run("--rm", "-p", "8080:80", "busybox", "true").run();
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains("is taken by container " + id), ended.errors());
        host.run("--rm", "-p", "8080:80/udp", "busybox", "true").run().succeeded();
        host.run("--rm", "-p", HOST + ":8080:80", "busybox", "true").run().succeeded();
    }

    @Test
    void aFreePortIsFound() {
        lab.serve("any", "-p", "80");
        assertEquals("any", lab.onHost("tcp", "127.0.0.1", 32768));
    }

    @Test
    void anAddressReturnsWithItsContainer() throws IOException {
        var leases = host.root().resolve("networks/default/leases");
        lab.serve("one", "--ip", "10.44.0.77");
        assertTrue(Files.exists(leases.resolve("10.44.0.77"), LinkOption.NOFOLLOW_LINKS));
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
    void aContainerSharesTheNetworkOfAnother() throws IOException {
        lab.serve("web");
        assertEquals(
                "web",
                host.run("--rm", "--network", "container:web", "busybox", "timeout", "5", "nc", "127.0.0.1", "80")
                        .run()
                        .out()
                        .strip());
        assertEquals(
                lab.sh("readlink /proc/self/ns/net"),
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
}
