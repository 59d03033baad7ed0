package koker.kernel;

import static koker.kernel.NetlinkConstant.*;
import static koker.kernel.NftablesConstant.*;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the messages of nf_tables, which keeps the rules for packets: tables of chains of rules. Changes are sent together, between {@link
 * #begin} and {@link #end}, and made all or not at all.
 */
public final class NftablesMessage {
    /** The type of what is kept with a rule, for those who read it: a comment (libnftnl/udata.h). */
    private static final int COMMENT = 0;

    private NftablesMessage() {}

    /**
     * Where packets pass a chain.
     *
     * @param kind filter or nat
     * @param hook NF_INET_FORWARD or another one
     * @param priority its place among others of that hook
     */
    public record Hook(String kind, NftablesConstant hook, int priority) {}

    /** What follows is to be done all or not at all. */
    public static NetlinkMessage begin() {
        return batch(NFNL_MSG_BATCH_BEGIN);
    }

    /** Now. */
    public static NetlinkMessage end() {
        return batch(NFNL_MSG_BATCH_END);
    }

    /** A table, if there is none. */
    public static NetlinkMessage addTable(NftablesConstant family, String table) {
        return message(
                NFT_MSG_NEWTABLE,
                List.of(NLM_F_REQUEST, NLM_F_CREATE),
                family,
                List.of(NetlinkAttribute.text(NFTA_TABLE_NAME, table)));
    }

    /** A table goes, with all that is in it. */
    public static NetlinkMessage removeTable(NftablesConstant family, String table) {
        return message(
                NFT_MSG_DELTABLE,
                List.of(NLM_F_REQUEST),
                family,
                List.of(NetlinkAttribute.text(NFTA_TABLE_NAME, table)));
    }

    /** A chain to which others jump, if there is none. */
    public static NetlinkMessage addChain(NftablesConstant family, String table, String chain) {
        return message(
                NFT_MSG_NEWCHAIN,
                List.of(NLM_F_REQUEST, NLM_F_CREATE),
                family,
                List.of(NetlinkAttribute.text(NFTA_CHAIN_TABLE, table), NetlinkAttribute.text(NFTA_CHAIN_NAME, chain)));
    }

    /** A chain that packets pass by themselves, and behind it go on, if there is none. */
    public static NetlinkMessage addChain(NftablesConstant family, String table, String chain, Hook hook) {
        return message(
                NFT_MSG_NEWCHAIN,
                List.of(NLM_F_REQUEST, NLM_F_CREATE),
                family,
                List.of(
                        NetlinkAttribute.text(NFTA_CHAIN_TABLE, table),
                        NetlinkAttribute.text(NFTA_CHAIN_NAME, chain),
                        NetlinkAttribute.nested(
                                NFTA_CHAIN_HOOK,
                                NetlinkAttribute.big(NFTA_HOOK_HOOKNUM, hook.hook()),
                                NetlinkAttribute.big(NFTA_HOOK_PRIORITY, hook.priority())),
                        NetlinkAttribute.big(NFTA_CHAIN_POLICY, NF_ACCEPT),
                        NetlinkAttribute.text(NFTA_CHAIN_TYPE, hook.kind())));
    }

    /** A rule behind those that are in the chain. */
    public static NetlinkMessage appendRule(
            NftablesConstant family, String table, String chain, List<Expression> expressions, String comment) {
        return rule(List.of(NLM_F_REQUEST, NLM_F_CREATE, NLM_F_APPEND), family, table, chain, expressions, comment);
    }

    /** A rule before those that are in the chain. */
    public static NetlinkMessage insertRule(
            NftablesConstant family, String table, String chain, List<Expression> expressions, String comment) {
        return rule(List.of(NLM_F_REQUEST, NLM_F_CREATE), family, table, chain, expressions, comment);
    }

    /** The rule with the number {@code handle} goes. */
    public static NetlinkMessage removeRule(NftablesConstant family, String table, String chain, long handle) {
        return message(
                NFT_MSG_DELRULE,
                List.of(NLM_F_REQUEST),
                family,
                List.of(
                        NetlinkAttribute.text(NFTA_RULE_TABLE, table),
                        NetlinkAttribute.text(NFTA_RULE_CHAIN, chain),
                        NetlinkAttribute.wide(NFTA_RULE_HANDLE, handle)));
    }

    /** The rules of all chains of a table. */
    public static NetlinkMessage listRules(NftablesConstant family, String table) {
        return message(
                NFT_MSG_GETRULE,
                List.of(NLM_F_REQUEST, NLM_F_DUMP),
                family,
                List.of(NetlinkAttribute.text(NFTA_RULE_TABLE, table)));
    }

    /** The rules of a chain. */
    public static NetlinkMessage listRules(NftablesConstant family, String table, String chain) {
        return message(
                NFT_MSG_GETRULE,
                List.of(NLM_F_REQUEST, NLM_F_DUMP),
                family,
                List.of(NetlinkAttribute.text(NFTA_RULE_TABLE, table), NetlinkAttribute.text(NFTA_RULE_CHAIN, chain)));
    }

    /** The chains of all tables of the family. */
    public static NetlinkMessage listChains(NftablesConstant family) {
        return message(NFT_MSG_GETCHAIN, List.of(NLM_F_REQUEST, NLM_F_DUMP), family, List.of());
    }

    /** The expressions of a rule, as the kernel lists them. */
    public static List<Expression> expressions(byte[] list) {
        var expressions = new ArrayList<Expression>();
        for (var element : NetlinkSocket.attributes(list)) {
            expressions.add(Expression.decode(element.value()));
        }
        return expressions;
    }

    /** The comment in what is kept with a rule; empty if there is none. */
    public static String comment(byte[] userData) {
        for (var at = 0; at + 2 <= userData.length; at += 2 + (userData[at + 1] & 0xff)) {
            var length = userData[at + 1] & 0xff;
            if (userData[at] == COMMENT && length > 0 && at + 2 + length <= userData.length) {
                return new String(userData, at + 2, length - 1, StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    /** Expressions, as they read in a trace. */
    public static String show(List<Expression> expressions) {
        var shown = new StringBuilder();
        for (var expression : expressions) {
            shown.append(shown.isEmpty() ? "[" : " [").append(expression.show()).append(']');
        }
        return shown.toString();
    }

    private static NetlinkMessage rule(
            List<NetlinkConstant> flags,
            NftablesConstant family,
            String table,
            String chain,
            List<Expression> expressions,
            String comment) {
        var attributes = new ArrayList<>(
                List.of(NetlinkAttribute.text(NFTA_RULE_TABLE, table), NetlinkAttribute.text(NFTA_RULE_CHAIN, chain)));
        var list = Layout.of();
        for (var expression : expressions) {
            var name = NetlinkAttribute.text(NFTA_EXPR_NAME, expression.kind());
            var data = NetlinkAttribute.nested(NFTA_EXPR_DATA, expression.data().toArray(NetlinkAttribute[]::new));
            NetlinkAttribute.nested(NFTA_LIST_ELEM, name, data).write(list);
        }
        attributes.add(new NetlinkAttribute(NFTA_RULE_EXPRESSIONS, list.bytes(), Argument.quote(show(expressions))));
        if (!comment.isEmpty()) {
            var text = Argument.bytes(comment);
            var userData = Layout.of().int16(COMMENT | text.length << 8).raw(text);
            attributes.add(new NetlinkAttribute(NFTA_RULE_USERDATA, userData.bytes(), Argument.quote(comment)));
        }
        return message(NFT_MSG_NEWRULE, flags, family, attributes);
    }

    private static NetlinkMessage batch(NftablesConstant type) {
        return new NetlinkMessage(type, (int) type.value(), List.of(NLM_F_REQUEST), NetlinkBody.batch(), List.of());
    }

    private static NetlinkMessage message(
            NftablesConstant type,
            List<NetlinkConstant> flags,
            NftablesConstant family,
            List<NetlinkAttribute> attributes) {
        var number = (int) (NFNL_SUBSYS_NFTABLES.value() << 8 | type.value());
        return new NetlinkMessage(type, number, flags, NetlinkBody.netfilter(family), attributes);
    }
}
