package koker.kernel;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An attribute of a netlink message: a type and a value, which may consist of attributes itself (netlink(7), struct nlattr).
 *
 * @param value the bytes of the value
 * @param shown the value as it reads in a trace
 */
record NetlinkAttribute(NetlinkConstant type, byte[] value, String shown) {
    private static final int HEADER = 4;

    /** A string, ended by a zero byte. */
    static NetlinkAttribute text(NetlinkConstant type, String text) {
        return new NetlinkAttribute(type, Argument.bytes(text), Argument.quote(text));
    }

    /** A number of 32 bits. */
    static NetlinkAttribute number(NetlinkConstant type, int number) {
        return new NetlinkAttribute(type, Layout.of().int32(number).bytes(), Integer.toString(number));
    }

    /** A number of 8 bits. */
    static NetlinkAttribute octet(NetlinkConstant type, int number) {
        return new NetlinkAttribute(type, new byte[] {(byte) number}, Integer.toString(number));
    }

    static NetlinkAttribute hardware(NetlinkConstant type, HardwareAddress address) {
        return new NetlinkAttribute(type, address.bytes(), address.toString());
    }

    static NetlinkAttribute address(NetlinkConstant type, IpAddress address) {
        var call = address instanceof Ipv6 ? "inet_pton(AF_INET6, " : "inet_addr(";
        return new NetlinkAttribute(type, address.bytes(), call + Argument.quote(address.toString()) + ")");
    }

    /** Attributes in an attribute. */
    static NetlinkAttribute nested(NetlinkConstant type, NetlinkAttribute... attributes) {
        return nested(type, NetlinkBody.none(), attributes);
    }

    /** Attributes behind a fixed part, in an attribute. */
    static NetlinkAttribute nested(NetlinkConstant type, NetlinkBody body, NetlinkAttribute... attributes) {
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
                .map(attribute -> "[{nla_type=" + attribute.type + "}, " + attribute.shown + "]")
                .collect(Collectors.joining(", "));
        return attributes.size() == 1 ? shown : "[" + shown + "]";
    }
}
