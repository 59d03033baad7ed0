package koker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import koker.network.FirewallRule.Presence;
import org.junit.jupiter.api.Test;

/** Which rules concern a network, and which are missing. */
class RuleInspectionTest {
    private static final Network NETWORK =
            new Network("default", "koker0", "10.44.0.0/22", "10.44.0.1", null, false, 1500, 0, Map.of(), null, null);
    private static final FirewallRule JUMP = rule("filter", "-A FORWARD -j KOKER-FORWARD", Presence.THERE);

    private static FirewallRule rule(String table, String line, Presence presence) {
        return new FirewallRule(table, line, "", presence);
    }

    private static List<FirewallRule> compare(String table, String... lines) {
        return new RuleInspection(NETWORK, List.of(JUMP)).compare(Map.of(table, List.of(lines)));
    }

    @Test
    void whatIsWantedIsThereOrMissing() {
        assertEquals(List.of(JUMP), compare("filter", ":FORWARD DROP [0:0]", JUMP.line()));
        assertEquals(List.of(JUMP.as(Presence.MISSING)), compare("nat"));
        assertEquals(List.of(JUMP.as(Presence.MISSING)), compare("nat", JUMP.line()), "it is in another table");
    }

    @Test
    void whatIsAskedBeforeKokersChainIsShown() {
        var before = "-A FORWARD -j DROP";
        assertEquals(
                List.of(rule("filter", before, Presence.UNKNOWN), JUMP),
                compare("filter", before, JUMP.line(), "-A FORWARD -j OTHER"));
    }

    @Test
    void whatNamesTheNetworkIsShown() {
        for (var line : List.of(
                "-A POSTROUTING -s 10.44.0.0/22 -j ACCEPT",
                "-A OTHER -d 10.44.3.7/32 -j DROP",
                "-A OTHER -j DNAT --to-destination 10.44.0.9:80",
                "-A INPUT -i koker0 -j DROP",
                "-A KOKER-NAT -j RETURN")) {
            assertEquals(
                    rule("nat", line, Presence.UNKNOWN), compare("nat", line).getLast(), line);
        }
    }

    @Test
    void whatIsForOthersIsLeftOut() {
        for (var line : List.of(
                "-A POSTROUTING -s 10.44.4.0/22 -j ACCEPT",
                "-A KOKER-NAT -s 10.44.4.0/22 ! -o koker1 -j MASQUERADE",
                "-A KOKER-FORWARD -i koker01 -j DROP",
                "-A KOKER-PORTS -p tcp -m tcp --dport 80 -m comment --comment koker-1f9a02b3c4d5 -j DNAT"
                        + " --to-destination 10.44.4.2:80",
                "-A POSTROUTING -j OTHER")) {
            assertEquals(1, compare("nat", line).size(), line);
        }
    }
}
