package koker.network;

import static koker.kernel.NftablesConstant.*;

import java.nio.ByteBuffer;
import java.util.List;
import koker.kernel.Flag;
import koker.kernel.NetlinkConstant;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;
import koker.kernel.NftablesMessage;

/** What is added to koker's table of nf_tables, in the words of nft(8). */
public sealed interface RuleChange {
    /** The places in a packet's way, by their numbers: linux/netfilter.h, enum nf_inet_hooks. */
    List<String> HOOKS = List.of("prerouting", "input", "forward", "output", "postrouting");

    /** A table of the family inet, unless it is there. */
    record Table(String name) implements RuleChange {}

    /**
     * A chain, unless it is there.
     *
     * @param hook what nft has in braces; empty for a chain to which others jump
     */
    record Chain(String table, String name, String hook) implements RuleChange {}

    /**
     * A rule.
     *
     * @param first whether it comes before those that are there
     * @param text as {@code nft list} shows it
     */
    record NewRule(String table, String chain, boolean first, String text) implements RuleChange {}

    /** What {@code message} adds. */
    static RuleChange of(NetlinkMessage message) {
        if (message.type() == NFT_MSG_NEWTABLE) {
            return new Table(text(message, NFTA_TABLE_NAME));
        }
        if (message.type() == NFT_MSG_NEWCHAIN) {
            return new Chain(text(message, NFTA_CHAIN_TABLE), text(message, NFTA_CHAIN_NAME), hook(message));
        }
        if (message.type() == NFT_MSG_NEWRULE) {
            var chain = text(message, NFTA_RULE_CHAIN);
            var expressions = NftablesMessage.expressions(value(message, NFTA_RULE_EXPRESSIONS));
            var comment = NftablesMessage.comment(
                    message.attribute(NFTA_RULE_USERDATA).orElse(new byte[0]));
            return new NewRule(
                    text(message, NFTA_RULE_TABLE),
                    chain,
                    !message.has(NetlinkConstant.NLM_F_APPEND),
                    RuleText.of(new Rule(chain, expressions, comment)));
        }
        throw new IllegalArgumentException(message.type().name() + " adds nothing");
    }

    private static String hook(NetlinkMessage message) {
        var hook = message.attribute(NFTA_CHAIN_HOOK);
        if (hook.isEmpty()) {
            return "";
        }
        var number = 0;
        var priority = 0;
        for (var attribute : NetlinkSocket.attributes(hook.get())) {
            var value = ByteBuffer.wrap(attribute.value()).getInt();
            if (attribute.type() == NFTA_HOOK_HOOKNUM.value()) {
                number = value;
            } else {
                priority = value;
            }
        }
        return "{ type " + text(message, NFTA_CHAIN_TYPE) + " hook " + HOOKS.get(number) + " priority " + priority
                + "; policy accept; }";
    }

    private static String text(NetlinkMessage message, Flag attribute) {
        return NetlinkSocket.text(value(message, attribute));
    }

    private static byte[] value(NetlinkMessage message, Flag attribute) {
        return message.attribute(attribute)
                .orElseThrow(() -> new IllegalArgumentException(message.type().name() + " has no " + attribute.name()));
    }
}
