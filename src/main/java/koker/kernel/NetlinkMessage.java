package koker.kernel;

import static koker.kernel.NetlinkConstant.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A message to a part of the kernel, netlink(7). Those made here are about links, addresses and routes: rtnetlink(7). */
public final class NetlinkMessage {
    private static final int HEADER = 16;

    private final Flag type;
    private final int number;
    private final List<NetlinkConstant> flags;
    private final NetlinkBody body;
    private final List<NetlinkAttribute> attributes;

    private NetlinkMessage(
            NetlinkConstant type, List<NetlinkConstant> flags, NetlinkBody body, NetlinkAttribute... attributes) {
        this(type, (int) type.value(), flags, body, List.of(attributes));
    }

    /**
     * A message of any kind.
     *
     * @param number what stands for the type in the message
     */
    NetlinkMessage(
            Flag type, int number, List<NetlinkConstant> flags, NetlinkBody body, List<NetlinkAttribute> attributes) {
        this.type = type;
        this.number = number;
        this.flags = flags;
        this.body = body;
        this.attributes = attributes;
    }

    /** A bridge, which is still off. With an address of its own it keeps that, whichever links join it. */
    public static NetlinkMessage makeBridge(String name, HardwareAddress hardware, String alias) {
        return make(
                NetlinkBody.link(false),
                NetlinkAttribute.text(IFLA_IFNAME, name),
                NetlinkAttribute.hardware(IFLA_ADDRESS, hardware),
                NetlinkAttribute.text(IFLA_IFALIAS, alias),
                NetlinkAttribute.nested(IFLA_LINKINFO, NetlinkAttribute.text(IFLA_INFO_KIND, "bridge")));
    }

    /**
     * Two links with a cable between them: {@code name} here, switched on, at the bridge with the number {@code bridge}, and
     * {@code peer} in the network namespace of the process {@code pid}. See veth(4).
     *
     * @param mtu bytes that a packet can have at most
     */
    public static NetlinkMessage makeVeth(
            String name, int bridge, String peer, int pid, HardwareAddress hardware, int mtu) {
        var far = NetlinkAttribute.nested(
                VETH_INFO_PEER,
                NetlinkBody.link(false),
                NetlinkAttribute.text(IFLA_IFNAME, peer),
                NetlinkAttribute.hardware(IFLA_ADDRESS, hardware),
                NetlinkAttribute.number(IFLA_MTU, mtu),
                NetlinkAttribute.number(IFLA_NET_NS_PID, pid));
        return make(
                NetlinkBody.link(true),
                NetlinkAttribute.text(IFLA_IFNAME, name),
                NetlinkAttribute.number(IFLA_MTU, mtu),
                NetlinkAttribute.number(IFLA_MASTER, bridge),
                NetlinkAttribute.nested(
                        IFLA_LINKINFO,
                        NetlinkAttribute.text(IFLA_INFO_KIND, "veth"),
                        NetlinkAttribute.nested(IFLA_INFO_DATA, far)));
    }

    /** What comes to the bridge by the link {@code name} may leave it there, too. */
    public static NetlinkMessage setHairpin(String name) {
        return new NetlinkMessage(
                RTM_NEWLINK,
                List.of(NLM_F_REQUEST, NLM_F_ACK),
                NetlinkBody.link(false),
                NetlinkAttribute.text(IFLA_IFNAME, name),
                NetlinkAttribute.nested(
                        IFLA_LINKINFO,
                        NetlinkAttribute.text(IFLA_INFO_SLAVE_KIND, "bridge"),
                        NetlinkAttribute.nested(IFLA_INFO_SLAVE_DATA, NetlinkAttribute.octet(IFLA_BRPORT_MODE, 1))));
    }

    /** Connects the link {@code name} to the bridge with the number {@code bridge}, and switches it on. */
    public static NetlinkMessage plugIn(String name, int bridge) {
        return new NetlinkMessage(
                RTM_NEWLINK,
                List.of(NLM_F_REQUEST, NLM_F_ACK),
                NetlinkBody.link(true),
                NetlinkAttribute.text(IFLA_IFNAME, name),
                NetlinkAttribute.number(IFLA_MASTER, bridge));
    }

    public static NetlinkMessage switchOn(String name) {
        return new NetlinkMessage(
                RTM_NEWLINK,
                List.of(NLM_F_REQUEST, NLM_F_ACK),
                NetlinkBody.link(true),
                NetlinkAttribute.text(IFLA_IFNAME, name));
    }

    public static NetlinkMessage findLink(String name) {
        return new NetlinkMessage(
                RTM_GETLINK, List.of(NLM_F_REQUEST), NetlinkBody.link(false), NetlinkAttribute.text(IFLA_IFNAME, name));
    }

    public static NetlinkMessage removeLink(String name) {
        return new NetlinkMessage(
                RTM_DELLINK,
                List.of(NLM_F_REQUEST, NLM_F_ACK),
                NetlinkBody.link(false),
                NetlinkAttribute.text(IFLA_IFNAME, name));
    }

    /** An address of IPv4 for the link number {@code index}. */
    public static NetlinkMessage addAddress(int index, Ipv4 address, int prefix, Ipv4 broadcast) {
        return make(
                        NetlinkBody.address(index, prefix),
                        NetlinkAttribute.address(IFA_LOCAL, address),
                        NetlinkAttribute.address(IFA_ADDRESS, address),
                        NetlinkAttribute.address(IFA_BROADCAST, broadcast))
                .of(RTM_NEWADDR);
    }

    /** An address of IPv6 for the link number {@code index}. */
    public static NetlinkMessage addAddress(int index, Ipv6 address, int prefix) {
        return make(NetlinkBody.address6(index, prefix), NetlinkAttribute.address(IFA_ADDRESS, address))
                .of(RTM_NEWADDR);
    }

    /** All that is not near goes by way of {@code gateway}. */
    public static NetlinkMessage addDefaultRoute(IpAddress gateway) {
        return make(NetlinkBody.route(gateway), NetlinkAttribute.address(RTA_GATEWAY, gateway))
                .of(RTM_NEWROUTE);
    }

    /** Every route of IPv4, or of IPv6, of whatever table. */
    public static NetlinkMessage listRoutes(boolean six) {
        return new NetlinkMessage(RTM_GETROUTE, List.of(NLM_F_REQUEST, NLM_F_DUMP), NetlinkBody.anyRoute(six));
    }

    /** Every route, whatever its family and its table. */
    public static NetlinkMessage listAllRoutes() {
        return new NetlinkMessage(RTM_GETROUTE, List.of(NLM_F_REQUEST, NLM_F_DUMP), NetlinkBody.routeOfAnyFamily());
    }

    /** Every address, whatever its family. */
    public static NetlinkMessage listAddresses() {
        return new NetlinkMessage(RTM_GETADDR, List.of(NLM_F_REQUEST, NLM_F_DUMP), NetlinkBody.anyAddress());
    }

    /** Every link. */
    public static NetlinkMessage listLinks() {
        return new NetlinkMessage(RTM_GETLINK, List.of(NLM_F_REQUEST, NLM_F_DUMP), NetlinkBody.link(false));
    }

    /** The type of the message, such as RTM_NEWLINK. */
    public Flag type() {
        return type;
    }

    /** The same, which the kernel is to answer even if it does as it is told. */
    public NetlinkMessage answered() {
        var more = new ArrayList<>(flags);
        more.add(NLM_F_ACK);
        return new NetlinkMessage(type, number, more, body, attributes);
    }

    /** Whether it has that flag. */
    public boolean has(NetlinkConstant flag) {
        return flags.contains(flag);
    }

    /** The value of its attribute of that type. */
    public Optional<byte[]> attribute(Flag of) {
        for (var attribute : attributes) {
            if (attribute.type() == of) {
                return Optional.of(attribute.value());
            }
        }
        return Optional.empty();
    }

    /** The attributes, as they read in a trace. */
    public String shown() {
        return NetlinkAttribute.show(attributes);
    }

    /**
     * The bytes of the message, and how they read in a trace.
     *
     * @param sequence by which the answer refers to it
     */
    Argument.Struct encode(int sequence) {
        var content = Layout.of().raw(body.bytes());
        attributes.forEach(attribute -> attribute.write(content));
        var bytes = content.bytes();
        var message = Layout.of()
                .int32(HEADER + bytes.length)
                .int16(number)
                .int16((int) Flag.bits(flags))
                .int32(sequence)
                .int32(0)
                .raw(bytes);
        var head = "{nlmsg_type=" + type.name() + ", nlmsg_flags=" + new Argument.Flags(flags).show(_ -> 0) + "}";
        var tail = attributes.isEmpty() ? "" : ", " + NetlinkAttribute.show(attributes);
        return new Argument.Struct(message.bytes(), "[" + head + ", " + body.shown() + tail + "]");
    }

    private static NetlinkMessage make(NetlinkBody body, NetlinkAttribute... attributes) {
        return new NetlinkMessage(
                RTM_NEWLINK, List.of(NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE), body, attributes);
    }

    private NetlinkMessage of(NetlinkConstant other) {
        return new NetlinkMessage(other, flags, body, attributes.toArray(NetlinkAttribute[]::new));
    }
}
