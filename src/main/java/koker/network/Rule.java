package koker.network;

import static koker.kernel.NftablesConstant.*;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import koker.kernel.Expression;
import koker.kernel.IpAddress;
import koker.kernel.Ipv6;
import koker.kernel.NftablesConstant;
import koker.kernel.NftablesMessage;

/**
 * A rule of nf_tables, made of what is said of a packet one after the other, and at last what becomes of it: {@code
 * Rule.in("forward").from("koker0").drop()}.
 *
 * @param comment says whose it is; empty if nobody needs to know
 */
record Rule(String chain, List<Expression> expressions, String comment) {
    /** States of a connection, of which a packet is to have one: linux/netfilter/nf_conntrack_common.h. */
    static final int ESTABLISHED_OR_RELATED = 0x2 | 0x4;

    private static final int TRANSLATED = 0x20;
    private static final int LOCAL = 2;
    private static final int NAME_SIZE = 16;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;
    private static final int SOURCE6 = 8;
    private static final int DESTINATION6 = 24;
    private static final int DESTINATION_PORT = 2;

    /** A rule that says nothing yet. */
    static Rule in(String chain) {
        return new Rule(chain, List.of(), "");
    }

    /** The packet came by that link; by one whose name begins so, if a star ends it. */
    Rule from(String link) {
        return with(new Expression.Meta(NFT_META_IIFNAME, 1), new Expression.Compare(true, 1, name(link)));
    }

    /** The packet leaves by that link. */
    Rule to(String link) {
        return with(new Expression.Meta(NFT_META_OIFNAME, 1), new Expression.Compare(true, 1, name(link)));
    }

    /** The packet leaves by another link. */
    Rule notTo(String link) {
        return with(new Expression.Meta(NFT_META_OIFNAME, 1), new Expression.Compare(false, 1, name(link)));
    }

    /** The packet's source is one of those. */
    Rule source(Subnet subnet) {
        return version(NFPROTO_IPV4).address(SOURCE, subnet.base(), subnet.mask(), subnet.prefix());
    }

    /** The packet's source is one of those. */
    Rule source(Subnet6 subnet) {
        return version(NFPROTO_IPV6).address(SOURCE6, subnet.base(), subnet.mask(), subnet.prefix());
    }

    /** The packet's destination is one of those. */
    Rule destination(Subnet subnet) {
        return version(NFPROTO_IPV4).address(DESTINATION, subnet.base(), subnet.mask(), subnet.prefix());
    }

    /** The packet's destination is one of those. */
    Rule destination(Subnet6 subnet) {
        return version(NFPROTO_IPV6).address(DESTINATION6, subnet.base(), subnet.mask(), subnet.prefix());
    }

    /** The packet is of IPv4, or of IPv6: a table may have rules for both. */
    Rule version(NftablesConstant family) {
        return with(
                new Expression.Meta(NFT_META_NFPROTO, 1),
                new Expression.Compare(true, 1, new byte[] {(byte) family.value()}));
    }

    /** The packet's destination is an address of this host. */
    Rule local() {
        return with(new Expression.DestinationType(1), new Expression.Compare(true, 1, new byte[] {LOCAL, 0, 0, 0}));
    }

    /** The connection is in one of those states. */
    Rule state(int states) {
        return bits(NFT_CT_STATE, states);
    }

    /** The connection got another destination. */
    Rule translated() {
        return bits(NFT_CT_STATUS, TRANSLATED);
    }

    /** The packet goes to that port. */
    Rule port(String protocol, int port) {
        return with(
                new Expression.Meta(NFT_META_L4PROTO, 1),
                new Expression.Compare(true, 1, new byte[] {Protocol.number(protocol)}),
                new Expression.Payload(NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT, 2, 1),
                new Expression.Compare(true, 1, big(port)));
    }

    Rule accept() {
        return with(new Expression.Verdict(NF_ACCEPT, ""));
    }

    Rule drop() {
        return with(new Expression.Verdict(NF_DROP, ""));
    }

    /** Another chain decides, if it does. */
    Rule jump(String other) {
        return with(new Expression.Verdict(NFT_JUMP, other));
    }

    /** The packet gets the host's address as its source. */
    Rule masquerade() {
        return with(new Expression.Masquerade());
    }

    /** The packet gets another destination. */
    Rule translateTo(IpAddress address, int port) {
        return with(
                new Expression.Immediate(1, address.bytes()),
                new Expression.Immediate(2, big(port)),
                new Expression.TranslateDestination(address instanceof Ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4, 1, 2));
    }

    Rule comment(String text) {
        return new Rule(chain, expressions, text);
    }

    /** All of it in a line; of two rules that do the same for the same, it is the same. */
    String line() {
        return chain + " " + NftablesMessage.show(expressions) + " " + comment;
    }

    private Rule address(int offset, IpAddress base, IpAddress mask, int prefix) {
        var bytes = base.bytes();
        var load = with(new Expression.Payload(NFT_PAYLOAD_NETWORK_HEADER, offset, bytes.length, 1));
        var masked = prefix == bytes.length * Byte.SIZE ? load : load.with(new Expression.Mask(1, mask.bytes()));
        return masked.with(new Expression.Compare(true, 1, bytes));
    }

    private Rule bits(NftablesConstant key, int bits) {
        return with(
                new Expression.Connection(key, 1),
                new Expression.Mask(1, new byte[] {(byte) bits, 0, 0, 0}),
                new Expression.Compare(false, 1, new byte[4]));
    }

    private static byte[] name(String link) {
        return link.endsWith("*")
                ? link.substring(0, link.length() - 1).getBytes(StandardCharsets.US_ASCII)
                : Arrays.copyOf(link.getBytes(StandardCharsets.US_ASCII), NAME_SIZE);
    }

    private static byte[] big(int port) {
        return new byte[] {(byte) (port >> 8), (byte) port};
    }

    private Rule with(Expression... more) {
        var all = new ArrayList<>(expressions);
        all.addAll(List.of(more));
        return new Rule(chain, all, comment);
    }
}
