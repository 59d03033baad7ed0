package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import koker.kernel.Ipv4;
import koker.network.FirewallRule;
import koker.network.Iptables;
import koker.network.Leases;
import koker.network.NamespaceState;
import koker.network.Network;
import koker.network.NetworkState;
import koker.network.NetworkState.Member;
import koker.network.PortRule;
import koker.plan.Runner;
import koker.plan.StepException;

/** Looks at a network in the kernel: on the host, and in the namespace of each container that is connected. */
record NetworkSurvey(Engine engine, Runner runner) {
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

    /** The state of {@code network}, whose addresses {@code leases} has given. */
    NetworkState of(Network network, Leases leases) throws IOException {
        var members = new ArrayList<Member>();
        var ports = new TreeMap<String, List<PortRule>>();
        var firewalls = new ArrayList<String>();
        var given = new ArrayList<>(leases.given());
        given.sort((one, other) -> Integer.compareUnsigned(one.bits(), other.bits()));
        for (var address : given) {
            var holder = leases.holder(address);
            if (holder.isEmpty()) {
                continue; // it has just been given back
            }
            var folder = new ContainerFolder(holder.get(), engine.home().container(holder.get()));
            var connections = folder.connections();
            members.add(member(network, folder, address, connections));
            connections.ifPresent(all -> {
                firewalls.add(all.firewall());
                ports.put(
                        folder.id(),
                        all.ports().stream()
                                .filter(port -> port.address().equals(address.toString()))
                                .toList());
            });
        }
        return new NetworkState(
                network,
                NamespaceState.ofHost(runner),
                Files.readString(FORWARDING).startsWith("1"),
                members,
                rules(network, ports, firewalls));
    }

    private Member member(Network network, ContainerFolder folder, Ipv4 address, Optional<Connections> connections)
            throws IOException {
        var state = folder.described() ? Container.of(folder, engine) : null;
        var pid = state == null ? 0 : state.pid();
        var others = new LinkedHashMap<String, String>();
        var endpoints = connections.map(Connections::endpoints).orElse(List.of());
        for (var endpoint : endpoints) {
            others.put(endpoint.inside(), endpoint.network());
        }
        return new Member(
                state == null ? folder.id() : state.title(),
                folder.id(),
                address.toString(),
                pid,
                endpoints.stream()
                        .filter(endpoint -> endpoint.network().equals(network.name()))
                        .findFirst(),
                others,
                inside(pid));
    }

    private Optional<NamespaceState> inside(int pid) throws IOException {
        if (pid == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(NamespaceState.of(runner, pid));
        } catch (StepException e) {
            return Optional.empty(); // it has just ended
        }
    }

    private List<FirewallRule> rules(Network network, TreeMap<String, List<PortRule>> ports, List<String> kinds) {
        var kind = kinds.stream().filter(each -> !each.equals("none")).findFirst();
        if (kind.isEmpty() && (!kinds.isEmpty() || !Iptables.isInstalled())) {
            return List.of();
        }
        var rules = new Firewalls(engine).find(kind.orElse(null)).inspect(network, ports);
        // They come with the first container.
        return kinds.isEmpty()
                ? rules.stream()
                        .filter(rule -> rule.presence() != FirewallRule.Presence.MISSING)
                        .toList()
                : rules;
    }
}
