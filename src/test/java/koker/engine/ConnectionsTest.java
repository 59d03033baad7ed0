package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import koker.network.Endpoint;
import koker.network.Network;
import koker.network.PortRule;
import org.junit.jupiter.api.Test;

/** How a container in several networks is connected. */
class ConnectionsTest {
    private static Endpoint endpoint(String network, int number, String address) {
        return new Endpoint(
                network,
                "koker1",
                "veth" + number,
                "eth" + number,
                address,
                24,
                "10.1.0.1",
                "02:42:00:00:00:01",
                null,
                0,
                null);
    }

    private static Network network(String name, boolean internal) {
        return new Network(name, "koker1", "10.1.0.0/24", "10.1.0.1", null, internal, 1500, 0, Map.of(), null, null);
    }

    @Test
    void aFurtherLinkHasTheFirstNumberThatIsFree() {
        var none = new Connections(List.of(), List.of(), "iptables");
        assertEquals(0, none.freeNumber());
        var some = none.and(endpoint("c", 2, "10.3.0.2")).and(endpoint("a", 0, "10.1.0.2"));
        assertEquals(1, some.freeNumber());
        assertEquals(3, some.and(endpoint("b", 1, "10.2.0.2")).freeNumber());
        assertEquals(0, some.without("a").freeNumber());
    }

    @Test
    void portsMoveWithTheirNumbers() {
        var first = endpoint("a", 0, "10.1.0.2");
        var second = endpoint("b", 1, "10.2.0.2");
        var rule = new PortRule("tcp", "", 32768, first.address(), 80);
        var connections = new Connections(List.of(first, second), List.of(rule), "iptables");
        assertTrue(connections.leadsTo(first));
        assertFalse(connections.leadsTo(second));
        assertEquals(List.of(new PortRule("tcp", "", 32768, "10.2.0.2", 80)), connections.portsTo(second));
    }

    @Test
    void theFirstNetworkThatLeadsOutLeads() {
        assertEquals(
                1, ContainerNetwork.leading(List.of(network("a", true), network("b", false), network("c", false))));
        assertEquals(0, ContainerNetwork.leading(List.of(network("a", true), network("b", true))));
    }
}
