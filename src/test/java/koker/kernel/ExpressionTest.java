package koker.kernel;

import static koker.kernel.NftablesConstant.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An expression comes back as it was sent, and one that koker does not make comes as another. */
class ExpressionTest {
    static List<Expression> expressions() {
        return List.of(
                new Expression.Meta(NFT_META_IIFNAME, 1),
                new Expression.Meta(NFT_META_L4PROTO, 2),
                new Expression.Meta(NFT_META_NFPROTO, 1),
                new Expression.Payload(NFT_PAYLOAD_NETWORK_HEADER, 12, 4, 1),
                new Expression.Payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, 1),
                new Expression.Connection(NFT_CT_STATE, 1),
                new Expression.Connection(NFT_CT_STATUS, 1),
                new Expression.DestinationType(1),
                new Expression.Mask(1, new byte[] {1, 2, 3, 4}),
                new Expression.Compare(true, 1, new byte[] {1}),
                new Expression.Compare(false, 1, new byte[16]),
                new Expression.Immediate(2, new byte[] {0, 80}),
                new Expression.Verdict(NF_ACCEPT, ""),
                new Expression.Verdict(NFT_JUMP, "ports"),
                new Expression.TranslateDestination(NFPROTO_IPV4, 1, 2),
                new Expression.TranslateDestination(NFPROTO_IPV6, 1, 2),
                new Expression.Masquerade());
    }

    @ParameterizedTest
    @MethodSource("expressions")
    void comesBack(Expression expression) {
        assertEquals(expression.show(), decoded(expression.kind(), expression.data()));
    }

    static List<Expression> altered() {
        return List.of(
                new Expression.Meta(NFT_PAYLOAD_NETWORK_HEADER, 1), // the packet's protocol
                new Expression.Connection(NFTA_RULE_EXPRESSIONS, 1), // its expiration
                new Expression.Verdict(NFT_MSG_DELTABLE, "")); // NF_STOLEN
    }

    @ParameterizedTest
    @MethodSource("altered")
    void isAnotherIfKokerDoesNotMakeIt(Expression expression) {
        assertEquals(expression.kind() + " …", decoded(expression.kind(), expression.data()));
    }

    private static String decoded(String kind, List<NetlinkAttribute> data) {
        var name = NetlinkAttribute.text(NFTA_EXPR_NAME, kind);
        var all = NetlinkAttribute.nested(NFTA_EXPR_DATA, data.toArray(NetlinkAttribute[]::new));
        return Expression.decode(
                        NetlinkAttribute.nested(NFTA_LIST_ELEM, name, all).value())
                .show();
    }
}
