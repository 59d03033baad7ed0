package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a network, the next command mends it, and nothing of a container is left when that is removed. */
@Timeout(240)
class NetworkFaultIT {
    @RegisterExtension
    static final Host host = new Host();

    /** So that each test finds and leaves the default network as it usually is. */
    @AfterEach
    void mend() {
        host.removeContainers();
        sh("ip link del other 2>/dev/null; true");
        host.ok("run", "--rm", "busybox", "true");
    }

    private static String sh(String script) {
        return host.command("sh", "-c", script).run().succeeded().out().strip();
    }

    private static String serve(String name, Object... options) {
        var id = host.ok(
                "run",
                "-d",
                "--name",
                name,
                Command.words(options),
                "busybox",
                "nc",
                "-ll",
                "-p",
                "80",
                "-e",
                "echo",
                name);
        Poll.until("it listens", () -> host.ok("exec", name, "netstat", "-ltn").contains(":80 "));
        return id;
    }

    private static String address(String name) {
        return host.ok("container", "inspect", "-f", "{{.NetworkSettings.IPAddress}}", name);
    }

    /** What the host hears there. */
    private static String onHost(String address, int port) {
        return sh("timeout 3 busybox nc " + address + " " + port + " </dev/null 2>/dev/null || echo nothing");
    }

    private static String pid(String name) {
        return host.ok("container", "inspect", "-f", "{{.State.Pid}}", name);
    }

    /** Nothing that belongs to a container is there. */
    private static void assertNothingIsLeft() {
        assertEquals(List.of(), leases());
        assertEquals("", sh("iptables-save | grep -e --dport -e koker- || true"));
        // The kernel takes a moment to remove a namespace.
        Poll.until("no cable is left", () -> sh("ip -o link show type veth").isEmpty());
    }

    private static List<String> leases() {
        var names = host.root().resolve("networks/default/leases").toFile().list();
        return names == null ? List.of() : List.of(names);
    }

    /** Stops koker at some of each kind of calls by which it connects a container, to a network that is new, and kills it there. */
    @ParameterizedTest
    @ValueSource(strings = {"sendto", "recvfrom", "setns", "symlinkat", "rename", "clone3", "unlinkat"})
    void killedWhileItConnects(String call) throws IOException {
        var count = count(call);
        assertTrue(count > 0);
        for (var nth = 1; nth <= count; nth += Math.max(1, count / 6)) {
            host.quiet("network", "rm", "default");
            var ended = strace("/dev/null", "-e", "trace=" + call, "--inject=" + call + ":signal=KILL:when=" + nth);
            assertTrue(Set.of(137, 0, 125).contains(ended.status()), () -> ended.status() + ended.errors());
            var what = call + " " + nth;
            Poll.until("all is removed after " + what, () -> {
                host.quiet("ps").succeeded();
                return host.root().resolve("containers").toFile().list().length == 0;
            });
            assertNothingIsLeft();
            host.ok("run", "--rm", "-p", "8080:80", "busybox", "true");
        }
    }

    /** What was made on the host before is to be taken away there, not where a call has failed. */
    @ParameterizedTest
    @CsvSource({"setns, iptables", "socket, iptables", "bind, iptables", "setns, nftables", "socket, nftables"})
    void whatFailsInTheNetworkOfAContainerIsUndoneOnTheHost(String call, String firewall) {
        var inside = 0;
        for (var nth = 1; nth <= 5; nth++) {
            var fault = call + "#" + nth + "=EPERM";
            var ended = host.quiet(
                    "run", "--firewall", firewall, "--fail", fault, "--rm", "-p", "8080:80", "busybox", "true");
            inside += ended.errors().contains(": Open netlink inside") ? 1 : 0;
            assertNothingIsLeft();
            assertEquals("", sh("nft list ruleset 2>/dev/null | grep 8080 || true"), fault);
        }
        assertEquals(1, inside);
        host.ok("network", "rm", "default");
    }

    private static int count(String call) throws IOException {
        host.quiet("network", "rm", "default");
        var trace = host.work().resolve("count");
        strace(trace.toString(), "-e", "trace=" + call);
        return Files.readAllLines(trace).stream()
                .filter(line -> line.contains(" " + call + "("))
                .collect(Collectors.groupingBy(line -> line.split(" ")[0], Collectors.counting()))
                .values()
                .stream()
                .mapToInt(Long::intValue)
                .max()
                .orElse(0);
    }

    private static Command.Ended strace(String output, String... options) {
        return host.command(
                        "strace",
                        "-f",
                        "-o",
                        output,
                        List.of(options),
                        host.runWords(),
                        "--rm",
                        "-p",
                        "8080:80",
                        "busybox",
                        "true")
                .run();
    }

    @Test
    void whoIsAtABridgeThatIsRemovedIsPluggedInAgain() {
        serve("web", "-p", "8080:80");
        serve("db");
        sh("ip link del koker0");
        assertEquals("nothing", onHost(address("web"), 80));
        host.ok("run", "--rm", "busybox", "true");
        assertEquals("web", onHost(address("web"), 80));
        assertEquals("web", onHost("127.0.0.1", 8080));
        assertEquals("web", host.ok("exec", "db", "sh", "-c", "nc " + address("web") + " 80 </dev/null"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip link set koker0 down",
                "ip addr flush dev koker0",
                "ip link del koker0; ip link add koker0 type bridge"
            })
    void aBridgeIsMended(String script) {
        serve("web");
        sh(script);
        host.ok("run", "--rm", "busybox", "true");
        assertEquals("web", onHost(address("web"), 80));
    }

    @Test
    void aCableThatIsRemovedIsLaidAgain() {
        var id = serve("web");
        var remove = "ip link del veth" + id.substring(0, 9);
        sh(remove);
        host.ok("restart", "-t", "0", "web");
        Poll.until("it answers", () -> onHost(address("web"), 80).equals("web"));
        sh(remove);
        assertEquals(id, host.ok("network", "reload", "web"));
        assertEquals("web", onHost(address("web"), 80), "without a restart");
        sh(remove + "; ip link del koker0");
        host.ok("run", "--rm", "busybox", "true");
        assertEquals("web", onHost(address("web"), 80), "with the bridge");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "iptables -w -t nat -F; iptables -w -F",
                "iptables -w -t nat -F; iptables -w -t nat -X; iptables -w -F; iptables -w -X; iptables -w -t raw -F"
            })
    void rulesThatAreFlushedAreMadeAgain(String script) {
        serve("web", "-p", "8080:80");
        var rules = sh("iptables-save | grep KOKER | sort");
        sh(script);
        assertEquals("nothing", onHost("127.0.0.1", 8080));
        host.ok("run", "--rm", "busybox", "true");
        assertEquals("web", onHost("127.0.0.1", 8080));
        assertEquals(rules, sh("iptables-save | grep KOKER | sort"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables"})
    void aRuleOfAPortIsMadeAgainByReload(String firewall) {
        var id = serve("web", "-p", "8080:80", "--firewall", firewall);
        sh(firewall.equals("iptables") ? "iptables -w -t nat -F KOKER-PORTS" : "nft flush chain inet koker ports");
        assertEquals("nothing", onHost("127.0.0.1", 8080));
        assertEquals(id, host.ok("network", "reload", "web"));
        assertEquals("web", onHost("127.0.0.1", 8080));
        assertEquals(id, host.ok("network", "reload", id), "there is nothing to do");
        host.ok("rm", "-f", id);
        host.ok("network", "rm", "default"); // and with it the rules, of which the next test expects the other kind
    }

    @Test
    void whoIsAtABridgeThatIsMadeAgainByReloadOrConnectIsPluggedInAgain() {
        serve("web");
        serve("other");
        sh("ip link del koker0");
        host.ok("network", "reload", "other");
        assertEquals("web", onHost(address("web"), 80));
        host.ok("network", "create", "lab");
        serve("third", "--network", "lab");
        sh("ip link del koker0");
        host.ok("network", "connect", "default", "third");
        assertEquals("web", onHost(address("web"), 80));
        host.ok("rm", "-f", "third");
        host.ok("network", "rm", "lab");
    }

    @Test
    void whatDoesNotRunIsNotReloaded() {
        host.ok("create", "--name", "web", "busybox", "true");
        var ended = host.quiet("network", "reload", "web", "nobody");
        assertEquals(1, ended.status());
        assertTrue(
                ended.errors().contains("is created; start it first")
                        && ended.errors().contains("nobody"),
                ended.errors());
    }

    @Test
    void rulesThatAreFlushedAreMadeAgainByAContainerWithPorts() {
        serve("web", "-p", "8080:80");
        sh("iptables -w -t nat -F");
        serve("other", "-p", "8081:80");
        assertEquals("web", onHost("127.0.0.1", 8080));
        assertEquals("other", onHost("127.0.0.1", 8081));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "ip link del koker0",
                "ip link del LINK",
                "iptables -w -t nat -F KOKER-PORTS",
                "iptables -w -t nat -F; iptables -w -t nat -X",
                "rm -f ROOT/networks/default/leases/*"
            })
    void whatIsRemovedLeavesNothing(String script) {
        var id = serve("web", "-p", "8080:80");
        sh(script.replace("LINK", "veth" + id.substring(0, 9))
                .replace("ROOT", host.root().toString()));
        host.ok("rm", "-f", "web");
        assertNothingIsLeft();
    }

    @Test
    void afterAReboot() {
        serve("web", "-p", "8080:80", "--restart", "always");
        serve("ended");
        host.command("kill", "-9", keeper("web"), keeper("ended"), pid("web"), pid("ended"))
                .run()
                .succeeded();
        Poll.until("all are dead", () -> host.remainingProcesses().isEmpty());
        host.forgetRun();
        sh("ip link del koker0; iptables -w -t nat -F; iptables -w -t nat -X; iptables -w -F; iptables -w -X;"
                + " iptables -w -t raw -F");
        host.ok("start", "--boot");
        Poll.until("it answers", () -> onHost("127.0.0.1", 8080).equals("web"));
        assertEquals(List.of(address("web")), leases());
        host.ok("rm", "-f", "web", "ended");
        assertNothingIsLeft();
    }

    private static String keeper(String name) {
        return host.ok("container", "inspect", "-f", "{{.State.SupervisorPid}}", name);
    }

    @Test
    void aNamespaceThatSomebodyKeepsIsNotInTheWay() {
        serve("web");
        var stays =
                host.command("nsenter", "-t", pid("web"), "-n", "sleep", "1000").start();
        Poll.until("it is there", () -> sh("readlink /proc/" + stays.pid() + "/ns/net")
                .equals(sh("readlink /proc/" + pid("web") + "/ns/net")));
        try {
            host.ok("restart", "-t", "0", "web");
            Poll.until("it answers", () -> onHost(address("web"), 80).equals("web"));
        } finally {
            stays.process().destroyForcibly();
        }
    }

    @Test
    void theDefaultNetworkGivesWayToARoute() {
        sh(
                "ip link add other type veth peer name far; ip link set other up; ip link set far up; ip route add 10.44.1.0/24 dev other");
        var ended = host.koker("run", "--rm", "busybox", "ip", "-4", "-o", "addr", "show", "dev", "eth0")
                .run();
        assertTrue(ended.errors().contains("overlaps with 10.44.1.0/24"), ended.errors());
        assertTrue(ended.out().contains("inet 10.44.4.2/22"), ended.out());
        assertEquals("", sh("iptables-save | grep -F 10.44.0.0 || true"), "no rule of the old one is left");
        host.ok("network", "rm", "default");
    }

    @Test
    void aNetworkInUseDoesNotMove() {
        var id = serve("web");
        sh(
                "ip link add other type veth peer name far; ip link set other up; ip link set far up; ip route add 10.44.1.0/24 dev other");
        var ended = host.quiet("run", "--rm", "busybox", "true");
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
        assertTrue(
                ended.errors().contains("10.44.0.0/22 of network default overlaps with 10.44.1.0/24"), ended.errors());
        assertEquals("web", onHost(address("web"), 80), id);
    }

    @Test
    void aRouteToMoreThanTheNetworkIsNoObstacleToWhoUsesIt() {
        serve("web");
        sh(
                "ip link add other type veth peer name far; ip link set other up; ip link set far up; ip route add 10.0.0.0/8 dev other");
        var ended = host.koker("run", "--rm", "busybox", "true").run();
        assertEquals(0, ended.status());
        assertTrue(ended.errors().contains("WRN What is there cannot be reached from containers"), ended.errors());
        sh("ip route del 10.0.0.0/8; ip route add 0.0.0.0/1 dev other");
        assertEquals(
                "",
                host.koker("run", "--rm", "busybox", "true")
                        .run()
                        .errors()
                        .lines()
                        .filter(line -> line.contains("WRN"))
                        .collect(Collectors.joining()));
    }

    @Test
    void aNetworkThatTheUserHasMadeDoesNotMove() {
        host.ok("network", "create", "--subnet", "172.30.8.0/24", "shop");
        try {
            sh(
                    "ip link add other type veth peer name far; ip link set other up; ip link set far up; ip route add 172.30.8.0/25 dev other");
            var ended = host.quiet("run", "--rm", "--network", "shop", "busybox", "true");
            assertEquals(125, ended.status());
            assertTrue(ended.errors().contains("koker network rm shop"), ended.errors());
        } finally {
            host.ok("network", "rm", "shop");
        }
    }
}
