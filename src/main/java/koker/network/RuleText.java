package koker.network;

import static koker.kernel.NftablesConstant.NFPROTO_IPV6;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import koker.kernel.Expression;
import koker.kernel.IpAddress;

/** Writes rules as nft(8) does: what a register has been loaded with says what the values mean that it is compared with. */
final class RuleText {
    private final StringBuilder text = new StringBuilder();
    private final List<byte[]> values = new ArrayList<>();
    private String loaded = "";
    private byte[] mask;
    private String version = "";

    private RuleText() {}

    /** The rule without its chain: {@code iifname "koker*" drop}. */
    static String of(Rule rule) {
        var text = new RuleText();
        for (var expression : rule.expressions()) {
            text.add(expression);
        }
        return text.text + (rule.comment().isEmpty() ? "" : " comment \"" + rule.comment() + "\"");
    }

    private void add(Expression expression) {
        if (expression instanceof Expression.Compare compare) {
            compare(compare);
        } else if (expression instanceof Expression.Mask(var _, var bits)) {
            mask = bits;
        } else if (expression instanceof Expression.Meta meta) {
            load(meta.name());
        } else if (expression instanceof Expression.Connection connection) {
            load("ct " + connection.name());
        } else if (expression instanceof Expression.DestinationType) {
            load("fib daddr type");
        } else if (expression instanceof Expression.Payload payload) {
            load(payload.offset() + " of " + payload.base());
        } else if (expression instanceof Expression.Immediate(var _, var value)) {
            values.add(value);
        } else if (expression instanceof Expression.Verdict verdict) {
            word(verdict.name() + (verdict.chain().isEmpty() ? "" : " " + verdict.chain()));
        } else if (expression instanceof Expression.TranslateDestination && values.size() == 2) {
            word("dnat " + destination(values.getFirst()) + ":" + number(values.getLast()));
        } else if (expression instanceof Expression.Masquerade) {
            word("masquerade");
        } else {
            word("[" + expression.show() + "]");
        }
    }

    private void load(String what) {
        loaded = what;
        mask = null;
    }

    private void compare(Expression.Compare compare) {
        var not = compare.equal() ? "" : "!= ";
        var value = compare.value();
        switch (loaded) {
            case "iifname", "oifname" -> word(loaded + " " + not + "\"" + link(value) + "\"");
            case "nfproto" -> version = value[0] == NFPROTO_IPV6.value() ? "ipv6" : "ipv4";
            case "l4proto" -> word(Protocol.name(value[0]));
            case "2 of NFT_PAYLOAD_TRANSPORT_HEADER" -> word("dport " + not + number(value));
            case "12 of NFT_PAYLOAD_NETWORK_HEADER" -> address("ip saddr " + not, value);
            case "16 of NFT_PAYLOAD_NETWORK_HEADER" -> address("ip daddr " + not, value);
            case "8 of NFT_PAYLOAD_NETWORK_HEADER" -> address("ip6 saddr " + not, value);
            case "24 of NFT_PAYLOAD_NETWORK_HEADER" -> address("ip6 daddr " + not, value);
            case "fib daddr type" -> word(loaded + " " + not + (value[0] == 2 ? "local" : number(value)));
            case "ct state" -> word(loaded + " " + (mask[0] == 6 ? "established,related" : "0x" + hex(mask)));
            case "ct status" -> word(loaded + " " + (mask[0] == 0x20 ? "dnat" : "0x" + hex(mask)));
            default -> word(loaded + " " + not + "0x" + hex(value));
        }
    }

    private void address(String what, byte[] value) {
        version = ""; // the word says it
        var prefix = 0;
        for (var part : mask == null ? new byte[0] : mask) {
            prefix += Integer.bitCount(part & 0xff);
        }
        word(what + IpAddress.of(value) + (mask == null ? "" : "/" + prefix));
    }

    private static String destination(byte[] address) {
        return address.length == 4 ? "ip to " + IpAddress.of(address) : "ip6 to [" + IpAddress.of(address) + "]";
    }

    private static String link(byte[] name) {
        var length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.US_ASCII) + (length == name.length ? "*" : "");
    }

    private static int number(byte[] value) {
        var bytes = ByteBuffer.wrap(value).order(ByteOrder.BIG_ENDIAN);
        return value.length == 2 ? bytes.getShort() & 0xffff : bytes.getInt();
    }

    private static String hex(byte[] value) {
        return HexFormat.of().formatHex(value);
    }

    private void word(String word) {
        if (!version.isEmpty()) {
            var named = "meta nfproto " + version;
            version = "";
            word(named);
        }
        text.append(text.isEmpty() ? "" : " ").append(word);
    }
}
