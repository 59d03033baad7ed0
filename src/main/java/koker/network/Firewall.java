package koker.network;

import java.util.List;
import java.util.Map;

/** Decides which packets pass from and to networks of containers, and gives them other addresses on the way. */
public sealed interface Firewall permits Iptables, Nftables, NoFirewall {
    /** What {@code --firewall} calls it. */
    String name();

    /** Makes what {@code network} needs and is missing. */
    void admit(Network network);

    /**
     * Makes what {@code network} needs and is missing, and leads ports of the host to the container {@code id}. Returns them; where the
     * host's port was left open, it is one that is free.
     *
     * @throws NetworkException if one of the ports is taken; nothing is changed then
     */
    List<PortRule> publish(Network network, String id, List<PortRule> ports);

    /** Whether {@link #admit} or {@link #publish} had to make rules that all containers of the network need. */
    boolean hasMended();

    /** Takes away what leads to the container {@code id}. */
    void withdraw(String id);

    /** Takes away what {@code network} needed; the caller holds the lock on the networks. */
    void dismiss(Network network);

    /**
     * The rules that concern {@code network}, in their order: those that are there, and those that ought to be.
     *
     * @param ports those that lead to its containers, by their IDs
     */
    List<FirewallRule> inspect(Network network, Map<String, List<PortRule>> ports);
}
