package koker.network;

import static koker.kernel.NftablesConstant.NFPROTO_IPV6;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules read as nft(8) writes them; what the kernel makes of them, and nft, is a matter of FirewallIT. */
class RuleTest {
    static List<Arguments> rules() {
        return List.of(
                Arguments.of(
                        "iifname \"koker*\" drop", Rule.in("c").from("koker*").drop()),
                Arguments.of(
                        "iifname \"koker0\" oifname != \"koker0\" accept",
                        Rule.in("c").from("koker0").notTo("koker0").accept()),
                Arguments.of(
                        "ip saddr 10.44.0.0/22 masquerade",
                        Rule.in("c").source(Subnet.parse("10.44.0.0/22")).masquerade()),
                Arguments.of(
                        "ip daddr 10.44.0.7 oifname \"koker12\" drop",
                        Rule.in("c")
                                .destination(Subnet.parse("10.44.0.7/32"))
                                .to("koker12")
                                .drop()),
                Arguments.of(
                        "fib daddr type local jump ports", Rule.in("c").local().jump("ports")),
                Arguments.of(
                        "ct state established,related accept",
                        Rule.in("c").state(Rule.ESTABLISHED_OR_RELATED).accept()),
                Arguments.of("ct status dnat accept", Rule.in("c").translated().accept()),
                Arguments.of(
                        "udp dport 53 dnat ip to 10.44.0.2:5353 comment \"koker-1\"",
                        Rule.in("c")
                                .port("udp", 53)
                                .translateTo(Ipv4.parse("10.44.0.2"), 5353)
                                .comment("koker-1")),
                Arguments.of(
                        "meta nfproto ipv6 tcp dport 80 dnat ip6 to [fd00:5::2]:8080",
                        Rule.in("c").version(NFPROTO_IPV6).port("tcp", 80).translateTo(Ipv6.parse("fd00:5::2"), 8080)),
                Arguments.of(
                        "ip6 saddr fd00:5::/64 oifname != \"koker0\" masquerade",
                        Rule.in("c")
                                .source(Subnet6.parse("fd00:5::/64"))
                                .notTo("koker0")
                                .masquerade()),
                Arguments.of(
                        "ip6 daddr ::1 accept",
                        Rule.in("c").destination(Subnet6.parse("::1/128")).accept()),
                Arguments.of(
                        "sctp dport 65535 dnat ip to 10.44.0.2:1",
                        Rule.in("c").port("sctp", 65535).translateTo(Ipv4.parse("10.44.0.2"), 1)));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void readsAsNftWritesIt(String text, Rule rule) {
        assertEquals(text, RuleText.of(rule));
    }
}
