package koker.it;

import static koker.it.NetworkLab.HOST;
import static koker.it.NetworkLab.WORLD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import koker.network.Links;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Containers on the default network reach the world and are reached, as the firewall's rules say. What has to do with these is tested for each
 * kind of firewall by a class of its own; here, as iptables shows it.
 */
abstract class FirewallIT {
    @RegisterExtension
    @Order(1)
    static final Host host = new Host();

    @RegisterExtension
    @Order(2)
    static final NetworkLab lab = new NetworkLab(host);

    /** koker's rules, as the firewall's own program shows them. */
    String rules() {
        return lab.sh("iptables-save 2>/dev/null | grep KOKER | sort");
    }

    /** What there is of koker's, in that kind of firewall. */
    String left() {
        return lab.sh("iptables-save 2>/dev/null | grep -i koker || true");
    }

    /** The ports of the host that lead to containers. */
    List<String> published() {
        return lab.sh("iptables-save 2>/dev/null | grep -o -- '--dport [0-9]*' || true")
                .lines()
                .toList();
    }

    /** Removes some of koker's rules. */
    void removeRules() {
        lab.sh("iptables -w -t nat -D POSTROUTING -j KOKER-NAT; iptables -w -t nat -F KOKER-NAT;"
                + " iptables -w -D KOKER-FORWARD 2; iptables -w -t raw -F");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void aContainerReachesTheWorldByTheHostsAddress(String how) {
        assertEquals(HOST, lab.inNew(how, WORLD, 7000));
    }

    @Test
    void theWorldDoesNotReachAPortThatIsNotPublished() throws IOException {
        lab.serve("quiet");
        var address = lab.address("quiet");
        lab.shInWorld("ip route add " + address + " via " + HOST);
        assertEquals("quiet", lab.onHost("tcp", address, 80), "the host itself does");
        assertEquals("none", lab.inWorld("tcp", address, 80));
        lab.shInWorld("ip route del " + address);
    }

    @Test
    void aPublishedPortAnswersFromEverywhere() throws IOException {
        lab.serve("web", "-p", "8080:80", "-p", "8080:81/udp");
        lab.serve("neighbour");
        for (var how : List.of("tcp", "udp")) {
            assertEquals("web", lab.inWorld(how, HOST, 8080), "the world");
            assertEquals("web", lab.onHost(how, HOST, 8080), "the host's own address");
            assertEquals("web", lab.onHost(how, "127.0.0.1", 8080), "loopback");
            assertEquals("web", lab.inside("neighbour", how, HOST, 8080), "a neighbour");
            assertEquals("web", lab.inside("web", how, HOST, 8080), "itself");
            assertEquals(
                    "web", lab.inside("neighbour", how, lab.address("web"), how.equals("tcp") ? 80 : 81), "directly");
        }
    }

    @Test
    void aPortOfOneAddressAnswersOnlyThere() {
        lab.serve("local", "-p", "127.0.0.1:8080:80");
        assertEquals("local", lab.onHost("tcp", "127.0.0.1", 8080));
        assertEquals("none", lab.inWorld("tcp", HOST, 8080));
    }

    @Test
    void aContainerDoesNotReachWhatListensOnTheHostsLoopback() {
        lab.serve("spy", "-p", "8080:80");
        try (var _ = lab.listener("127.0.0.1", 9091)) {
            assertEquals("heard", lab.onHost("tcp", "127.0.0.1", 9091));
            // Loopback is sent out of the container like any other address.
            lab.sh("nsenter --net=/proc/$("
                    + String.join(" ", host.kokerWords("-q", "container", "inspect", "-f", "'{{.State.Pid}}'", "spy"))
                    + ")/ns/net sh -c 'ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.0/8 via 10.44.0.1;"
                    + " echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet'");
            assertEquals("none", lab.inside("spy", "tcp", "127.0.0.1", 9091));
        }
    }

    @Test
    void networkingWorksWhereForwardingIsForbidden() {
        lab.sh("iptables -w -P FORWARD DROP");
        try {
            lab.serve("web", "-p", "8080:80");
            assertEquals("web", lab.inWorld("tcp", HOST, 8080));
            assertEquals(HOST, lab.inside("web", "tcp", WORLD, 7000));
        } finally {
            lab.sh("iptables -w -P FORWARD ACCEPT");
        }
    }

    @Test
    void twentyAtOnceHaveTwentyAddresses() {
        var starts = IntStream.range(0, 20)
                .mapToObj(i -> host.koker("-q", "run", "-d", "--name", "n" + i, "-p", "80", "busybox", "sleep", "1000")
                        .within(Duration.ofSeconds(120))
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
    void whatIsDeletedByHandIsMadeAgain() throws IOException {
        host.run("--rm", "busybox", "true").run().succeeded();
        var bridge = lab.sh("sed -n 's/.*\"bridge\": \"\\(.*\\)\".*/\\1/p' "
                + host.root().resolve("networks/default/network.json"));
        var rules = rules();
        lab.sh("ip link del " + bridge);
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
        lab.sh(
                "iptables -w -A FORWARD -s 198.51.100.1/32 -j DROP; iptables -w -t nat -N OTHER; iptables -w -t nat -A POSTROUTING -j OTHER");
        try {
            lab.serve("web", "-p", "8080:80");
            host.koker("rm", "-f", "web").run();
            assertTrue(lab.sh("iptables-save 2>/dev/null").contains("-A FORWARD -s 198.51.100.1/32 -j DROP"));
            assertTrue(lab.sh("iptables-save 2>/dev/null").contains("-A POSTROUTING -j OTHER"));
        } finally {
            lab.sh(
                    "iptables -w -D FORWARD -s 198.51.100.1/32 -j DROP; iptables -w -t nat -D POSTROUTING -j OTHER; iptables -w -t nat -X OTHER");
        }
    }

    @Test
    void eachStepOfTheConnectionCanFail() {
        var steps = new ArrayList<>(Links.steps(1));
        var seen = new HashMap<String, Integer>();
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
            LockSupport.parkNanos(after * 1_000_000L);
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
