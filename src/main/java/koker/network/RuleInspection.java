package koker.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.FirewallRule.Presence;

/** Compares the rules that iptables-save lists with those that a network needs. */
final class RuleInspection {
    private static final Pattern BRIDGE = Pattern.compile("koker[0-9]+");
    private static final String CHAIN = "-A KOKER-";
    private static final String FORWARD = "-A FORWARD ";

    private final Network network;
    private final Map<String, FirewallRule> missing = new LinkedHashMap<>();

    /** For {@code network}, which needs the rules {@code wanted}. */
    RuleInspection(Network network, List<FirewallRule> wanted) {
        this.network = network;
        wanted.forEach(rule -> missing.put(key(rule.table(), rule.line()), rule));
    }

    /** Those that concern the network, table by table: what is there, and then what is missing. */
    List<FirewallRule> compare(Map<String, List<String>> saved) {
        var tables = new TreeSet<>(saved.keySet());
        missing.values().forEach(rule -> tables.add(rule.table()));
        var all = new ArrayList<FirewallRule>();
        for (var table : tables) {
            // What stands before the jump to koker's chain is asked first.
            var isAskedFirst = table.equals("filter");
            for (var line : saved.getOrDefault(table, List.of())) {
                var rule = missing.remove(key(table, line));
                if (rule != null) {
                    all.add(rule);
                    isAskedFirst &= !line.startsWith(FORWARD);
                } else if (line.startsWith(FORWARD) && isAskedFirst || concerns(line)) {
                    all.add(new FirewallRule(table, line, "", Presence.UNKNOWN));
                }
            }
            missing.values().stream()
                    .filter(rule -> rule.table().equals(table))
                    .map(rule -> rule.as(Presence.MISSING))
                    .forEach(all::add);
        }
        return all;
    }

    private boolean concerns(String line) {
        if (!line.startsWith("-A ")) {
            return false; // a chain
        }
        var bridges = BRIDGE.matcher(line).results().map(found -> found.group()).toList();
        if (bridges.contains(network.bridge()) || namesAddress(line)) {
            return true;
        }
        // What is in koker's chains belongs to other networks, or to nobody.
        return line.startsWith(CHAIN) && bridges.isEmpty() && !line.contains(" --comment koker-");
    }

    private boolean namesAddress(String line) {
        return names(line.split("[ /:]"), word -> network.addresses().contains(Ipv4.parse(word)))
                || network.hasIpv6()
                        && names(line.split("[ /\\[\\]]"), word -> network.addresses6()
                                .contains(Ipv6.parse(word)));
    }

    private static boolean names(String[] words, Predicate<String> isOfNetwork) {
        for (var word : words) {
            try {
                if (isOfNetwork.test(word)) {
                    return true;
                }
            } catch (IllegalArgumentException e) {
                // another word
            }
        }
        return false;
    }

    private static String key(String table, String line) {
        return table + " " + line;
    }
}
