package koker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import koker.kernel.Ipv4;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules read as nft(8) writes them; what the kernel makes of them, and nft, is a matter of NetworkIT. */
class RuleTest {
    static List<Arguments> rules() {
        var all = Map.of(
                "iifname \"koker*\" drop", Rule.in("c").from("koker*").drop(),
                "iifname \"koker0\" oifname != \"koker0\" accept",
                        Rule.in("c").from("koker0").notTo("koker0").accept(),
                "ip saddr 10.44.0.0/22 masquerade",
                        Rule.in("c").source(Subnet.parse("10.44.0.0/22")).masquerade(),
                "ip daddr 10.44.0.7 oifname \"koker12\" drop",
                        Rule.in("c")
                                .destination(Subnet.parse("10.44.0.7/32"))
                                .to("koker12")
                                .drop(),
                "fib daddr type local jump ports", Rule.in("c").local().jump("ports"),
                "ct state established,related accept",
                        Rule.in("c").state(Rule.ESTABLISHED_OR_RELATED).accept(),
                "ct status dnat accept", Rule.in("c").translated().accept(),
                "udp dport 53 dnat to 10.44.0.2:5353 comment \"koker-1\"",
                        Rule.in("c")
                                .port("udp", 53)
                                .translateTo(Ipv4.parse("10.44.0.2"), 5353)
                                .comment("koker-1"),
                "sctp dport 65535 dnat to 10.44.0.2:1",
                        Rule.in("c").port("sctp", 65535).translateTo(Ipv4.parse("10.44.0.2"), 1));
        return Stream.of(all)
                .flatMap(map -> map.entrySet().stream())
                .map(entry -> Arguments.of(entry.getKey(), entry.getValue()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void readsAsNftWritesIt(String text, Rule rule) {
        assertEquals(text, RuleText.of(rule));
    }
}
