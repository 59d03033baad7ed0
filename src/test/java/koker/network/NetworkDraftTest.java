package koker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import org.junit.jupiter.api.Test;

/** What is chosen for a network, beside what a host has already. */
class NetworkDraftTest {
    private static final List<Netlink.Link> LINKS =
            List.of(new Netlink.Link(1, "lo", true, 65536), new Netlink.Link(2, "ens3", true, 1450));

    private static List<Netlink.Route> routes(String... destinations) {
        return Stream.of(destinations)
                .map(text -> new Netlink.Route(Subnet.parse(text), 2))
                .toList();
    }

    private static NetworkDraft draft(String subnet, String gateway, String range) {
        return new NetworkDraft(
                "web",
                Optional.ofNullable(subnet).map(Subnet::parse),
                Optional.ofNullable(gateway).map(Ipv4::parse),
                Optional.ofNullable(range).map(Subnet::parse),
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Map.of());
    }

    private static String refusal(NetworkDraft draft, List<Netlink.Route> routes) {
        return assertThrows(NetworkException.class, () -> draft.network(LINKS, routes, List.of(), List.of()))
                .getMessage();
    }

    @Test
    void theFirstNetworkIsKoker0() {
        var network = NetworkDraft.ofDefault().network(LINKS, routes("192.168.1.0/24"), List.of(), List.of());
        assertEquals("koker0", network.bridge());
        assertEquals("10.44.0.0/22", network.subnet());
        assertEquals("10.44.0.1", network.gateway());
    }

    @Test
    void aSubnetThatOverlapsWithARouteIsPassedOver() {
        assertEquals(
                "10.44.8.0/22",
                NetworkDraft.ofDefault()
                        .network(LINKS, routes("10.44.1.0/24", "10.44.4.5/32"), List.of(), List.of())
                        .subnet());
        assertEquals(
                "172.16.0.0/22",
                NetworkDraft.ofDefault()
                        .network(LINKS, routes("10.0.0.0/8"), List.of(), List.of())
                        .subnet());
    }

    @Test
    void theRouteToEverywhereIsNoObstacle() {
        assertEquals(
                "10.44.0.0/22",
                NetworkDraft.ofDefault()
                        .network(LINKS, routes("0.0.0.0/0"), List.of(), List.of())
                        .subnet());
    }

    @Test
    void twoHalvesOfEverywhereAreNoObstacle() {
        assertEquals(
                "10.44.0.0/22",
                NetworkDraft.ofDefault()
                        .network(LINKS, routes("0.0.0.0/1", "128.0.0.0/1"), List.of(), List.of())
                        .subnet());
    }

    @Test
    void whatAUserHasChosenIsNotChangedByItself() {
        assertTrue(NetworkDraft.isChosen(NetworkDraft.ofDefault().network(LINKS, List.of(), List.of(), List.of())));
        assertFalse(NetworkDraft.isChosen(draft(null, null, null).network(LINKS, List.of(), List.of(), List.of())));
        var mine = new NetworkDraft(
                Network.DEFAULT,
                Optional.of(Subnet.parse("172.30.0.0/24")),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Map.of());
        assertFalse(NetworkDraft.isChosen(mine.network(LINKS, List.of(), List.of(), List.of())));
    }

    @Test
    void packetsAreNoLargerThanTheLinkToTheWorldTakes() {
        assertEquals(
                1450,
                NetworkDraft.ofDefault()
                        .network(LINKS, routes("0.0.0.0/0"), List.of(), List.of())
                        .mtu());
        assertEquals(
                1500,
                NetworkDraft.ofDefault()
                        .network(LINKS, routes("10.1.0.0/16"), List.of(), List.of())
                        .mtu());
    }

    @Test
    void networksThatAreKnownButNotThereKeepTheirSubnetsAndBridges() {
        var first = draft(null, null, null).network(LINKS, List.of(), List.of(), List.of());
        var second = draft(null, null, null).network(LINKS, List.of(), List.of(), List.of(first));
        assertEquals("koker1", first.bridge());
        assertEquals("koker2", second.bridge());
        assertEquals("10.44.4.0/22", second.subnet());
    }

    @Test
    void aBridgeIsNotCalledAsALinkThatIsThere() {
        var links = List.of(new Netlink.Link(5, "koker0", true, 1500));
        assertEquals(
                "koker1",
                NetworkDraft.ofDefault()
                        .network(links, List.of(), List.of(), List.of())
                        .bridge());
    }

    @Test
    void whatTheUserSaysHolds() {
        var network = draft("172.30.0.0/24", "172.30.0.254", "172.30.0.128/25")
                .network(LINKS, List.of(), List.of(), List.of());
        assertEquals("172.30.0.0/24", network.subnet());
        assertEquals("172.30.0.254", network.gateway());
        assertEquals("172.30.0.128/25", network.given().toString());
    }

    @Test
    void whatCannotBeIsRefused() {
        assertTrue(refusal(draft("192.168.0.0/16", null, null), routes("192.168.7.0/24"))
                .contains("192.168.7.0/24"));
        assertTrue(
                refusal(draft("192.168.0.0/30", "192.168.0.3", null), List.of()).contains("gateway 192.168.0.3"));
        assertTrue(refusal(draft("192.168.0.0/24", null, "192.168.1.0/25"), List.of())
                .contains("range"));
        assertTrue(refusal(draft("192.168.0.0/31", null, null), List.of()).contains("no room"));
    }

    @Test
    void aHostWithRoutesEverywhereSaysSo() {
        var everywhere = routes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16");
        assertTrue(refusal(draft(null, null, null), everywhere).contains("--subnet"));
    }

    private static NetworkDraft six(String subnet, String gateway) {
        return new NetworkDraft(
                "web",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                Optional.ofNullable(subnet).map(Subnet6::parse),
                Optional.ofNullable(gateway).map(Ipv6::parse),
                false,
                Optional.empty(),
                Map.of());
    }

    @Test
    void aSubnetOfIpv6IsDrawnByLot() {
        var network = six(null, null).network(LINKS, List.of(), List.of(), List.of());
        assertTrue(network.subnet6().matches("fd[0-9a-f:]*::/64"), network.subnet6());
        assertEquals(network.addresses6().base().plus(1), network.gatewayAddress6());
        var other = six(null, null).network(LINKS, List.of(), List.of(), List.of());
        assertFalse(network.addresses6().overlaps(other.addresses6()));
        assertFalse(draft(null, null, null)
                .network(LINKS, List.of(), List.of(), List.of())
                .hasIpv6());
    }

    @Test
    void aSubnetOfIpv6OverlapsWithNothing() {
        var draft = six("fd00:1::/64", "fd00:1::ff");
        var network = draft.network(LINKS, List.of(), List.of(Subnet6.parse("::/0")), List.of());
        assertEquals("fd00:1::ff", network.gateway6());
        for (var refused : List.of(
                draft, six("fd00:2::/64", "fd00:1::1"), six("fd00:2::/64", "fd00:2::"), six("fd00:2::/126", null))) {
            assertThrows(
                    NetworkException.class,
                    () -> refused.network(LINKS, List.of(), List.of(Subnet6.parse("fd00:1::/48")), List.of()));
        }
        assertThrows(NetworkException.class, () -> draft.network(LINKS, List.of(), List.of(), List.of(network)));
    }
}
