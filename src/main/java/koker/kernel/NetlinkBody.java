package koker.kernel;

/**
 * The fixed part of a netlink message, which says what kind of thing it is about, and which one.
 *
 * @param shown the part as it reads in a trace
 */
record NetlinkBody(byte[] bytes, String shown) {
    private static final int AF_UNSPEC = 0;
    private static final int AF_INET = 2;
    private static final int IFF_UP = 1;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTPROT_BOOT = 3;
    private static final int RTN_UNICAST = 1;

    static NetlinkBody none() {
        return new NetlinkBody(new byte[0], "");
    }

    /** A link that other attributes name; {@code up} switches it on. Struct ifinfomsg, rtnetlink(7). */
    static NetlinkBody link(boolean up) {
        var flags = up ? IFF_UP : 0;
        return new NetlinkBody(
                Layout.of().int32(AF_UNSPEC).int32(0).int32(flags).int32(flags).bytes(),
                up ? "{ifi_family=AF_UNSPEC, ifi_flags=IFF_UP}" : "{ifi_family=AF_UNSPEC}");
    }

    /** An address of the link number {@code index}, whose first {@code prefix} bits are those of its network. Struct ifaddrmsg. */
    static NetlinkBody address(int index, int prefix) {
        return new NetlinkBody(
                Layout.of().int16(AF_INET | prefix << 8).int16(0).int32(index).bytes(),
                "{ifa_family=AF_INET, ifa_prefixlen=" + prefix + "}");
    }

    /** A route to everywhere, of the main table. Struct rtmsg. */
    static NetlinkBody route() {
        return new NetlinkBody(
                Layout.of()
                        .int32(AF_INET)
                        .int32(RT_TABLE_MAIN | RTPROT_BOOT << 8 | RTN_UNICAST << 24)
                        .int32(0)
                        .bytes(),
                "{rtm_family=AF_INET, rtm_dst_len=0, rtm_table=RT_TABLE_MAIN, rtm_protocol=RTPROT_BOOT,"
                        + " rtm_scope=RT_SCOPE_UNIVERSE, rtm_type=RTN_UNICAST}");
    }

    /** Routes of IPv4, whichever. */
    static NetlinkBody anyRoute() {
        return new NetlinkBody(Layout.of().int32(AF_INET).zeros(8).bytes(), "{rtm_family=AF_INET}");
    }
}
