package koker.kernel;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An attribute of a netlink message: a type and a value, which may consist of attributes itself (netlink(7), struct nlattr).
 *
 * @param value the bytes of the value
 * @param shown the value as it reads in a trace
 */
public record NetlinkAttribute(Flag type, byte[] value, String shown) {
    private static final int HEADER = 4;

    /** A string, ended by a zero byte. */
    static NetlinkAttribute text(Flag type, String text) {
        return new NetlinkAttribute(type, Argument.bytes(text), Argument.quote(text));
    }

    /** A number of 32 bits. */
    static NetlinkAttribute number(Flag type, int number) {
        return new NetlinkAttribute(type, Layout.of().int32(number).bytes(), Integer.toString(number));
    }

    /** A number of 8 bits. */
    static NetlinkAttribute octet(Flag type, int number) {
        return new NetlinkAttribute(type, new byte[] {(byte) number}, Integer.toString(number));
    }

    /** A number of 32 bits, the highest ones first, as netfilter has them. */
    static NetlinkAttribute big(Flag type, long number) {
        return new NetlinkAttribute(type, bigEndian(number, 4), "htonl(" + (int) number + ")");
    }

    /** A constant, in 32 bits, the highest ones first. */
    static NetlinkAttribute big(Flag type, Flag constant) {
        return big(type, constant.value());
    }

    /** A number of 64 bits, the highest ones first. */
    static NetlinkAttribute wide(Flag type, long number) {
        return new NetlinkAttribute(type, bigEndian(number, 8), "htobe64(" + number + ")");
    }

    private static byte[] bigEndian(long number, int size) {
        var bytes = new byte[size];
        for (var i = 0; i < size; i++) {
            bytes[i] = (byte) (number >> 8 * (size - 1 - i));
        }
        return bytes;
    }

    static NetlinkAttribute hardware(Flag type, HardwareAddress address) {
        return new NetlinkAttribute(type, address.bytes(), address.toString());
    }

    static NetlinkAttribute address(Flag type, IpAddress address) {
        var call = address instanceof Ipv6 ? "inet_pton(AF_INET6, " : "inet_addr(";
        return new NetlinkAttribute(type, address.bytes(), call + Argument.quote(address.toString()) + ")");
    }

    /** Attributes in an attribute. */
    static NetlinkAttribute nested(Flag type, NetlinkAttribute... attributes) {
        return nested(type, NetlinkBody.none(), attributes);
    }

    /** Attributes behind a fixed part, in an attribute. */
    static NetlinkAttribute nested(Flag type, NetlinkBody body, NetlinkAttribute... attributes) {
        var list = List.of(attributes);
        var layout = Layout.of().raw(body.bytes());
        list.forEach(attribute -> attribute.write(layout));
        var shown = show(list);
        return new NetlinkAttribute(
                type, layout.bytes(), body.shown().isEmpty() ? shown : "[" + body.shown() + ", " + shown + "]");
    }

    /** Appends the attribute, filled up to a multiple of 4 bytes. */
    void write(Layout layout) {
        layout.int16(HEADER + value.length).int16((int) type.value()).raw(value).zeros(-value.length & 3);
    }

    /** Attributes as they read in a trace: in brackets if they are several, as strace(1) has it. */
    static String show(List<NetlinkAttribute> attributes) {
        var shown = attributes.stream()
                .map(attribute -> "[{nla_type=" + attribute.type.name() + "}, " + attribute.shown + "]")
                .collect(Collectors.joining(", "));
        return attributes.size() == 1 ? shown : "[" + shown + "]";
    }
}
