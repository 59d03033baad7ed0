package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks that users make. */
class NetworksIT {
    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void removeAll() {
        var containers = host.koker("ps", "-aq").run().lines();
        if (!containers.isEmpty()) {
            host.koker("rm", "-f", containers).run();
        }
        host.koker("network", "prune", "-f").run();
    }

    private static String ok(Object... words) {
        return host.koker("-q", Command.words(words)).run().succeeded().out().strip();
    }

    private static String refused(int status, Object... words) {
        var ended = host.koker("-q", Command.words(words)).run();
        assertEquals(status, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
        return ended.errors();
    }

    private static String sh(String script) {
        return host.command("sh", "-c", script).run().out().strip();
    }

    /** The address of the container, which keeps listening at port 80. */
    private static String serve(String name, String network) {
        ok("run", "-d", "--name", name, "--network", network, "busybox", "nc", "-ll", "-p", "80", "-e", "echo", name);
        Poll.until("it listens", () -> ok("exec", name, "netstat", "-ltn").contains(":80 "));
        return ok("container", "inspect", "-f", "{{.NetworkSettings.IPAddress}}", name);
    }

    private static boolean reaches(String name, String address) {
        return host.koker("-q", "exec", name, "sh", "-c", "timeout 2 nc " + address + " 80 </dev/null")
                        .run()
                        .status()
                == 0;
    }

    @Test
    void containersReachTheirNeighboursAndNoOthers() {
        ok("network", "create", "one");
        ok("network", "create", "two");
        serve("a", "one");
        var neighbour = serve("b", "one");
        var stranger = serve("c", "two");
        assertTrue(reaches("a", neighbour));
        assertFalse(reaches("a", stranger));
        assertTrue(reaches("c", stranger));
    }

    @Test
    void neighboursKnowEachOtherByName() {
        ok("network", "create", "web");
        serve("a", "web");
        ok("run", "-d", "--name", "b", "--network", "web", "--network-alias", "db", "busybox", "sleep", "1000");
        assertTrue(reaches("b", "a"), "one that was there before");
        assertTrue(ok("exec", "a", "cat", "/etc/hosts").matches("(?s).*\t(b db [0-9a-f]{12})$"), "one that came later");
        ok("rm", "-f", "b");
        assertFalse(ok("exec", "a", "cat", "/etc/hosts").contains("b db "));
        ok("run", "-d", "--name", "c", "--network", "web", "busybox", "true");
        Poll.until("one that ends by itself is forgotten", () -> !ok("exec", "a", "cat", "/etc/hosts")
                .contains("\tc "));
    }

    @Test
    void aNetworkIsWhatTheUserSays() {
        ok(
                "network",
                "create",
                "--subnet",
                "172.30.5.0/24",
                "--gateway",
                "172.30.5.254",
                "--ip-range",
                "172.30.5.128/26",
                "--mtu",
                "1400",
                "--label",
                "a=b",
                "web");
        var out = ok(
                "run",
                "--rm",
                "--network",
                "web",
                "busybox",
                "sh",
                "-c",
                "ip -4 -o addr show dev eth0; ip route; ip link");
        assertTrue(out.contains("inet 172.30.5.129/24"), out);
        assertTrue(out.contains("default via 172.30.5.254"), out);
        assertTrue(out.contains("mtu 1400"), out);
        assertEquals("b", ok("network", "inspect", "-f", "{{.Labels.a}}", "web"));
    }

    @Test
    void theDefaultNetworksSubnetCanBeChosen() {
        host.koker("-q", "network", "rm", "default").run();
        ok("network", "create", "--subnet", "172.30.6.0/24", "default");
        assertTrue(ok("run", "--rm", "busybox", "ip", "-4", "-o", "addr", "show", "dev", "eth0")
                .contains("172.30.6.2/24"));
        ok("network", "rm", "default");
        ok("run", "--rm", "busybox", "true");
    }

    @Test
    void anInternalNetworkLeadsNowhere() {
        ok("network", "create", "--internal", "cell");
        serve("a", "cell");
        var neighbour = serve("b", "cell");
        assertTrue(reaches("a", neighbour));
        assertFalse(ok("exec", "a", "ip", "route").contains("default"));
    }

    @Test
    void whatIsRemovedIsGone() {
        var rules = sh("iptables-save | grep KOKER | sort");
        ok("network", "create", "web");
        serve("a", "web");
        var bridge = ok("network", "inspect", "-f", "{{.Bridge}}", "web");
        assertTrue(refused(1, "network", "rm", "web").contains("in use by container"));
        ok("rm", "-f", "a");
        assertEquals("web", ok("network", "rm", "web"));
        assertEquals("", sh("ip -o link show " + bridge + " 2>/dev/null"));
        assertEquals(rules, sh("iptables-save | grep KOKER | sort"));
        assertFalse(ok("network", "ls").contains("web"));
    }

    @Test
    void networksAreListed() {
        ok("network", "create", "--subnet", "172.30.7.0/24", "web");
        assertTrue(ok("network", "ls", "-q").lines().toList().containsAll(List.of("default", "web")));
        assertTrue(
                ok("network", "ls")
                        .matches(
                                "(?s)NAME +BRIDGE +SUBNET +GATEWAY +INTERNAL\n.*web +koker[0-9]+ +172\\.30\\.7\\.0/24 +172\\.30\\.7\\.1 +no.*"));
        assertEquals(
                "172.30.7.0/24",
                ok("network", "ls", "--format", "{{.Subnet}}").lines().toList().getLast());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            network create host                                  | cannot be called
            network create default                               | already
            network create --subnet 10.44.0.0/16 web             | overlaps
            network create --subnet 172.30.0.0/24 --gateway 172.30.1.1 web | is no address of the subnet
            network create --subnet 172.30.0.1/24 web            | did you mean 172.30.0.0/24
            network create --mtu 10 web                          | '10'
            """)
    void whatCannotBeIsRefused(String words, String reason) {
        assertTrue(refused(125, List.of(words.split(" "))).contains(reason));
    }

    @Test
    void whatIsNotThereIsNotInspected() {
        assertTrue(refused(1, "network", "inspect", "nosuch").contains("no network 'nosuch'"));
    }

    @Test
    void whoRemovesWhatIsNotThereIsTold() {
        assertTrue(refused(1, "network", "rm", "nosuch").contains("no network 'nosuch'"));
    }

    @Test
    void tenNetworksMadeAtOnceDoNotOverlap() {
        var starts = IntStream.range(0, 10)
                .mapToObj(i -> host.koker("-q", "network", "create", "n" + i).start())
                .toList();
        starts.forEach(start -> start.end().succeeded());
        var subnets = ok("network", "ls", "--format", "{{.Bridge}} {{.Subnet}}")
                .lines()
                .toList();
        assertEquals(
                subnets.size(),
                subnets.stream().map(line -> line.split(" ")[0]).distinct().count());
        assertEquals(
                subnets.size(),
                subnets.stream().map(line -> line.split(" ")[1]).distinct().count());
    }
}
