package koker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import koker.network.FirewallRule.Presence;
import koker.network.NamespaceState.Link;
import koker.network.NamespaceState.Route;
import koker.network.NetworkState.Member;
import org.junit.jupiter.api.Test;

/** How a network is drawn. */
class PictureTest {
    private static final Network NETWORK =
            new Network("default", "koker0", "10.44.0.0/22", "10.44.0.1", null, false, 1500, 0, Map.of(), null, null);
    private static final Link BRIDGE =
            new Link(3, "koker0", true, 1500, "02:42:0a:2c:00:01", 0, 0, List.of("10.44.0.1/22"));
    private static final Route NEAR = new Route("10.44.0.0/22", "", "koker0");
    private static final Link NEAR_END = new Link(5, "veth1f9a02b3c", true, 1500, "6a:00:00:00:00:01", 3, 2, List.of());
    private static final Link FAR_END =
            new Link(2, "eth0", true, 1500, "02:42:0a:2c:00:02", 0, 5, List.of("10.44.0.2/22"));
    private static final List<Route> INSIDE =
            List.of(new Route("default", "10.44.0.1", "eth0"), new Route("10.44.0.0/22", "", "eth0"));
    private static final Link WORLD =
            new Link(2, "world", true, 1450, "6a:00:00:00:00:02", 0, 0, List.of("203.0.113.1/24"));
    private static final Route OUT = new Route("default", "203.0.113.2", "world");

    private static NetworkState state(
            List<Link> host, List<Route> routes, List<Member> members, FirewallRule... rules) {
        return new NetworkState(
                NETWORK, new NamespaceState("net:[4026531840]", host, routes), true, members, List.of(rules));
    }

    private static Member web(List<Link> links, List<Route> routes) {
        var lo = new Link(1, "lo", true, 65536, "00:00:00:00:00:00", 0, 0, List.of());
        var all = new ArrayList<>(List.of(lo));
        all.addAll(links);
        return new Member(
                "web",
                "1f9a02b3c4d5",
                "10.44.0.2",
                4711,
                Optional.of(new Endpoint(
                        "default",
                        "koker0",
                        "veth1f9a02b3c",
                        "eth0",
                        "10.44.0.2",
                        22,
                        "10.44.0.1",
                        "02:42:0a:2c:00:02",
                        null,
                        0,
                        null)),
                Map.of("eth0", "default"),
                Optional.of(new NamespaceState("net:[4026532444]", all, routes)));
    }

    /** The drawing where one thing is not as it should be. */
    private static String with(UnaryOperator<Link> near, UnaryOperator<Link> far) {
        return Picture.of(state(
                List.of(BRIDGE, near.apply(NEAR_END)),
                List.of(NEAR),
                List.of(web(List.of(far.apply(FAR_END)), INSIDE))));
    }

    private static Link off(Link link) {
        return new Link(
                link.index(), link.name(), false, link.mtu(), link.mac(), link.master(), link.peer(), link.addresses());
    }

    private static void assertNothingIsWrong(String picture) {
        for (var word : List.of("MISSING", "UNKNOWN", "DOWN", "NOT", "NO BRIDGE", "OFF", " X ")) {
            assertFalse(picture.contains(word), picture);
        }
    }

    @Test
    void aNetworkAsItShouldBe() {
        var rule = new FirewallRule(
                "nat",
                "-A KOKER-PORTS -p tcp -m tcp --dport 8080 -m comment --comment koker-1f9a02b3c4d5 -j DNAT"
                        + " --to-destination 10.44.0.2:80",
                "0.0.0.0:8080/tcp",
                Presence.THERE);
        var picture = Picture.of(state(
                List.of(WORLD, BRIDGE, NEAR_END), List.of(OUT, NEAR), List.of(web(List.of(FAR_END), INSIDE)), rule));
        assertEquals("""
                network default  10.44.0.0/22  mtu 1500

                +-- host --------------------------+
                | net:[4026531840]                 |
                | ip_forward on                    |
                |                                  |
                | world  up  mtu 1450              |
                |   203.0.113.1/24                 |
                |   default via 203.0.113.2        |
                |                                  |
                | koker0  up  mtu 1500             |
                |   10.44.0.1/22                   |
                |   02:42:0a:2c:00:01              |
                |   |                              |
                |   |                              |    +-- web -------------------------------+
                |   |                              |    | 1f9a02b3c4d5, pid 4711               |
                |   |                              |    | net:[4026532444]                     |
                |   +-- veth1f9a02b3c  up =========|====|== eth0  up  mtu 1500                 |
                |                                  |    |     10.44.0.2/22                     |
                |                                  |    |     02:42:0a:2c:00:02                |
                |                                  |    |     default via 10.44.0.1            |
                |                                  |    +--------------------------------------+
                +----------------------------------+

                rules, table nat
                  -A KOKER-PORTS -p tcp -m tcp --dport 8080 -m comment --comment
                      koker-1f9a02b3c4d5 -j DNAT --to-destination 10.44.0.2:80
                """, picture);
        assertNothingIsWrong(picture);
    }

    @Test
    void noLineIsLongerThanTheScreen() {
        var name = "a-name-that-is-quite-as-long-as-a-name-of-a-container-may-be-at-all";
        var member = new Member(name, "1f9a02b3c4d5", "10.44.0.2", 0, Optional.empty(), Map.of(), Optional.empty());
        var route = new Route(
                "fd00:1111:2222:3333:4444:5555:6666:7777/128", "fd00:1111:2222:3333:4444:5555:6666:8888", "eth0");
        var picture = Picture.of(
                state(List.of(BRIDGE), List.of(NEAR), List.of(member, web(List.of(FAR_END), List.of(route)))));
        picture.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        picture.chars().forEach(c -> assertTrue(c == '\n' || c >= ' ' && c < 127));
    }

    @Test
    void whatIsOffIsSeen() {
        assertTrue(with(PictureTest::off, far -> far).contains("+-- veth1f9a02b3c  DOWN ==="));
        assertTrue(with(near -> near, PictureTest::off).contains("== eth0  DOWN"));
    }

    @Test
    void anEndThatIsMissingIsSeen() {
        var picture = Picture.of(state(List.of(BRIDGE), List.of(NEAR), List.of(web(List.of(), INSIDE))));
        assertTrue(picture.matches("(?s).*veth1f9a02b3c  MISSING .* X .* eth0  MISSING.*"), picture);
    }

    @Test
    void aCableThatEndsElsewhereIsSeen() {
        var picture = with(near -> new Link(5, near.name(), true, 1500, near.mac(), 3, 9, List.of()), far -> far);
        assertTrue(picture.matches("(?s).*veth1f9a02b3c  up  *\\| X  \\| *eth0  up.*"), picture);
    }

    @Test
    void aCableThatIsNotPluggedInIsSeen() {
        var picture = with(near -> new Link(5, near.name(), true, 1500, near.mac(), 0, 2, List.of()), far -> far);
        assertTrue(picture.contains("  X   veth1f9a02b3c  up ="), picture);
        assertTrue(picture.contains("AT NO BRIDGE"), picture);
    }

    @Test
    void anAddressThatIsAnotherIsSeen() {
        var picture =
                with(near -> near, far -> new Link(2, "eth0", true, 1500, far.mac(), 0, 5, List.of("10.44.0.99/22")));
        assertTrue(picture.contains("10.44.0.2/22  MISSING"), picture);
        assertTrue(picture.contains("10.44.0.99/22  UNKNOWN"), picture);
    }

    @Test
    void aRouteThatIsMissingIsSeen() {
        var picture =
                Picture.of(state(List.of(BRIDGE, NEAR_END), List.of(), List.of(web(List.of(FAR_END), List.of()))));
        assertEquals(
                2,
                picture.lines()
                        .filter(line -> line.contains("route to 10.44.0.0/22  MISSING"))
                        .count(),
                picture);
        assertTrue(picture.contains("default route  MISSING"), picture);
    }

    @Test
    void aBridgeThatIsMissingIsSeen() {
        var web = web(List.of(FAR_END), INSIDE);
        assertTrue(Picture.of(state(List.of(NEAR_END), List.of(), List.of(web))).contains("koker0  MISSING"));
        assertFalse(Picture.of(state(List.of(), List.of(), List.of())).contains("MISSING"), "it was never there");
    }

    @Test
    void whatIsThereAndNotKokersIsSeen() {
        var tap = new Link(9, "tap0", true, 1500, "6a:00:00:00:00:09", 3, 0, List.of());
        var overlap = new Route("10.44.1.0/24", "", "world");
        var picture = Picture.of(state(
                List.of(WORLD, BRIDGE, NEAR_END, tap),
                List.of(OUT, NEAR, overlap),
                List.of(web(List.of(FAR_END), INSIDE)),
                new FirewallRule("filter", "-A FORWARD -i koker0 -j DROP", "", Presence.UNKNOWN)));
        assertTrue(picture.contains("tap0  up  UNKNOWN"), picture);
        assertTrue(picture.matches("(?s).*10\\.44\\.1\\.0/24 by world  UNKNOWN.*"), picture);
        assertTrue(picture.contains("UNKNOWN: -A FORWARD -i koker0 -j DROP"), picture);
    }

    @Test
    void aWayToEverywhereIsNotInTheWay() {
        var half = new Route("0.0.0.0/1", "203.0.113.2", "world");
        assertNothingIsWrong(Picture.of(
                state(List.of(WORLD, BRIDGE, NEAR_END), List.of(NEAR, half), List.of(web(List.of(FAR_END), INSIDE)))));
    }

    @Test
    void aRuleThatIsMissingIsSeen() {
        var picture = Picture.of(state(
                List.of(BRIDGE, NEAR_END),
                List.of(NEAR),
                List.of(web(List.of(FAR_END), INSIDE)),
                new FirewallRule("nat", "-A KOKER-PORTS and so on", "0.0.0.0:8080/tcp", Presence.MISSING)));
        assertTrue(picture.contains("rule for 0.0.0.0:8080/tcp MISSING"), picture);
    }
}
