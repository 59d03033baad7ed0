package koker.registry;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The hosts that {@code NO_PROXY} lists: names, domains, addresses and networks, with one port or any. */
final class NoProxy {
    private static final int ANY_PORT = -1;

    private final List<Rule> rules = new ArrayList<>();

    /** What is reached directly. */
    private sealed interface Rule {
        boolean covers(String host, int port);
    }

    private record Everything() implements Rule {
        @Override
        public boolean covers(String host, int port) {
            return true;
        }
    }

    /** A domain with a dot before it: all below it and, if {@code itself}, the host of that name. */
    private record Domain(String suffix, boolean itself, int port) implements Rule {
        @Override
        public boolean covers(String host, int port) {
            return (host.endsWith(suffix) || itself && host.equals(suffix.substring(1)))
                    && (this.port == ANY_PORT || this.port == port);
        }
    }

    /** The addresses whose first {@code bits} are those of {@code network}. */
    private record Network(byte[] network, int bits, int port) implements Rule {
        @Override
        public boolean covers(String host, int port) {
            var other = address(host).map(InetAddress::getAddress).orElse(new byte[0]);
            if (other.length != network.length || this.port != ANY_PORT && this.port != port) {
                return false;
            }
            for (var bit = 0; bit < bits; bit++) {
                if (((network[bit / 8] ^ other[bit / 8]) & 0x80 >> bit % 8) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Reads the variable's value. */
    NoProxy(String list) {
        for (var entry : list.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
            if (!entry.isEmpty()) {
                rules.add(rule(entry));
            }
        }
    }

    /** Whether {@code host}, an address if it is written as one, is listed. */
    boolean covers(String host, int port) {
        var plain = unbracketed(host);
        return rules.stream().anyMatch(rule -> rule.covers(plain, port));
    }

    private static Rule rule(String entry) {
        if (entry.equals("*")) {
            return new Everything();
        }
        var slash = entry.indexOf('/');
        if (slash > 0 && address(entry.substring(0, slash)).isPresent()) {
            var network = address(entry.substring(0, slash)).get().getAddress();
            var bits = entry.substring(slash + 1);
            if (bits.matches("[0-9]{1,3}") && Integer.parseInt(bits) <= network.length * 8) {
                return new Network(network, Integer.parseInt(bits), ANY_PORT);
            }
        }
        var colon = entry.lastIndexOf(':');
        var hasPort = address(entry).isEmpty() && entry.substring(colon + 1).matches("[0-9]{1,5}") && colon > 0;
        var port = hasPort ? Integer.parseInt(entry.substring(colon + 1)) : ANY_PORT;
        var host = hasPort ? entry.substring(0, colon) : entry;
        var address = address(host);
        if (address.isPresent()) {
            var bytes = address.get().getAddress();
            return new Network(bytes, bytes.length * 8, port);
        }
        var domain = host.startsWith("*.") ? host.substring(1) : host;
        return domain.startsWith(".") ? new Domain(domain, false, port) : new Domain("." + domain, true, port);
    }

    /** An address that is written as one; no name server is asked. */
    private static Optional<InetAddress> address(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(unbracketed(text)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String unbracketed(String host) {
        return host.replaceFirst("^\\[(.*)]$", "$1");
    }
}
