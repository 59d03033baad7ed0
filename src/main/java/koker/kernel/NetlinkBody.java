package koker.kernel;

/**
 * The fixed part of a netlink message, which says what kind of thing it is about, and which one.
 *
 * @param shown the part as it reads in a trace
 */
record NetlinkBody(byte[] bytes, String shown) {
    private static final int AF_UNSPEC = 0;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IFA_F_NODAD = 2;
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

    /** The same of IPv6, which can be used at once: nobody is asked whether he has it already. */
    static NetlinkBody address6(int index, int prefix) {
        return new NetlinkBody(
                Layout.of()
                        .int16(AF_INET6 | prefix << 8)
                        .int16(IFA_F_NODAD)
                        .int32(index)
                        .bytes(),
                "{ifa_family=AF_INET6, ifa_prefixlen=" + prefix + ", ifa_flags=IFA_F_NODAD}");
    }

    /** A route to everywhere, of the main table, for addresses like {@code gateway}. Struct rtmsg. */
    static NetlinkBody route(IpAddress gateway) {
        return new NetlinkBody(
                Layout.of()
                        .int32(family(gateway))
                        .int32(RT_TABLE_MAIN | RTPROT_BOOT << 8 | RTN_UNICAST << 24)
                        .int32(0)
                        .bytes(),
                "{rtm_family=" + name(family(gateway))
                        + ", rtm_dst_len=0, rtm_table=RT_TABLE_MAIN, rtm_protocol=RTPROT_BOOT,"
                        + " rtm_scope=RT_SCOPE_UNIVERSE, rtm_type=RTN_UNICAST}");
    }

    /** Routes, whichever, of IPv4 or IPv6. */
    static NetlinkBody anyRoute(boolean six) {
        var family = six ? AF_INET6 : AF_INET;
        return new NetlinkBody(Layout.of().int32(family).zeros(8).bytes(), "{rtm_family=" + name(family) + "}");
    }

    private static int family(IpAddress address) {
        return address instanceof Ipv6 ? AF_INET6 : AF_INET;
    }

    private static String name(int family) {
        return family == AF_INET6 ? "AF_INET6" : "AF_INET";
    }

    /** Routes, whichever. */
    static NetlinkBody routeOfAnyFamily() {
        return new NetlinkBody(Layout.of().int32(AF_UNSPEC).zeros(8).bytes(), "{rtm_family=AF_UNSPEC}");
    }

    /** Addresses, whichever. */
    static NetlinkBody anyAddress() {
        return new NetlinkBody(Layout.of().int32(AF_UNSPEC).zeros(4).bytes(), "{ifa_family=AF_UNSPEC}");
    }

    /** About rules of the protocol {@code family}: struct nfgenmsg. */
    static NetlinkBody netfilter(NftablesConstant family) {
        return new NetlinkBody(
                Layout.of().int32((int) family.value()).bytes(),
                "{nfgen_family=" + family.value() + ", res_id=htons(0)}");
    }

    /** Where a batch begins or ends, which says who is to read it. */
    static NetlinkBody batch() {
        var reader = (int) NftablesConstant.NFNL_SUBSYS_NFTABLES.value();
        return new NetlinkBody(
                Layout.of().int32(reader << 24).bytes(), "{nfgen_family=AF_UNSPEC, res_id=htons(" + reader + ")}");
    }
}
