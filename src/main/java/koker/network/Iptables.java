package koker.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import koker.plan.Maker;
import koker.plan.Runner;

/**
 * A firewall by iptables(8), which lives beside Docker's rules and those of others: koker's are in chains of its own, and one jump leads to
 * each. What is there is asked of iptables-save, what is missing is told iptables-restore.
 */
public final class Iptables implements Firewall {
    /** What {@code --firewall} calls it. */
    public static final String NAME = "iptables";

    private static final String FORWARD = "KOKER-FORWARD";
    private static final String NAT = "KOKER-NAT";
    private static final String PORTS = "KOKER-PORTS";
    private static final String BRIDGES = "koker+";
    private static final String COMMENT = "--comment koker-";

    /** What holds for all of koker's networks, behind what holds for one. */
    private static final List<String> FORWARD_ALL = List.of(
            // By a published port one may come from anywhere, and what belongs to a connection may always pass.
            "-A " + FORWARD + " -o " + BRIDGES + " -m conntrack --ctstate DNAT -j ACCEPT",
            "-A " + FORWARD + " -o " + BRIDGES + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            // From one network to another: no. Out: yes. In: no.
            "-A " + FORWARD + " -i " + BRIDGES + " -o " + BRIDGES + " -j DROP",
            "-A " + FORWARD + " -i " + BRIDGES + " -j ACCEPT",
            "-A " + FORWARD + " -o " + BRIDGES + " -j DROP");

    private static final Map<String, List<String>> JUMPS = Map.of(
            "filter",
            List.of("-A FORWARD -j " + FORWARD),
            "nat",
            List.of(
                    "-A PREROUTING -m addrtype --dst-type LOCAL -j " + PORTS,
                    "-A OUTPUT -m addrtype --dst-type LOCAL -j " + PORTS,
                    "-A POSTROUTING -j " + NAT),
            // Packets for 127.0.0.1 may go to containers where a port is published; so none may come from them.
            "raw",
            List.of("-A PREROUTING -d 127.0.0.0/8 -i " + BRIDGES + " -j DROP"));

    /** In IPv6 the kernel lets nothing from and to ::1 pass a link. */
    private static final Map<String, List<String>> JUMPS6 = Map.of(
            "filter",
            List.of("-A FORWARD -j " + FORWARD),
            "nat",
            List.of(
                    "-A PREROUTING -m addrtype --dst-type LOCAL -j " + PORTS,
                    "-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL -j " + PORTS,
                    "-A POSTROUTING -j " + NAT));

    private final Maker maker;
    private final Program tool;
    private final Path lock;
    private final boolean six;
    private boolean hasMended;

    /**
     * The firewall of the network namespace that koker is in: iptables, and ip6tables for networks with addresses of IPv6.
     *
     * @param tool how the programs of that name are run
     * @param lock a folder that is locked while rules are looked at and changed
     */
    public Iptables(Maker maker, Program tool, Path lock) {
        this(maker, tool, lock, false);
    }

    private Iptables(Maker maker, Program tool, Path lock, boolean six) {
        this.six = six;
        this.maker = maker;
        this.tool = tool;
        this.lock = lock;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** Whether the programs are there. */
    public static boolean isInstalled() {
        return Tool.find("iptables-restore").isPresent();
    }

    @Override
    public void admit(Network network) {
        if (!six && network.hasIpv6()) {
            var six = six();
            six.admit(network);
            hasMended |= six.hasMended;
        }
        if (missing(saved(), network).isEmpty()) {
            return; // as mostly; only who changes something keeps others waiting
        }
        try (var _ = new HostLock(maker, lock)) {
            var changes = missing(saved(), network);
            hasMended |= !changes.isEmpty();
            restore(changes);
        }
    }

    @Override
    public List<PortRule> publish(Network network, String id, List<PortRule> ports) {
        var chosen = choose(network, id, ports);
        if (!six && network.hasIpv6()) {
            try {
                note6();
                var six = six();
                six.publish(network, id, chosen);
                hasMended |= six.hasMended;
            } catch (NetworkException e) {
                withdraw(id);
                throw e;
            }
        }
        return chosen;
    }

    private List<PortRule> choose(Network network, String id, List<PortRule> ports) {
        var taken = TakenPorts.byPrograms();
        try (var _ = new HostLock(maker, lock)) {
            var saved = saved();
            rules(saved, taken);
            var chosen = taken.choose(ports, id);
            var changes = missing(saved, network);
            hasMended |= !changes.isEmpty();
            for (var port : chosen) {
                port.of(six).ifPresent(rule -> changes.computeIfAbsent("nat", _ -> new ArrayList<>())
                        .add("-A " + rule(rule, id)));
            }
            restore(changes);
            return chosen;
        }
    }

    @Override
    public boolean hasMended() {
        return hasMended;
    }

    @Override
    public void withdraw(String id) {
        try (var _ = new HostLock(maker, lock)) {
            remove(saved(), line -> line.contains(COMMENT + id + " "));
        }
        if (!six && Files.exists(noted6())) {
            six().withdraw(id);
        }
    }

    /** With the last network koker's chains go, too. */
    @Override
    public void dismiss(Network network) {
        if (!six && network.hasIpv6()) {
            six().dismiss(network);
        }
        var own = new LinkedHashSet<>(forward(network));
        own.addAll(masquerade(network));
        var saved = saved();
        var others = new LinkedHashSet<>(of(saved.getOrDefault("filter", List.of()), FORWARD));
        others.removeAll(own);
        others.removeAll(FORWARD_ALL);
        if (others.isEmpty()) {
            removeChains(saved);
        } else {
            remove(saved, own::contains);
        }
    }

    private void removeChains(Map<String, List<String>> saved) {
        var changes = new LinkedHashMap<String, List<String>>();
        saved.forEach((table, lines) -> {
            var jumps = (six ? JUMPS6 : JUMPS).getOrDefault(table, List.of());
            var gone = new ArrayList<String>();
            lines.stream().filter(jumps::contains).forEach(jump -> gone.add("-D" + jump.substring(2)));
            for (var chain : List.of(FORWARD, NAT, PORTS)) {
                if (lines.stream().anyMatch(line -> line.startsWith(":" + chain + " "))) {
                    gone.addAll(List.of("-F " + chain, "-X " + chain));
                }
            }
            if (!gone.isEmpty()) {
                changes.put(table, gone);
            }
        });
        restore(changes);
    }

    @Override
    public List<FirewallRule> inspect(Network network, Map<String, List<PortRule>> ports) {
        var wanted = new ArrayList<FirewallRule>();
        (six ? JUMPS6 : JUMPS).forEach((table, jumps) -> jumps.forEach(line -> wanted.add(wanted(table, line, ""))));
        forward(network).forEach(line -> wanted.add(wanted("filter", line, "")));
        FORWARD_ALL.forEach(line -> wanted.add(wanted("filter", line, "")));
        masquerade(network).forEach(line -> wanted.add(wanted("nat", line, "")));
        ports.forEach((id, all) -> all.forEach(port ->
                port.of(six).ifPresent(rule -> wanted.add(wanted("nat", "-A " + rule(rule, id), rule.shown())))));
        var found = new RuleInspection(network, wanted).compare(saved());
        if (!six && network.hasIpv6()) {
            six().inspect(network, ports).forEach(rule -> found.add(rule.in(rule.table() + " of IPv6")));
        }
        return found;
    }

    private static FirewallRule wanted(String table, String line, String port) {
        return new FirewallRule(table, line, port, FirewallRule.Presence.THERE);
    }

    private void remove(Map<String, List<String>> saved, Predicate<String> unwanted) {
        var changes = new LinkedHashMap<String, List<String>>();
        saved.forEach((table, lines) -> {
            for (var line : lines) {
                if (line.startsWith("-A ") && unwanted.test(line)) {
                    changes.computeIfAbsent(table, _ -> new ArrayList<>()).add("-D " + line.substring(3));
                }
            }
        });
        restore(changes);
    }

    /** What has to be done, table by table, so that all that {@code network} needs is there. */
    private Map<String, List<String>> missing(Map<String, List<String>> saved, Network network) {
        var changes = new LinkedHashMap<String, List<String>>();
        var filter = saved.getOrDefault("filter", List.of());
        var wanted = forward(network);
        if (!filter.containsAll(wanted) || !of(filter, FORWARD).containsAll(FORWARD_ALL)) {
            // Their order matters: all anew, with what other networks have.
            var all = new LinkedHashSet<>(wanted);
            all.addAll(of(filter, FORWARD));
            FORWARD_ALL.forEach(all::remove);
            all.addAll(FORWARD_ALL);
            var lines = changes.computeIfAbsent("filter", _ -> new ArrayList<>());
            lines.add(":" + FORWARD + " - [0:0]");
            lines.addAll(all);
        }
        var nat = saved.getOrDefault("nat", List.of());
        for (var chain : List.of(PORTS, NAT)) {
            if (nat.stream().noneMatch(line -> line.startsWith(":" + chain + " "))) {
                changes.computeIfAbsent("nat", _ -> new ArrayList<>()).add(":" + chain + " - [0:0]");
            }
        }
        for (var line : masquerade(network)) {
            if (!nat.contains(line)) {
                changes.computeIfAbsent("nat", _ -> new ArrayList<>()).add(line);
            }
        }
        (six ? JUMPS6 : JUMPS).forEach((table, jumps) -> {
            for (var jump : jumps) {
                if (!saved.getOrDefault(table, List.of()).contains(jump)) {
                    // Before what others have, who may let nothing pass.
                    changes.computeIfAbsent(table, _ -> new ArrayList<>()).add("-I" + jump.substring(2));
                }
            }
        });
        return changes;
    }

    private static List<String> of(List<String> lines, String chain) {
        return lines.stream()
                .filter(line -> line.startsWith("-A " + chain + " "))
                .toList();
    }

    /** Where br_netfilter is loaded, even what stays on the bridge is forwarded. */
    private static List<String> forward(Network network) {
        var bridge = network.bridge();
        var among = "-A " + FORWARD + " -i " + bridge + " -o " + bridge + " -j ACCEPT";
        return network.internal()
                ? List.of(
                        among,
                        "-A " + FORWARD + " -i " + bridge + " -j DROP",
                        "-A " + FORWARD + " -o " + bridge + " -j DROP")
                : List.of(among);
    }

    private List<String> masquerade(Network network) {
        if (network.internal()) {
            return List.of();
        }
        var from = "-A " + NAT + " -s " + (six ? network.subnet6() : network.subnet());
        // The world knows nothing of these addresses.
        var out = from + " ! -o " + network.bridge() + " -j MASQUERADE";
        // Who comes by a published port from near must be answered by the same way.
        var near = from + " -o " + network.bridge() + " -m conntrack --ctstate DNAT -j MASQUERADE";
        return six
                ? List.of(out, near)
                : List.of(out, near, "-A " + NAT + " -s 127.0.0.0/8 -o " + network.bridge() + " -j MASQUERADE");
    }

    private static String rule(PortRule port, String id) {
        return PORTS
                + (port.host().isEmpty()
                        ? ""
                        : " -d " + port.host() + (port.host().indexOf(':') < 0 ? "/32" : "/128")) + " -p "
                + port.protocol() + " -m "
                + port.protocol() + " --dport " + port.port() + " -m comment " + COMMENT + id
                + " -j DNAT --to-destination " + port.destination();
    }

    /** Adds the ports that lead to containers to those that are taken. */
    private static void rules(Map<String, List<String>> saved, TakenPorts taken) {
        for (var line : of(saved.getOrDefault("nat", List.of()), PORTS)) {
            var words = List.of(line.split(" "));
            var host = after(words, "-d").orElse("");
            var rule = new PortRule(
                    after(words, "-p").orElse(""),
                    host.replaceFirst("/(32|128)$", ""),
                    Integer.parseInt(after(words, "--dport").orElse("0")),
                    "",
                    0);
            taken.add(rule, after(words, "--comment").orElse("?").replace("koker-", ""));
        }
    }

    private static Optional<String> after(List<String> words, String option) {
        var at = words.indexOf(option);
        return at < 0 || at + 1 == words.size() ? Optional.empty() : Optional.of(words.get(at + 1));
    }

    private Iptables six() {
        return new Iptables(maker, tool, lock, true);
    }

    /** A file that is there if ports of IPv6 were published since the machine was started: then ip6tables is asked for them. */
    private Path noted6() {
        return lock.resolve("ip6tables");
    }

    private void note6() {
        try {
            if (maker instanceof Runner && !Files.exists(noted6())) {
                Files.createFile(noted6());
            }
        } catch (IOException e) {
            throw new NetworkException("cannot write " + noted6() + ": " + e.getMessage());
        }
    }

    /** The rules, and with a colon the chains, of each table. */
    private Map<String, List<String>> saved() {
        var tables = new LinkedHashMap<String, List<String>>();
        var table = "";
        for (var line : tool.run(List.of(program("save")), "").split("\n")) {
            if (line.startsWith("*")) {
                table = line.substring(1);
            } else if (line.startsWith(":") || line.startsWith("-")) {
                tables.computeIfAbsent(table, _ -> new ArrayList<>()).add(line.strip());
            }
        }
        return tables;
    }

    private void restore(Map<String, List<String>> changes) {
        if (changes.isEmpty()) {
            return;
        }
        var text = new StringBuilder();
        changes.forEach((table, lines) -> {
            text.append('*').append(table).append('\n');
            lines.forEach(line -> text.append(line).append('\n'));
            text.append("COMMIT\n");
        });
        tool.run(List.of(program("restore"), "-w", "--noflush"), text.toString());
    }

    private String program(String verb) {
        var name = (six ? "ip6tables-" : "iptables-") + verb;
        return Tool.find(name)
                .orElseThrow(() -> new NetworkException(
                        "there is no " + name + "; install iptables, or choose another --firewall"));
    }
}
