package koker.network;

import static koker.kernel.NftablesConstant.*;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import koker.kernel.Errno;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;
import koker.kernel.NetlinkSocket.Answer;
import koker.kernel.NftablesConstant;
import koker.kernel.NftablesMessage;
import koker.plan.StepException;

/** The rules of a table of nf_tables as they are in the kernel, and the messages by which they become what they are to be. */
final class RuleTable {
    private static final int NETFILTER_BODY = 4;

    private final NftablesConstant family;
    private final String name;
    private final List<Kept> kept = new ArrayList<>();
    private final List<NetlinkMessage> changes = new ArrayList<>();

    private RuleTable(NftablesConstant family, String name) {
        this.family = family;
        this.name = name;
    }

    /**
     * A rule that is there.
     *
     * @param line all of it, to be compared with others
     * @param handle the number by which the kernel knows it
     */
    private record Kept(Rule rule, String line, long handle) {}

    /** The table as it is now; one that is not there has no rules. */
    static RuleTable read(Netlink netlink, NftablesConstant family, String name) {
        return read(netlink, family, name, NftablesMessage.listRules(family, name));
    }

    /** One of the table's chains as it is now. */
    static RuleTable read(Netlink netlink, NftablesConstant family, String name, String chain) {
        return read(netlink, family, name, NftablesMessage.listRules(family, name, chain));
    }

    private static RuleTable read(Netlink netlink, NftablesConstant family, String name, NetlinkMessage list) {
        var table = new RuleTable(family, name);
        for (var answer : list(netlink, list)) {
            var expressions = answer.attribute(NFTA_RULE_EXPRESSIONS);
            var comment = answer.attribute(NFTA_RULE_USERDATA);
            var rule = new Rule(
                    NetlinkSocket.text(answer.attribute(NFTA_RULE_CHAIN).orElseThrow()),
                    NftablesMessage.expressions(expressions.orElse(new byte[0])),
                    NftablesMessage.comment(comment.orElse(new byte[0])));
            table.kept.add(new Kept(
                    rule,
                    rule.line(),
                    ByteBuffer.wrap(answer.attribute(NFTA_RULE_HANDLE).orElseThrow())
                            .getLong()));
        }
        return table;
    }

    /** What there is of a kind; a kernel that has no nf_tables has nothing. */
    static List<Answer> list(Netlink netlink, NetlinkMessage list) {
        try {
            return netlink.list(list, NETFILTER_BODY);
        } catch (StepException e) {
            if (e.errno().filter(Errno.EINVAL::equals).isPresent()) {
                return List.of();
            }
            throw e;
        }
    }

    /** The rules that are there, chain by chain. */
    List<Rule> rules() {
        var rules = new ArrayList<Rule>();
        for (var each : kept) {
            rules.add(each.rule());
        }
        return rules;
    }

    /** {@code wanted}, of one chain, is to be there in this order, behind what else is in the chain when it is new. */
    void append(List<Rule> wanted) {
        if (!has(wanted)) {
            remove(wanted);
            for (var rule : wanted) {
                changes.add(NftablesMessage.appendRule(family, name, rule.chain(), rule.expressions(), rule.comment()));
            }
        }
    }

    /** {@code wanted}, of one chain, is to be there in this order, before what else is in the chain when it is new. */
    void insert(List<Rule> wanted) {
        if (!has(wanted)) {
            remove(wanted);
            for (var rule : wanted.reversed()) {
                changes.add(NftablesMessage.insertRule(family, name, rule.chain(), rule.expressions(), rule.comment()));
            }
        }
    }

    /** What is there of {@code unwanted} goes. */
    void remove(List<Rule> unwanted) {
        var lines = lines(unwanted);
        for (var each : kept) {
            if (lines.contains(each.line())) {
                remove(each);
            }
        }
    }

    /** The rules with that comment go. */
    void remove(String comment) {
        for (var each : kept) {
            if (each.rule().comment().equals(comment)) {
                remove(each);
            }
        }
    }

    /** The rules that are in neither of the lists. */
    List<Rule> others(List<Rule> some, List<Rule> more) {
        var lines = lines(some);
        lines.addAll(lines(more));
        var others = new ArrayList<Rule>();
        for (var each : kept) {
            if (!lines.contains(each.line())) {
                others.add(each.rule());
            }
        }
        return others;
    }

    /** What has to be done; nothing, mostly. */
    List<NetlinkMessage> changes() {
        return changes;
    }

    private void remove(Kept each) {
        changes.add(NftablesMessage.removeRule(family, name, each.rule().chain(), each.handle()));
    }

    private boolean has(List<Rule> wanted) {
        var lines = lines(wanted);
        var there = new ArrayList<String>();
        for (var each : kept) {
            if (lines.contains(each.line())) {
                there.add(each.line());
            }
        }
        return there.equals(lines);
    }

    private static List<String> lines(List<Rule> rules) {
        var lines = new ArrayList<String>();
        for (var rule : rules) {
            lines.add(rule.line());
        }
        return lines;
    }
}
