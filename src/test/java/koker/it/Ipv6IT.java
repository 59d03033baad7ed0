package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Networks with addresses of IPv6. The world is a namespace behind a cable, a machine with the address 2001:db8::2, which knows no way to the
 * containers.
 */
class Ipv6IT {
    @RegisterExtension
    static final Host host = new Host();

    private static final String WORLD = "2001:db8::2";
    private static final String HOST = "2001:db8::1";

    /** Answers every connection with the address from which it came. */
    private static final String TELL = """
            import socket
            s = socket.create_server(('::', 7000), family=socket.AF_INET6)
            print('ready', flush=True)
            while True:
                c, a = s.accept(); c.sendall(a[0].encode()); c.close()
            """;

    private static Process world;

    @BeforeAll
    static void makeWorld() throws Exception {
        world = new ProcessBuilder("unshare", "--net", "python3", "-c", TELL)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals("ready", world.inputReader().readLine());
        sh("ip link add world6 type veth peer name outside netns " + world.pid()
                + "; ip addr add 2001:db8::1/64 dev world6 nodad; ip link set world6 up");
        inWorld("ip link set lo up; ip addr add 2001:db8::2/64 dev outside nodad; ip link set outside up");
    }

    @AfterAll
    static void removeWorld() throws Exception {
        world.destroyForcibly().waitFor();
        sh("ip link del world6 2>/dev/null; true");
    }

    @AfterEach
    void removeAll() {
        host.removeContainers();
        host.ok("network", "prune", "-f");
    }

    private static String sh(String script) {
        return host.command("sh", "-c", script).run().out().strip();
    }

    private static String inWorld(String script) {
        return host.command("nsenter", "--net=/proc/" + world.pid() + "/ns/net", "sh", "-c", script)
                .run()
                .out()
                .strip();
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

    private static String inspect(String field, String name) {
        return host.ok("container", "inspect", "-f", "{{.NetworkSettings.Networks.six." + field + "}}", name);
    }

    @Test
    void aContainerHasAnAddressOfEachVersion() {
        host.ok("network", "create", "--ipv6", "--subnet", "172.30.5.0/24", "--subnet", "fd00:5::/64", "six");
        serve("a", "--network", "six");
        serve("b", "--network", "name=six,ip6=fd00:5::abcd");
        assertEquals("fd00:5::2", inspect("GlobalIPv6Address", "a"));
        assertEquals("fd00:5::abcd", inspect("GlobalIPv6Address", "b"));
        assertTrue(host.ok("exec", "a", "ip", "-6", "addr", "show", "dev", "eth0")
                .contains("inet6 fd00:5::2/64 scope global"));
        assertTrue(host.ok("exec", "a", "ip", "-6", "route").contains("default via fd00:5::1"));
        assertEquals("b", heard("a", "fd00:5::abcd"));
        assertEquals("a", heard("b", "fd00:5::2"));
        var hosts = host.ok("exec", "a", "cat", "/etc/hosts");
        assertTrue(hosts.contains("fd00:5::abcd\tb "), hosts);
        assertTrue(hosts.matches("(?s).*fd00:5::2\t[0-9a-f]{12}\n.*"), hosts);
        assertEquals("a", sh("busybox nc -w 2 fd00:5::2 80 </dev/null"), "the host reaches it, too");
        var network = host.ok("network", "inspect", "six");
        assertTrue(network.contains("\"EnableIPv6\": true") && network.contains("fd00:5::abcd/64"), network);
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables"})
    void theWorldIsReachedByTheHostsAddress(String firewall) {
        sh("echo 0 > /proc/sys/net/ipv6/conf/all/forwarding");
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
        var words = List.of(
                "run", "--rm", "--firewall", firewall, "--network", "six", "busybox", "nc", "-w", "3", WORLD, "7000");
        var ended = host.koker(words).run();
        assertEquals(HOST, ended.out().strip());
        assertTrue(ended.errors().contains("IPv6 forwarding switched on"), ended.errors());
        ended = host.koker(words).run();
        assertEquals(HOST, ended.out().strip());
        assertFalse(ended.errors().contains("forwarding"), ended.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables"})
    void aPortThatIsPublishedAnswersByIpv6Too(String firewall) throws IOException {
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
        serve("web", "--network", "six", "-p", "8080:80", "--firewall", firewall);
        serve("b", "--network", "six", "--firewall", firewall);
        // Whoever has just got a link may not be found by its neighbours at the first attempt.
        Poll.until("it answers the world", () -> inWorld("busybox nc -w 2 " + HOST + " 8080 </dev/null")
                .equals("web"));
        assertEquals("web", sh("busybox nc -w 2 " + HOST + " 8080 </dev/null"), "the host's own address");
        assertEquals("web", sh("busybox nc -w 2 127.0.0.1 8080 </dev/null"), "IPv4");
        for (var name : List.of("b", "web")) {
            assertEquals("web", host.ok("exec", name, "nc", "-w", "2", HOST, "8080"), name);
        }
        assertEquals(
                "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp web",
                host.ok("ps", "--filter", "name=web", "--format", "{{.Ports}} {{.Names}}"));
        var refused = host.quiet(
                "run", "--rm", "--firewall", firewall, "--network", "six", "-p", "8080:80", "busybox", "true");
        assertTrue(refused.errors().contains("is taken by container"), refused.errors());
        host.ok("rm", "-f", "web");
        assertEquals("", sh("nft list ruleset | grep -w dport"), "iptables has its rules there, too");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables"})
    void aPortCanBeOfOneAddress(String firewall) {
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
        serve("web", "--network", "six", "--firewall", firewall, "-p", "[" + HOST + "]:8080:80");
        Poll.until("it answers the world", () -> inWorld("busybox nc -w 2 " + HOST + " 8080 </dev/null")
                .equals("web"));
        assertEquals("", sh("busybox nc -w 2 127.0.0.1 8080 </dev/null"), "no other address leads there");
        assertEquals("[" + HOST + "]:8080->80/tcp", host.ok("ps", "--format", "{{.Ports}}"));
        var words = List.of("run", "--rm", "--network", "six", "--firewall", firewall);
        var refused = host.quiet(words, "-p", "[" + HOST + "]:8080:80", "busybox", "true");
        assertTrue(refused.errors().contains("[" + HOST + "]:8080/tcp of the host is taken"), refused.errors());
        host.ok(words, "-p", "[fd00:7::7]:8080:80", "busybox", "true");
        var picture = host.ok("network", "inspect", "--picture", "six");
        assertTrue(picture.contains("to-destination [fd00:5::2]:80") || picture.contains("to [fd00:5::2]:80"), picture);
        assertFalse(picture.contains("MISSING") || picture.contains("UNKNOWN"), picture);
        sh(firewall.equals("iptables") ? "ip6tables -w -t nat -F KOKER-PORTS" : "nft flush chain inet koker ports");
        assertEquals("", inWorld("busybox nc -w 2 " + HOST + " 8080 </dev/null"));
        host.ok("network", "reload", "web");
        assertEquals("web", inWorld("busybox nc -w 2 " + HOST + " 8080 </dev/null"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables"})
    void containersOfOtherNetworksAndTheWorldDoNotComeIn(String firewall) {
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:6::/64", "seven");
        serve("a", "--network", "six", "--firewall", firewall);
        serve("b", "--network", "six", "--firewall", firewall);
        serve("c", "--network", "seven", "--firewall", firewall);
        inWorld("ip -6 route add fd00:5::/64 via " + HOST);
        assertEquals("a", heard("b", "fd00:5::2"));
        assertEquals("", heard("c", "fd00:5::2"));
        assertEquals("", inWorld("busybox nc -w 2 fd00:5::2 80 </dev/null"));
        inWorld("ip -6 route del fd00:5::/64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables"})
    void theRulesGoWithTheNetwork(String firewall) {
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
        host.ok("run", "--rm", "--firewall", firewall, "--network", "six", "busybox", "true");
        assertTrue(sh("nft list ruleset").contains("fd00:5::/64"));
        host.ok("network", "rm", "six");
        assertFalse(sh("nft list ruleset").contains("fd00:5::/64"));
        host.ok("network", "create", "--ipv6", "--internal", "--subnet", "fd00:5::/64", "six");
        assertEquals(
                "",
                host.ok(
                        "run",
                        "--rm",
                        "--firewall",
                        firewall,
                        "--network",
                        "six",
                        "busybox",
                        "sh",
                        "-c",
                        "ip -6 route | grep default; true"));
        host.ok("network", "rm", "six");
        assertEquals("", sh("nft list ruleset | grep 'koker[1-9]'"));
    }

    @Test
    void anAddressReturnsWithItsContainer() {
        host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
        var lease = host.root().resolve("networks/six/leases/fd00:5::7");
        serve("a", "--network", "six", "--ip6", "fd00:5::7");
        assertTrue(Files.exists(lease, LinkOption.NOFOLLOW_LINKS));
        var taken = host.quiet("run", "--rm", "--network", "six", "--ip6", "fd00:5::7", "busybox", "true");
        assertTrue(taken.errors().contains("in use by container"), taken.errors());
        host.ok("run", "-d", "--name", "b", "busybox", "sleep", "1000");
        taken = host.quiet("network", "connect", "--ip6", "fd00:5::7", "six", "b");
        assertTrue(taken.errors().contains("in use by container"), taken.errors());
        assertEquals(2, host.root().resolve("networks/six/leases").toFile().list().length, "both are a's");
        host.ok("rm", "-f", "a");
        host.ok("run", "--rm", "--network", "six", "--ip6", "fd00:5::7", "busybox", "true");
        assertEquals(0, host.root().resolve("networks/six/leases").toFile().list().length);
    }

    @Test
    void aSubnetOfItsOwnIsChosen() {
        host.ok("network", "create", "--ipv6", "six");
        host.ok("network", "create", "--ipv6", "seven");
        host.ok("run", "-d", "--name", "a", "--network", "six", "busybox", "sleep", "1000");
        host.ok("network", "connect", "seven", "a");
        var addresses = host.ok("exec", "a", "ip", "-6", "-o", "addr");
        assertEquals(
                2, addresses.lines().filter(line -> line.contains("inet6 fd")).count(), addresses);
        host.ok("network", "disconnect", "six", "a");
        var gateway = host.ok("network", "inspect", "-f", "{{json .IPAM.Config}}", "seven")
                .replaceAll(".*\"(fd[^\"]*)\".*", "$1");
        assertTrue(host.ok("exec", "a", "ip", "-6", "route").contains("default via " + gateway), gateway);
    }

    @Test
    void ipv6IsSwitchedOnWhereTheHostHasItOff() {
        sh("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
        try {
            host.ok("network", "create", "--ipv6", "--subnet", "fd00:5::/64", "six");
            serve("a", "--network", "six");
            assertEquals("a", sh("busybox nc -w 2 fd00:5::2 80 </dev/null"));
        } finally {
            sh("echo 0 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
        }
    }

    @Test
    void whatContainersAnnounceDoesNotChangeTheHostsRoutes() {
        host.ok("network", "create", "web");
        serve("a", "--network", "web");
        var bridge = host.ok("network", "inspect", "-f", "{{.Bridge}}", "web");
        assertEquals("0", sh("cat /proc/sys/net/ipv6/conf/" + bridge + "/accept_ra"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            network create --subnet fd00:5::/64 six                           | need --ipv6
            network create --ipv6 --subnet fd00:5::/64 --subnet fd00:6::/64 six | one too many
            network create --ipv6 --subnet fd00:5::/127 six                   | no room
            network create --ipv6 --subnet 2001:db8::/48 six                  | overlaps with 2001:db8::/64
            network create --ipv6 --subnet fd00:5::/64 --gateway fd00:6::1 six | is no address of the subnet
            run --ip6 fd00:5::9 busybox true                                  | has no addresses of IPv6
            run --ip6 10.1.2.3 busybox true                                   | is no IPv6 address
            run -p [fd00::9]:80:80 busybox true                               | network default has none; make one
            run -p [::1]:80:80 busybox true                                   | 127.0.0.1 will do
            """)
    void whatCannotBeIsRefused(String words, String reason) {
        var ended = host.quiet(List.of(words.split(" ")));
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains(reason), ended.errors());
    }
}
