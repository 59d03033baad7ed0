package koker.network;

import static koker.kernel.NftablesConstant.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.kernel.IpAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.kernel.NetlinkMessage;
import koker.kernel.NftablesConstant;
import koker.kernel.NftablesMessage;
import koker.kernel.NftablesMessage.Hook;
import koker.plan.FirewallStep;
import koker.plan.Maker;
import koker.trace.Trace;

/**
 * A firewall by nf_tables, told to the kernel itself, so that nothing needs to be installed: a table of koker's own for both versions of IP, which
 * {@code nft list table inet koker} shows. What is there is listed, and what is missing is made, all at once.
 */
public final class Nftables implements Firewall {
    /** What {@code --firewall} calls it. */
    public static final String NAME = "nftables";

    static final String TABLE = "koker";
    private static final NftablesConstant FAMILY = NFPROTO_INET;
    private static final String BRIDGES = "koker*";
    private static final String COMMENT = "koker-";
    private static final Subnet LOOPBACK = Subnet.parse("127.0.0.0/8");

    private static final String PROTECT = "protect";
    private static final String PREROUTING = "prerouting";
    private static final String OUTPUT = "output";
    private static final String PORTS = "ports";
    private static final String POSTROUTING = "postrouting";
    private static final String FORWARD = "forward";

    /** Packets for 127.0.0.1 may go to containers where a port is published; so none may come from them. */
    private static final List<Rule> PROTECT_ALL =
            List.of(Rule.in(PROTECT).from(BRIDGES).destination(LOOPBACK).drop());

    private static final List<Rule> PREROUTING_ALL =
            List.of(Rule.in(PREROUTING).local().jump(PORTS));

    /** In IPv6 the kernel lets nothing from and to ::1 pass a link. */
    private static final List<Rule> OUTPUT_ALL = List.of(
            Rule.in(OUTPUT).destination(Subnet6.parse("::1/128")).accept(),
            Rule.in(OUTPUT).local().jump(PORTS));

    private final Maker maker;
    private final Trace trace;
    private final Path lock;
    private boolean hasMended;

    /**
     * The firewall of the network namespace that koker is in.
     *
     * @param lock a file that is locked while rules are looked at and changed
     */
    public Nftables(Maker maker, Trace trace, Path lock) {
        this.maker = maker;
        this.trace = trace;
        this.lock = lock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean hasMended() {
        return hasMended;
    }

    @Override
    public void admit(Network network) {
        try (var _ = new HostLock(maker, lock);
                var netlink = Netlink.ofRules(maker)) {
            var table = RuleTable.read(netlink, FAMILY, TABLE);
            var changes = mend(table, network);
            hasMended |= !changes.isEmpty();
            change(netlink, changes);
            new OtherTables(netlink, trace).open(network);
        }
    }

    @Override
    public List<PortRule> publish(Network network, String id, List<PortRule> ports) {
        var taken = TakenPorts.byPrograms();
        try (var _ = new HostLock(maker, lock);
                var netlink = Netlink.ofRules(maker)) {
            var table = RuleTable.read(netlink, FAMILY, TABLE);
            for (var rule : table.rules()) {
                if (rule.chain().equals(PORTS)) {
                    taken.add(port(rule), rule.comment().replace(COMMENT, ""));
                }
            }
            var chosen = taken.choose(ports, id);
            var changes = mend(table, network);
            hasMended |= !changes.isEmpty();
            for (var port : chosen) {
                for (var rule : rules(port, id)) {
                    changes.add(NftablesMessage.appendRule(
                            FAMILY, TABLE, rule.chain(), rule.expressions(), rule.comment()));
                }
            }
            change(netlink, changes);
            new OtherTables(netlink, trace).open(network);
            return chosen;
        }
    }

    @Override
    public void withdraw(String id) {
        try (var _ = new HostLock(maker, lock);
                var netlink = Netlink.ofRules(maker)) {
            var table = RuleTable.read(netlink, FAMILY, TABLE);
            table.remove(COMMENT + id);
            change(netlink, table.changes());
        }
    }

    /** With the last network the table goes, too, and what others were told. */
    @Override
    public void dismiss(Network network) {
        try (var netlink = Netlink.ofRules(maker)) {
            var table = RuleTable.read(netlink, FAMILY, TABLE);
            var own = new ArrayList<>(forward(network));
            own.addAll(masquerade(network));
            if (table.others(own, all()).isEmpty()) {
                if (!table.rules().isEmpty()) {
                    change(netlink, List.of(NftablesMessage.removeTable(FAMILY, TABLE)));
                }
                new OtherTables(netlink, trace).close();
            } else {
                table.remove(own);
                change(netlink, table.changes());
            }
        }
    }

    @Override
    public List<FirewallRule> inspect(Network network, Map<String, List<PortRule>> ports) {
        var wanted = new ArrayList<FirewallRule>();
        var all = all();
        all.addAll(forward(network));
        all.addAll(masquerade(network));
        all.forEach(rule -> wanted.add(shown(rule, "")));
        ports.forEach((id, each) ->
                each.forEach(port -> rules(port, id).forEach(rule -> wanted.add(shown(rule, port.shown())))));
        try (var netlink = Netlink.ofRules(maker)) {
            var there = RuleTable.read(netlink, FAMILY, TABLE).rules().stream()
                    .map(rule -> shown(rule, "").line())
                    .toList();
            return new RuleInspection(network, wanted).compare(Map.of(TABLE, there));
        }
    }

    private static FirewallRule shown(Rule rule, String port) {
        var line = "-A " + rule.chain() + " " + RuleText.of(rule);
        return new FirewallRule(TABLE, line, port, FirewallRule.Presence.THERE);
    }

    private void change(Netlink netlink, List<NetlinkMessage> changes) {
        if (!changes.isEmpty()) {
            netlink.request(socket -> new FirewallStep.ChangeRules(socket, TABLE, changes));
        }
    }

    /** What has to be done so that all that {@code network} needs is there. */
    private static List<NetlinkMessage> mend(RuleTable table, Network network) {
        table.append(PROTECT_ALL);
        table.append(PREROUTING_ALL);
        table.append(OUTPUT_ALL);
        if (network.internal()) {
            table.insert(forward(network)); // so that no other network's rule lets its packets pass
        } else {
            table.append(forward(network));
        }
        table.append(masquerade(network));
        var changes = new ArrayList<NetlinkMessage>();
        if (!table.changes().isEmpty()) {
            changes.addAll(chains());
            changes.addAll(table.changes());
        }
        return changes;
    }

    /** The table and its chains, at the places in a packet's way that iptables has, too. */
    private static List<NetlinkMessage> chains() {
        return List.of(
                NftablesMessage.addTable(FAMILY, TABLE),
                NftablesMessage.addChain(FAMILY, TABLE, PORTS),
                chain(PROTECT, new Hook("filter", NF_INET_PRE_ROUTING, -300)),
                chain(PREROUTING, new Hook("nat", NF_INET_PRE_ROUTING, -100)),
                chain(OUTPUT, new Hook("nat", NF_INET_LOCAL_OUT, -100)),
                chain(FORWARD, new Hook("filter", NF_INET_FORWARD, 0)),
                chain(POSTROUTING, new Hook("nat", NF_INET_POST_ROUTING, 100)));
    }

    private static NetlinkMessage chain(String name, Hook hook) {
        return NftablesMessage.addChain(FAMILY, TABLE, name, hook);
    }

    private static List<Rule> all() {
        var all = new ArrayList<>(PROTECT_ALL);
        all.addAll(PREROUTING_ALL);
        all.addAll(OUTPUT_ALL);
        return all;
    }

    /**
     * What may come to the network, and for one that leads nowhere what may leave it. Nothing is said of networks that may have another kind
     * of firewall.
     */
    private static List<Rule> forward(Network network) {
        var bridge = network.bridge();
        // Where br_netfilter is loaded, even what stays on the bridge is forwarded.
        var among = Rule.in(FORWARD).from(bridge).to(bridge).accept();
        var to = Rule.in(FORWARD).to(bridge);
        return network.internal()
                ? List.of(among, Rule.in(FORWARD).from(bridge).drop(), to.drop())
                : List.of(
                        among,
                        // By a published port one may come from anywhere, and what belongs to a connection may always
                        // pass.
                        to.translated().accept(),
                        to.state(Rule.ESTABLISHED_OR_RELATED).accept(),
                        // From elsewhere, be it another network: no.
                        to.drop());
    }

    private static List<Rule> masquerade(Network network) {
        if (network.internal()) {
            return List.of();
        }
        var rules = masquerade(Rule.in(POSTROUTING).source(network.addresses()), network.bridge());
        rules.add(Rule.in(POSTROUTING).source(LOOPBACK).to(network.bridge()).masquerade());
        if (network.hasIpv6()) {
            rules.addAll(masquerade(Rule.in(POSTROUTING).source(network.addresses6()), network.bridge()));
        }
        return rules;
    }

    private static ArrayList<Rule> masquerade(Rule from, String bridge) {
        return new ArrayList<>(List.of(
                // The world knows nothing of these addresses.
                from.notTo(bridge).masquerade(),
                // Who comes by a published port from near must be answered by the same way.
                from.to(bridge).translated().masquerade()));
    }

    /** What leads from a port of the host to a container, by IPv4 and where it has that by IPv6. */
    private static List<Rule> rules(PortRule port, String id) {
        var rules = new ArrayList<Rule>();
        port.of(false).ifPresent(four -> rules.add(rule(four, id)));
        port.of(true).ifPresent(six -> rules.add(rule(six, id)));
        return rules;
    }

    private static Rule rule(PortRule port, String id) {
        var address = IpAddress.parse(port.address());
        var rule = Rule.in(PORTS);
        if (port.host().isEmpty()) {
            rule = rule.version(address instanceof Ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
        } else {
            rule = address instanceof Ipv6
                    ? rule.destination(new Subnet6(Ipv6.parse(port.host()), 128))
                    : rule.destination(new Subnet(Ipv4.parse(port.host()), 32));
        }
        return rule.port(port.protocol(), port.port())
                .translateTo(address, port.target())
                .comment(COMMENT + id);
    }

    /** The host's side of the port to which a rule leads. */
    private static PortRule port(Rule rule) {
        var words = List.of(RuleText.of(rule).split(" "));
        var port = words.indexOf("dport");
        var host = words.indexOf("daddr");
        return port < 1
                ? new PortRule("", "", 0, "", 0)
                : new PortRule(
                        words.get(port - 1),
                        host < 0 ? "" : words.get(host + 1),
                        Integer.parseInt(words.get(port + 1)),
                        "",
                        0);
    }
}
