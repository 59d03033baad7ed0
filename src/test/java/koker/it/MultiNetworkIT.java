package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers in several networks: from their start, and connected and disconnected later. */
class MultiNetworkIT {
    @RegisterExtension
    static final Host host = new Host();

    @BeforeEach
    void makeNetworks() {
        host.ok("network", "create", "--subnet", "172.30.1.0/24", "one");
        host.ok("network", "create", "--subnet", "172.30.2.0/24", "two");
        host.ok("network", "create", "--subnet", "172.30.3.0/24", "--internal", "cell");
    }

    @AfterEach
    void removeAll() {
        host.removeContainers();
        host.ok("network", "prune", "-f");
    }

    private static String refused(int status, Object... words) {
        var ended = host.quiet(words);
        assertEquals(status, ended.status(), ended.errors());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
        return ended.errors();
    }

    private static String sh(String script) {
        return host.command("sh", "-c", script).run().out().strip();
    }

    /** A container that answers at port 80 with its name. */
    private static void serve(String name, Object... options) {
        var serving = List.of("busybox", "nc", "-ll", "-p", "80", "-e", "echo", name);
        host.ok("run", "-d", "--name", name, Command.words(options), serving);
        Poll.until("it listens", () -> host.ok("exec", name, "netstat", "-ltn").contains(":80 "));
    }

    private static String heard(String name, String address) {
        return host.quiet("exec", name, "sh", "-c", "timeout 2 nc " + address + " 80 </dev/null")
                .out()
                .strip();
    }

    private static String hosts(String name) {
        return host.ok("exec", name, "cat", "/etc/hosts");
    }

    /** Its links but loopback, and their addresses. */
    private static String links(String name) {
        return host.ok(
                "exec", name, "sh", "-c", "ip -4 -o addr | sed -n 's/.*\\(eth[0-9]*\\) *inet \\([^ ]*\\).*/\\1 \\2/p'");
    }

    private static String defaultRoute(String name) {
        return host.ok("exec", name, "sh", "-c", "ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p'");
    }

    private static int leases() throws IOException {
        try (var files = Files.find(host.root().resolve("networks"), 3, (path, _) -> Files.isSymbolicLink(path))) {
            return (int) files.count();
        }
    }

    private static Path folder(String name) throws IOException {
        return host.root().resolve("names").resolve(name).toRealPath();
    }

    @Test
    void aContainerHasALinkForEachNetwork() {
        serve(
                "a",
                "--network",
                "cell",
                "--network",
                "two",
                "--network",
                "name=one,ip=172.30.1.77,alias=db,mac-address=02:42:00:00:00:07");
        assertEquals("eth0 172.30.3.2/24\neth1 172.30.2.2/24\neth2 172.30.1.77/24", links("a"));
        assertEquals("172.30.2.1", defaultRoute("a"), "the first network that leads out");
        assertEquals("02:42:00:00:00:07", host.ok("exec", "a", "cat", "/sys/class/net/eth2/address"));
        serve("b", "--network", "one");
        serve("c", "--network", "two");
        assertEquals("a", heard("b", "db"), "by an alias of that network");
        assertEquals("a", heard("c", "a"));
        assertEquals("", heard("c", "db"), "the alias is known in its network alone");
        assertEquals("b", heard("a", "b"), "neighbours in one network");
        assertEquals("c", heard("a", "c"), "and in the other one");
        assertEquals("", heard("b", "172.30.2.3"), "it is no way from one network to the other");
        assertEquals("cell,two,one", host.ok("ps", "--filter", "name=a", "--format", "{{.Networks}}"));
        assertEquals("a\nc", sorted(host.ok("ps", "--filter", "network=two", "--format", "{{.Names}}")));
        assertEquals(
                "172.30.1.77",
                host.ok("container", "inspect", "-f", "{{.NetworkSettings.Networks.one.IPAddress}}", "a"));
    }

    private static String sorted(String lines) {
        return String.join("\n", lines.lines().sorted().toList());
    }

    @Test
    void optionsBelongToTheFirstNetwork() {
        serve("a", "--network", "two", "--network", "one", "--ip", "172.30.2.9", "--network-alias", "db");
        assertEquals("eth0 172.30.2.9/24\neth1 172.30.1.2/24", links("a"));
        serve("b", "--network", "two", "--network", "one");
        assertTrue(hosts("b").contains("172.30.2.9\ta db "), hosts("b"));
        assertTrue(hosts("b").contains("172.30.1.2\ta "), hosts("b"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --network one --network one                      | given twice
            --network one --network host                     | --network host goes with no other
            --network none --network one                     | --network none goes with no other
            --network name=one,ip=172.30.1.9 --ip 172.30.1.8 | leave one of them out
            --network one --network name=two,ip=172.30.1.9   | cannot give the address 172.30.1.9
            --network name=one,speed=10                      | 'speed=10'
            --network ip=172.30.1.9                          | names no network
            --network one --network nosuch                   | no network 'nosuch'
            """)
    void whatDoesNotGoTogetherIsRefused(String options, String reason) throws IOException {
        var said = refused(125, "run", "--rm", List.of(options.split(" ")), "busybox", "true");
        assertTrue(said.contains(reason), said);
        assertEquals(0, leases());
    }

    @Test
    void aContainerThatRunsIsConnectedAndDisconnected() throws IOException {
        serve("a", "--network", "one");
        serve("b", "--network", "two");
        assertEquals("", heard("a", "b"));
        host.ok("network", "connect", "--ip", "172.30.2.50", "--alias", "db", "two", "a");
        assertEquals("eth0 172.30.1.2/24\neth1 172.30.2.50/24", links("a"));
        assertEquals("172.30.1.1", defaultRoute("a"), "the way out stays");
        assertEquals("b", heard("a", "b"), "it knows its new neighbour");
        assertEquals("a", heard("b", "db"), "which knows it");
        assertTrue(hosts("a").contains("172.30.2.50\t" + folder("a").getFileName()), hosts("a"));
        assertTrue(host.ok("network", "inspect", "two").contains("172.30.2.50/24"));
        assertTrue(refused(125, "network", "connect", "two", "a").contains("already"));
        assertTrue(refused(1, "network", "rm", "two").contains("in use"));
        host.ok("network", "disconnect", "two", "a");
        assertEquals("eth0 172.30.1.2/24", links("a"));
        assertFalse(hosts("b").contains("db"), hosts("b"));
        assertFalse(hosts("a").contains("172.30.2."), hosts("a"));
        assertFalse(Files.exists(host.root().resolve("networks/two/leases/172.30.2.50"), LinkOption.NOFOLLOW_LINKS));
        assertTrue(refused(125, "network", "disconnect", "two", "a").contains("is not connected"));
    }

    @Test
    void whatWasConnectedIsSoAfterTheNextStart() {
        serve("a", "--network", "one");
        host.ok("network", "connect", "--ip", "172.30.2.50", "two", "a");
        host.ok("network", "disconnect", "one", "a");
        host.ok("restart", "-t", "0", "a");
        assertEquals("eth0 172.30.2.50/24", links("a"));
        host.ok("stop", "-t", "0", "a");
        host.ok("network", "connect", "one", "a");
        assertEquals("two,one", host.ok("ps", "-a", "--format", "{{.Networks}}"));
        assertEquals("", host.ok("container", "inspect", "-f", "{{.NetworkSettings.Networks.one.IPAddress}}", "a"));
        host.ok("start", "a");
        assertEquals("eth0 172.30.2.50/24\neth1 172.30.1.2/24", links("a"));
    }

    @Test
    void theLastNetworkLeavesLoopbackAlone() throws IOException {
        serve("a", "--network", "one");
        host.ok("network", "disconnect", "one", "a");
        assertEquals("lo", host.ok("exec", "a", "ls", "/sys/class/net"));
        assertEquals(0, leases());
        host.ok("restart", "-t", "0", "a");
        assertEquals("lo", host.ok("exec", "a", "ls", "/sys/class/net"));
        host.ok("network", "connect", "two", "a");
        assertEquals("eth0 172.30.2.2/24", links("a"));
        assertEquals("172.30.2.1", defaultRoute("a"));
    }

    @Test
    void theWayOutAndThePortsMoveToTheNextNetwork() {
        serve("a", "--network", "one", "--network", "two", "-p", "8080:80");
        host.ok("network", "disconnect", "one", "a");
        assertEquals("172.30.2.1", defaultRoute("a"));
        assertEquals("a", sh("busybox nc -w 2 127.0.0.1 8080 </dev/null"));
        assertTrue(sh("iptables-save -t nat | grep DNAT | grep dport").endsWith("--to-destination 172.30.2.2:80"));
        host.ok("network", "disconnect", "two", "a");
        assertEquals("", sh("iptables-save -t nat | grep dport"));
        assertEquals("", host.ok("container", "port", "a"));
        host.ok("network", "connect", "default", "a");
        assertEquals("a", sh("busybox nc -w 2 127.0.0.1 8080 </dev/null"));
        host.ok("rm", "-f", "a");
        assertEquals("", sh("iptables-save -t nat | grep dport"));
    }

    @Test
    void aPortLeadsIntoTheFirstNetworkThatLeadsOut() {
        serve("a", "--network", "cell", "-p", "8080:80");
        host.ok("network", "connect", "one", "a");
        assertEquals("172.30.1.1", defaultRoute("a"));
        assertTrue(sh("iptables-save -t nat | grep dport").endsWith("--to-destination 172.30.1.2:80"));
    }

    @Test
    void aContainerThatEndsByItselfReturnsWhatItGotLater() {
        host.ok("run", "-d", "--name", "a", "busybox", "sh", "-c", "while [ ! -e /end ]; do sleep 0.1; done");
        host.ok("network", "connect", "one", "a");
        host.ok("exec", "a", "touch", "/end");
        Poll.until("nothing is leased", () -> leases() == 0);
        assertEquals("default,one", host.ok("ps", "-a", "--format", "{{.Networks}}"));
    }

    @Test
    void aContainerInTheForegroundIsConnectedToo() throws IOException {
        var running = host.run("--name", "a", "busybox", "sh", "-c", "while [ ! -e /end ]; do sleep 0.1; done")
                .start();
        Poll.until("it runs", () -> host.ok("ps", "-q").length() == 12);
        host.ok("network", "connect", "one", "a");
        assertTrue(links("a").endsWith("eth1 172.30.1.2/24"), links("a"));
        host.ok("exec", "a", "touch", "/end");
        running.end().succeeded();
        assertEquals(0, leases());
        assertEquals("default,one", host.ok("ps", "-a", "--format", "{{.Networks}}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "container:a"})
    void aNetworkThatIsSharedIsNotChanged(String mode) {
        serve("a");
        host.ok("run", "-d", "--name", "b", "--network", mode, "busybox", "sleep", "1000");
        assertTrue(refused(125, "network", "connect", "one", "b").contains("has the network of " + mode));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            network connect nosuch a               | no network 'nosuch'
            network connect one nosuch             | no container 'nosuch'
            network connect --ip 172.30.2.9 one a  | cannot give the address
            network connect host a                 | 'host'
            network disconnect one a               | is not connected
            network disconnect -f one nosuch       | no container 'nosuch'
            """)
    void whatCannotBeIsRefused(String words, String reason) {
        host.ok("create", "--name", "a", "busybox", "true");
        var said = refused(125, List.of(words.split(" ")));
        assertTrue(said.contains(reason), said);
    }

    @Test
    void aConnectionThatFailsLeavesNothing() throws IOException {
        serve("a", "-p", "8080:80");
        var steps = List.of(
                "lease-address", "open-netlink#2", "make-veth", "open-netlink-inside", "add-address", "switch-on");
        var before = links("a");
        var devices = sh("ls /sys/class/net | grep veth");
        var hosts = hosts("a");
        for (var step : steps) {
            host.ok("network", "create", "--subnet", "172.30.9.0/24", "new");
            host.ok("run", "--rm", "--network", "new", "busybox", "true"); // so that there is a bridge
            var said = refused(125, "network", "connect", "--fail", step + "=EPERM", "new", "a");
            assertTrue(said.contains("EPERM"), said);
            assertEquals(before, links("a"), step);
            assertEquals(devices, sh("ls /sys/class/net | grep veth"), step);
            assertEquals(hosts, hosts("a"), step);
            assertEquals("default", host.ok("ps", "--format", "{{.Networks}}"), step);
            host.ok("network", "rm", "new"); // which nobody has an address of
        }
    }

    @Test
    void aKokerThatIsKilledWhileItConnectsCanBeCalledAgain() throws Exception {
        serve("a");
        for (var after = 60; after < 300; after += 20) {
            var running = host.koker("-q", "network", "connect", "one", "a").start();
            // Not to wait for something, but to be at another step each time.
            LockSupport.parkNanos(after * 1_000_000L);
            running.process().destroyForcibly();
            running.process().waitFor();
            var again = host.quiet("network", "connect", "one", "a");
            assertTrue(again.status() == 0 || again.errors().contains("already"), again.errors());
            assertTrue(links("a").contains("eth1 172.30.1."), after + " ms: " + links("a"));
            running = host.koker("-q", "network", "disconnect", "one", "a").start();
            LockSupport.parkNanos(after * 1_000_000L);
            running.process().destroyForcibly();
            running.process().waitFor();
            again = host.quiet("network", "disconnect", "one", "a");
            assertTrue(again.status() == 0 || again.errors().contains("is not connected"), again.errors());
            assertFalse(links("a").contains("eth1"), after + " ms: " + links("a"));
        }
        host.removeContainers();
        assertEquals(0, leases());
    }

    @Test
    void addressesOfContainersWhoseFolderWasDeletedComeBack() throws IOException {
        host.ok("network", "create", "--subnet", "172.30.9.0/30", "tiny");
        var leases = host.root().resolve("networks/tiny/leases");
        Files.createSymbolicLink(leases.resolve("172.30.9.2"), Path.of("0123456789ab"));
        host.ok("run", "--rm", "--network", "tiny", "busybox", "true");
        Files.createSymbolicLink(leases.resolve("172.30.9.2"), Path.of("0123456789ab"));
        host.ok("run", "--rm", "--network", "tiny", "--ip", "172.30.9.2", "busybox", "true");
        Files.createSymbolicLink(leases.resolve("172.30.9.2"), Path.of("0123456789ab"));
        host.ok("network", "disconnect", "-f", "tiny", "0123456789ab");
        assertEquals(0, leases.toFile().list().length);
        Files.createSymbolicLink(leases.resolve("172.30.9.2"), Path.of("0123456789ab"));
        host.ok("network", "rm", "tiny");
    }

    @Test
    void aStateOfAnOlderKokerIsRead() throws IOException {
        host.ok("create", "--name", "a", "--network", "one", "--ip", "172.30.1.9", "busybox", "sleep", "1000");
        var file = folder("a").resolve("state.json");
        var text = Files.readString(file);
        assertTrue(text.contains("\"further\": []"), text);
        Files.writeString(file, text.replaceFirst("\"further\": \\[\\],", ""));
        host.ok("start", "a");
        assertEquals("eth0 172.30.1.9/24", links("a"));
    }

    @Test
    void manyMayConnectAtOnce() {
        var names = new HashMap<Integer, String>();
        for (var i = 0; i < 6; i++) {
            names.put(i, "n" + i);
            host.ok("run", "-d", "--name", "n" + i, "--network", "one", "busybox", "sleep", "1000");
        }
        var connects = names.values().stream()
                .map(name -> host.koker("-q", "network", "connect", "two", name).start())
                .toList();
        connects.forEach(connect -> connect.end().succeeded());
        var addresses =
                names.values().stream().map(MultiNetworkIT::links).distinct().count();
        assertEquals(6, addresses);
        for (var name : names.values()) {
            assertEquals(
                    10,
                    hosts(name)
                            .lines()
                            .filter(line -> line.matches("172\\.30\\.[12]\\..*\tn[0-9] .*"))
                            .count(),
                    hosts(name));
        }
    }
}
