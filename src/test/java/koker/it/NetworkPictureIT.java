package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The picture of a network shows what the kernel has, whatever koker remembers. */
class NetworkPictureIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> WRONG = List.of("MISSING", "UNKNOWN", "DOWN", "NOT ", "NO BRIDGE", "OFF", " X ");

    @AfterEach
    void mend() {
        host.removeContainers();
        sh(
                "iptables -w -D FORWARD -i koker0 -j DROP 2>/dev/null;"
                        + " iptables -w -D KOKER-FORWARD -d 10.44.0.2 -j DROP 2>/dev/null; ip link del other 2>/dev/null; true");
        host.ok("run", "--rm", "busybox", "true");
    }

    private static String sh(String script) {
        return host.command("sh", "-c", script).run().succeeded().out().strip();
    }

    private static String picture() {
        return host.ok("network", "inspect", "--picture", "default");
    }

    private static String start(String name, Object... options) {
        return host.ok("run", "-d", "--name", name, Command.words(options), "busybox", "sleep", "1000");
    }

    @Test
    void aNetworkAsItShouldBe() {
        var id = start("web", "-p", "8080:80");
        start("db");
        var picture = picture();
        WRONG.forEach(word -> assertFalse(picture.contains(word), picture));
        for (var part : List.of(
                "| koker0  up  mtu 1500 ",
                "10.44.0.1/22",
                "+-- web -----",
                id + ", pid " + host.ok("container", "inspect", "-f", "{{.State.Pid}}", "web"),
                "10.44.0.2/22",
                "02:42:0a:2c:00:02",
                "default via 10.44.0.1",
                "+-- db ----",
                "10.44.0.3/22",
                "koker-" + id + " -j DNAT --to-destination 10.44.0.2:80",
                sh("readlink /proc/self/ns/net"))) {
            assertTrue(picture.contains(part), () -> part + "\n" + picture);
        }
        assertTrue(picture.matches("(?s).*\\+-- veth[0-9a-f]{9}  up =+\\|====\\|== eth0  up  mtu 1500 .*"), picture);
        picture.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertEquals(picture, picture(), "it is the same as long as nothing changes");
    }

    /** {@code LINK} is the host's end of the container's cable, {@code INSIDE} does something in its namespace. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ip link set LINK down                                       | LINK  DOWN
            INSIDE ip link set eth0 down                                | eth0  DOWN
            ip link set LINK nomaster                                   | X   LINK  up
            ip link del LINK                                            | LINK  MISSING
            ip link del koker0                                          | koker0  MISSING
            ip link set koker0 down                                     | koker0  DOWN
            ip addr del 10.44.0.1/22 dev koker0                         | 10.44.0.1/22  MISSING
            INSIDE ip route del default                                 | default route  MISSING
            INSIDE ip addr add 10.44.0.99/22 dev eth0                   | 10.44.0.99/22  UNKNOWN
            INSIDE ip addr del 10.44.0.2/22 dev eth0                    | 10.44.0.2/22  MISSING
            INSIDE ip link set eth0 address 02:42:00:00:00:09           | 02:42:00:00:00:09 NOT
            iptables -w -t nat -D KOKER-PORTS 1                         | rule for 0.0.0.0:8080/tcp MISSING
            iptables -w -t nat -D KOKER-NAT -s 10.44.0.0/22 ! -o koker0 -j MASQUERADE | rule MISSING: -A KOKER-NAT
            iptables -w -t raw -F PREROUTING                            | rule MISSING: -A PREROUTING -d 127.0.0.0/8
            iptables -w -I FORWARD -i koker0 -j DROP                    | UNKNOWN: -A FORWARD -i koker0 -j DROP
            iptables -w -I KOKER-FORWARD -d 10.44.0.2 -j DROP           | UNKNOWN: -A KOKER-FORWARD -d 10.44.0.2/32 -j DROP
            echo 0 >/proc/sys/net/ipv4/ip_forward                       | ip_forward OFF
            ip link add other type veth peer name far; ip link set other master koker0 | +-- other  DOWN  UNKNOWN
            ip link add other type veth peer name far; ip link set other up; ip link set far up; ip route add 10.44.0.0/24 dev other | 10.44.0.0/24 by other  UNKNOWN
            """)
    void whatIsBrokenIsSeen(String script, String seen) {
        var id = start("web", "-p", "8080:80");
        var link = "veth" + id.substring(0, 9);
        var pid = host.ok("container", "inspect", "-f", "{{.State.Pid}}", "web");
        sh(script.replace("LINK", link).replace("INSIDE", "nsenter -t " + pid + " -n"));
        var picture = picture();
        assertTrue(picture.contains(seen.replace("LINK", link)), picture);
    }

    @Test
    void aNetworkThatNobodyHasUsedLacksNothing() {
        host.ok("network", "create", "fresh");
        var picture = host.ok("network", "inspect", "--picture", "fresh");
        assertFalse(picture.contains("MISSING"), picture);
        host.ok("network", "rm", "fresh");
    }

    @Test
    void aPictureIsNoJson() {
        assertEquals(
                "koker: --picture and --format exclude each other; see: koker network inspect --help\n",
                host.quiet("network", "inspect", "--picture", "--format", "json", "default")
                        .errors());
    }
}
