package koker.network;

import static koker.kernel.NftablesConstant.*;
import static koker.trace.Trace.fields;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.kernel.Flag;
import koker.kernel.NetlinkSocket;
import koker.kernel.NetlinkSocket.Answer;
import koker.kernel.NftablesConstant;
import koker.kernel.NftablesMessage;
import koker.plan.FirewallStep;
import koker.plan.StepException;
import koker.trace.Trace;

/**
 * Tables of nf_tables that others keep. Each of them decides for itself: what koker's own lets pass, another may still drop. Two kinds are
 * known that drop what nobody speaks for, and they are told so: the chain FORWARD of iptables, where Docker or ufw have set its policy to
 * DROP, and firewalld's.
 */
final class OtherTables {
    /** Those of IPv4, of IPv6, and of both. */
    private static final List<NftablesConstant> FAMILIES = List.of(NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET);

    private static final String IPTABLES = "filter";
    private static final String IPTABLES_FORWARD = "FORWARD";
    private static final String FIREWALLD = "firewalld";
    private static final String COMMENT = "koker";
    private static final String BRIDGES = "koker*";

    private final Netlink netlink;
    private final Trace trace;

    /** Those that {@code netlink} leads to. */
    OtherTables(Netlink netlink, Trace trace) {
        this.netlink = netlink;
        this.trace = trace;
    }

    /** A chain that packets pass when they are forwarded. */
    private record Gate(NftablesConstant family, String table, String chain, boolean drops) {
        boolean isKnown() {
            return family != NFPROTO_INET && table.equals(IPTABLES) && chain.equals(IPTABLES_FORWARD)
                    || isOfFirewalld();
        }

        boolean isOfFirewalld() {
            return family == NFPROTO_INET && table.equals(FIREWALLD);
        }

        /** As nft(8) names it. */
        String title() {
            var version =
                    switch (family) {
                        case NFPROTO_IPV4 -> "ip ";
                        case NFPROTO_IPV6 -> "ip6 ";
                        default -> "inet ";
                    };
            return version + table + " " + chain;
        }
    }

    /** What comes from {@code network} or goes there is to pass, as koker's own table has decided on it already. */
    void open(Network network) {
        for (var gate : gates()) {
            if (gate.family() == NFPROTO_IPV6 && !network.hasIpv6()) {
                continue; // nothing of that passes
            }
            if (gate.isKnown() && (gate.drops() || gate.isOfFirewalld())) {
                var table = read(gate);
                table.insert(rules(gate.chain()));
                if (change(gate, table)) {
                    trace.info("Forwarding allowed in another table", fields("chain", gate.title()));
                }
            } else if (gate.isKnown()) {
                close(gate); // it dropped once
            } else if (gate.drops() && !mentions(gate)) {
                warn(gate, "its policy is drop; accept iifname and oifname " + BRIDGES + " there");
            }
        }
    }

    /** Takes back what was said there. */
    void close() {
        for (var gate : gates()) {
            if (gate.isKnown()) {
                close(gate);
            }
        }
    }

    private void close(Gate gate) {
        var table = read(gate);
        table.remove(COMMENT);
        change(gate, table);
    }

    private RuleTable read(Gate gate) {
        return RuleTable.read(netlink, gate.family(), gate.table(), gate.chain());
    }

    /** Whether somebody has thought of koker's bridges there. */
    private boolean mentions(Gate gate) {
        for (var rule : read(gate).rules()) {
            if (RuleText.of(rule).contains("\"koker")) {
                return true;
            }
        }
        return false;
    }

    private static List<Rule> rules(String chain) {
        return List.of(
                Rule.in(chain).from(BRIDGES).accept().comment(COMMENT),
                Rule.in(chain).to(BRIDGES).accept().comment(COMMENT));
    }

    /** Whether there was something to change, and it could be. */
    private boolean change(Gate gate, RuleTable table) {
        if (table.changes().isEmpty()) {
            return false;
        }
        try {
            netlink.request(socket -> new FirewallStep.ChangeRules(socket, gate.table(), table.changes()));
            return true;
        } catch (StepException e) {
            // firewalld may keep its table to itself.
            warn(gate, e.getMessage());
            return false;
        }
    }

    private void warn(Gate gate, String reason) {
        trace.warn(
                "Another firewall may stop the packets of containers", fields("chain", gate.title(), "reason", reason));
    }

    private List<Gate> gates() {
        var gates = new ArrayList<Gate>();
        for (var answer : RuleTable.list(netlink, NftablesMessage.listChains(NFPROTO_UNSPEC))) {
            var family = family(answer);
            var hook = answer.attribute(NFTA_CHAIN_HOOK);
            if (family.isPresent()
                    && hook.isPresent()
                    && isForward(hook.get())
                    && text(answer, NFTA_CHAIN_TYPE).equals("filter")
                    && !text(answer, NFTA_CHAIN_TABLE).equals(Nftables.TABLE)) {
                var policy = answer.attribute(NFTA_CHAIN_POLICY);
                gates.add(new Gate(
                        family.get(),
                        text(answer, NFTA_CHAIN_TABLE),
                        text(answer, NFTA_CHAIN_NAME),
                        policy.isPresent() && number(policy.get()) == NF_DROP.value()));
            }
        }
        return gates;
    }

    /** Of which family of tables a chain is; empty for one that sees no packets of containers. */
    private static Optional<NftablesConstant> family(Answer answer) {
        for (var family : FAMILIES) {
            if (answer.body().get(0) == family.value()) {
                return Optional.of(family);
            }
        }
        return Optional.empty();
    }

    private static boolean isForward(byte[] hook) {
        for (var attribute : NetlinkSocket.attributes(hook)) {
            if (attribute.type() == NFTA_HOOK_HOOKNUM.value()) {
                return number(attribute.value()) == NF_INET_FORWARD.value();
            }
        }
        return false;
    }

    private static String text(Answer answer, Flag type) {
        return answer.attribute(type).map(NetlinkSocket::text).orElse("");
    }

    private static int number(byte[] value) {
        return ByteBuffer.wrap(value).getInt();
    }
}
