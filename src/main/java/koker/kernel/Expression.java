package koker.kernel;

import static koker.kernel.NftablesConstant.*;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * A part of a rule of nf_tables: an instruction of a small machine that looks at a packet. It has registers; what is compared in vain ends the
 * rule; register 0 takes the verdict. They read as {@code nft --debug=netlink} has them, but for values, which are bytes in their order.
 */
public sealed interface Expression {
    /** The name by which the kernel knows the kind. */
    String kind();

    /** How it reads. */
    String show();

    /** Its attributes. */
    List<NetlinkAttribute> data();

    /** What comes with the packet, {@code key}, such as the name of the link by which it came, goes to a register. */
    record Meta(NftablesConstant key, int register) implements Expression {
        /** The name of what is loaded: {@code iifname}. */
        public String name() {
            return last(key);
        }

        @Override
        public String kind() {
            return "meta";
        }

        @Override
        public String show() {
            return "meta load " + name() + " => reg " + register;
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(NetlinkAttribute.big(NFTA_META_KEY, key), NetlinkAttribute.big(NFTA_META_DREG, register));
        }
    }

    /** Bytes of the packet go to a register: {@code length} of them, {@code offset} behind the beginning of the header {@code base}. */
    record Payload(NftablesConstant base, int offset, int length, int register) implements Expression {
        @Override
        public String kind() {
            return "payload";
        }

        @Override
        public String show() {
            return "payload load " + length + "b @ " + (base == NFT_PAYLOAD_NETWORK_HEADER ? "network" : "transport")
                    + " header + " + offset + " => reg " + register;
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(
                    NetlinkAttribute.big(NFTA_PAYLOAD_DREG, register),
                    NetlinkAttribute.big(NFTA_PAYLOAD_BASE, base),
                    NetlinkAttribute.big(NFTA_PAYLOAD_OFFSET, offset),
                    NetlinkAttribute.big(NFTA_PAYLOAD_LEN, length));
        }
    }

    /** What is known of the connection to which the packet belongs, {@code key}, goes to a register. */
    record Connection(NftablesConstant key, int register) implements Expression {
        /** The name of what is loaded: {@code state}. */
        public String name() {
            return last(key);
        }

        @Override
        public String kind() {
            return "ct";
        }

        @Override
        public String show() {
            return "ct load " + name() + " => reg " + register;
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(NetlinkAttribute.big(NFTA_CT_KEY, key), NetlinkAttribute.big(NFTA_CT_DREG, register));
        }
    }

    /** What kind of address the destination is, to those who route, goes to a register. */
    record DestinationType(int register) implements Expression {
        @Override
        public String kind() {
            return "fib";
        }

        @Override
        public String show() {
            return "fib daddr type => reg " + register;
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(
                    NetlinkAttribute.big(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR),
                    NetlinkAttribute.big(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE),
                    NetlinkAttribute.big(NFTA_FIB_DREG, register));
        }
    }

    /** Of a register only the bits of {@code mask} stay. */
    record Mask(int register, byte[] mask) implements Expression {
        @Override
        public String kind() {
            return "bitwise";
        }

        @Override
        public String show() {
            return "bitwise reg " + register + " = ( reg " + register + " & " + hex(mask) + " ) ^ "
                    + hex(new byte[mask.length]);
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(
                    NetlinkAttribute.big(NFTA_BITWISE_SREG, register),
                    NetlinkAttribute.big(NFTA_BITWISE_DREG, register),
                    NetlinkAttribute.big(NFTA_BITWISE_LEN, mask.length),
                    value(NFTA_BITWISE_MASK, mask),
                    value(NFTA_BITWISE_XOR, new byte[mask.length]));
        }
    }

    /** The rule goes on only if a register begins with {@code value}, or only if it does not. */
    record Compare(boolean equal, int register, byte[] value) implements Expression {
        @Override
        public String kind() {
            return "cmp";
        }

        @Override
        public String show() {
            return "cmp " + (equal ? "eq" : "neq") + " reg " + register + " " + hex(value);
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(
                    NetlinkAttribute.big(NFTA_CMP_SREG, register),
                    NetlinkAttribute.big(NFTA_CMP_OP, equal ? NFT_CMP_EQ : NFT_CMP_NEQ),
                    Expression.value(NFTA_CMP_DATA, value));
        }
    }

    /** A value goes to a register. */
    record Immediate(int register, byte[] value) implements Expression {
        @Override
        public String kind() {
            return "immediate";
        }

        @Override
        public String show() {
            return "immediate reg " + register + " " + hex(value);
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(
                    NetlinkAttribute.big(NFTA_IMMEDIATE_DREG, register), Expression.value(NFTA_IMMEDIATE_DATA, value));
        }
    }

    /** What becomes of the packet: NF_ACCEPT, NF_DROP, or NFT_JUMP to {@code chain}, and back if that does not decide. */
    record Verdict(NftablesConstant code, String chain) implements Expression {
        /** The name of the verdict: {@code accept}. */
        public String name() {
            return last(code);
        }

        @Override
        public String kind() {
            return "immediate";
        }

        @Override
        public String show() {
            return "immediate reg 0 " + name() + (chain.isEmpty() ? "" : " -> " + chain);
        }

        @Override
        public List<NetlinkAttribute> data() {
            var number = NetlinkAttribute.big(NFTA_VERDICT_CODE, code);
            var verdict = chain.isEmpty()
                    ? NetlinkAttribute.nested(NFTA_DATA_VERDICT, number)
                    : NetlinkAttribute.nested(
                            NFTA_DATA_VERDICT, number, NetlinkAttribute.text(NFTA_VERDICT_CHAIN, chain));
            return List.of(
                    NetlinkAttribute.big(NFTA_IMMEDIATE_DREG, 0),
                    NetlinkAttribute.nested(NFTA_IMMEDIATE_DATA, verdict));
        }
    }

    /**
     * The packet, and all of its connection, gets another destination: the address, of IPv4 or IPv6 as {@code family} says, and the port that
     * are in two registers.
     */
    record TranslateDestination(NftablesConstant family, int address, int port) implements Expression {
        @Override
        public String kind() {
            return "nat";
        }

        @Override
        public String show() {
            return "nat dnat " + (family == NFPROTO_IPV6 ? "ip6" : "ip") + " addr_min reg " + address
                    + " proto_min reg " + port;
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of(
                    NetlinkAttribute.big(NFTA_NAT_TYPE, NFT_NAT_DNAT),
                    NetlinkAttribute.big(NFTA_NAT_FAMILY, family),
                    NetlinkAttribute.big(NFTA_NAT_REG_ADDR_MIN, address),
                    NetlinkAttribute.big(NFTA_NAT_REG_PROTO_MIN, port));
        }
    }

    /** The packet, and all of its connection, gets the address of the link as its source by which it leaves. */
    record Masquerade() implements Expression {
        @Override
        public String kind() {
            return "masq";
        }

        @Override
        public String show() {
            return "masq";
        }

        @Override
        public List<NetlinkAttribute> data() {
            return List.of();
        }
    }

    /** One that koker does not make. */
    record Other(String kind) implements Expression {
        @Override
        public String show() {
            return kind + " …";
        }

        @Override
        public List<NetlinkAttribute> data() {
            throw new IllegalStateException("only the kernel knows what is in " + show());
        }
    }

    /** The one that an element of a rule's expressions is, as the kernel lists it. */
    static Expression decode(byte[] element) {
        var parts = new Parts(NetlinkSocket.attributes(element));
        var kind = parts.text(NFTA_EXPR_NAME);
        var expression = decode(kind, parts.parts(NFTA_EXPR_DATA));
        return expression == null ? new Other(kind) : expression;
    }

    /** The expression with those parts; null if it is not one that koker makes. */
    private static Expression decode(String kind, Parts data) {
        return switch (kind) {
            case "meta" -> {
                var key =
                        data.one(NFTA_META_KEY, NFT_META_IIFNAME, NFT_META_OIFNAME, NFT_META_L4PROTO, NFT_META_NFPROTO);
                yield key == null || !data.has(NFTA_META_DREG) ? null : new Meta(key, data.number(NFTA_META_DREG));
            }
            case "payload" -> {
                var base = data.one(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER);
                yield base == null || !data.has(NFTA_PAYLOAD_DREG)
                        ? null
                        : new Payload(
                                base,
                                data.number(NFTA_PAYLOAD_OFFSET),
                                data.number(NFTA_PAYLOAD_LEN),
                                data.number(NFTA_PAYLOAD_DREG));
            }
            case "ct" -> {
                var key = data.one(NFTA_CT_KEY, NFT_CT_STATE, NFT_CT_STATUS);
                yield key == null || !data.has(NFTA_CT_DREG) ? null : new Connection(key, data.number(NFTA_CT_DREG));
            }
            case "fib" ->
                data.one(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE) == null
                                || data.one(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR) == null
                        ? null
                        : new DestinationType(data.number(NFTA_FIB_DREG));
            case "bitwise" -> {
                var mask = data.value(NFTA_BITWISE_MASK);
                var xor = data.value(NFTA_BITWISE_XOR);
                yield mask == null || xor == null || !Arrays.equals(xor, new byte[mask.length])
                        ? null
                        : new Mask(data.number(NFTA_BITWISE_SREG), mask);
            }
            case "cmp" -> {
                var operation = data.one(NFTA_CMP_OP, NFT_CMP_EQ, NFT_CMP_NEQ);
                var value = data.value(NFTA_CMP_DATA);
                yield operation == null || value == null
                        ? null
                        : new Compare(operation == NFT_CMP_EQ, data.number(NFTA_CMP_SREG), value);
            }
            case "immediate" -> {
                var value = data.value(NFTA_IMMEDIATE_DATA);
                yield value == null
                        ? verdict(data.parts(NFTA_IMMEDIATE_DATA).parts(NFTA_DATA_VERDICT))
                        : new Immediate(data.number(NFTA_IMMEDIATE_DREG), value);
            }
            case "nat" -> {
                var family = data.one(NFTA_NAT_FAMILY, NFPROTO_IPV4, NFPROTO_IPV6);
                yield family == null
                                || data.one(NFTA_NAT_TYPE, NFT_NAT_DNAT) == null
                                || !data.has(NFTA_NAT_REG_ADDR_MIN)
                                || !data.has(NFTA_NAT_REG_PROTO_MIN)
                        ? null
                        : new TranslateDestination(
                                family, data.number(NFTA_NAT_REG_ADDR_MIN), data.number(NFTA_NAT_REG_PROTO_MIN));
            }
            case "masq" -> new Masquerade();
            default -> null;
        };
    }

    private static Expression verdict(Parts verdict) {
        var code = verdict.one(NFTA_VERDICT_CODE, NF_ACCEPT, NF_DROP, NFT_JUMP);
        return code == null ? null : new Verdict(code, verdict.text(NFTA_VERDICT_CHAIN));
    }

    /** The attributes of which something consists. */
    record Parts(List<NetlinkSocket.Attribute> attributes) {
        /** The value of an attribute; null if there is none. */
        private byte[] find(NftablesConstant type) {
            for (var attribute : attributes) {
                if (attribute.type() == type.value()) {
                    return attribute.value();
                }
            }
            return null;
        }

        private boolean has(NftablesConstant type) {
            return find(type) != null;
        }

        private int number(NftablesConstant type) {
            return has(type) ? ByteBuffer.wrap(find(type)).getInt() : 0;
        }

        private String text(NftablesConstant type) {
            return has(type) ? NetlinkSocket.text(find(type)) : "";
        }

        private Parts parts(NftablesConstant type) {
            return new Parts(has(type) ? NetlinkSocket.attributes(find(type)) : List.of());
        }

        /** The bytes of a value; null if there is none. */
        private byte[] value(NftablesConstant type) {
            return parts(type).find(NFTA_DATA_VALUE);
        }

        /** Which one of {@code possible} an attribute is; null if none. */
        private NftablesConstant one(NftablesConstant type, NftablesConstant... possible) {
            for (var constant : possible) {
                if (has(type) && constant.value() == number(type)) {
                    return constant;
                }
            }
            return null;
        }
    }

    private static NetlinkAttribute value(NftablesConstant type, byte[] bytes) {
        return NetlinkAttribute.nested(type, new NetlinkAttribute(NFTA_DATA_VALUE, bytes, hex(bytes)));
    }

    /** The last word of a constant's name. */
    private static String last(NftablesConstant constant) {
        return constant.name().substring(constant.name().lastIndexOf('_') + 1).toLowerCase(Locale.ROOT);
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}
