package koker.kernel;

/** A constant of netlink(7) and rtnetlink(7): a type or a flag of a message, or the type of an attribute. */
public enum NetlinkConstant implements Flag {
    NLMSG_ERROR(2),
    NLMSG_DONE(3),
    NLM_F_REQUEST(0x1),
    NLM_F_MULTI(0x2),
    NLM_F_ACK(0x4),
    NLM_F_DUMP_INTR(0x10),
    NLM_F_ACK_TLVS(0x200),
    NLM_F_DUMP(0x300),
    NLM_F_EXCL(0x200),
    NLM_F_CREATE(0x400),
    NLM_F_APPEND(0x800),
    NLMSGERR_ATTR_MSG(1),
    RTM_NEWLINK(16),
    RTM_DELLINK(17),
    RTM_GETLINK(18),
    RTM_NEWADDR(20),
    RTM_GETADDR(22),
    RTM_NEWROUTE(24),
    RTM_GETROUTE(26),
    IFLA_ADDRESS(1),
    IFLA_IFNAME(3),
    IFLA_MTU(4),
    IFLA_LINK(5),
    IFLA_MASTER(10),
    IFLA_LINKINFO(18),
    IFLA_NET_NS_PID(19),
    IFLA_IFALIAS(20),
    IFLA_INFO_KIND(1),
    IFLA_INFO_DATA(2),
    IFLA_INFO_SLAVE_KIND(4),
    IFLA_INFO_SLAVE_DATA(5),
    IFLA_BRPORT_MODE(4),
    VETH_INFO_PEER(1),
    IFA_ADDRESS(1),
    IFA_LOCAL(2),
    IFA_BROADCAST(4),
    RTA_DST(1),
    RTA_OIF(4),
    RTA_GATEWAY(5);

    private final long value;

    NetlinkConstant(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
