package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.network.HostLock;
import koker.network.Network;
import koker.network.NetworkStore;
import koker.plan.HostStep;
import koker.plan.Maker;

/**
 * The names by which the containers of a network know each other: lines at the end of each one's /etc/hosts. The default network has none, as
 * in Docker.
 */
final class Neighbours {
    private static final String MARK = "# Neighbours in this network; koker keeps what follows.\n";

    private final Engine engine;
    private final Maker maker;
    private final NetworkStore store;

    Neighbours(Engine engine, Maker maker) {
        this.engine = engine;
        this.maker = maker;
        this.store = new NetworkStore(engine.home().networks());
    }

    /** Writes those of {@code networks} anew, as containers have come or gone. */
    void update(List<String> networks) throws IOException {
        update(networks, Map.of());
    }

    /** The same, when the container of {@code folder} itself has come or gone, and but for neighbours has the file {@code hosts} now. */
    void update(List<String> networks, ContainerFolder folder, String hosts) throws IOException {
        update(networks, Map.of(folder.id(), hosts));
    }

    private void update(List<String> networks, Map<String, String> known) throws IOException {
        if (known.isEmpty() && networks.stream().allMatch(Network.DEFAULT::equals)) {
            return;
        }
        // Not the lock of those who change the firewall, which takes longer.
        try (var _ = new HostLock(maker, engine.home().networks())) {
            var addresses = addresses();
            var affected = new HashSet<>(known.keySet());
            for (var network : networks) {
                affected.addAll(addresses.getOrDefault(network, Map.of()).keySet());
            }
            var states = states(addresses, affected);
            for (var id : affected) {
                var folder = new ContainerFolder(id, engine.home().container(id));
                if (folder.described()) {
                    write(folder, known.get(id), lines(id, addresses, states));
                }
            }
        }
    }

    /** Who has which address, in each network. */
    private Map<String, Map<String, List<String>>> addresses() throws IOException {
        var addresses = new LinkedHashMap<String, Map<String, List<String>>>();
        for (var network : store.list()) {
            if (!network.isDefault()) {
                addresses.put(
                        network.name(), store.leases(maker, network.name()).holders());
            }
        }
        return addresses;
    }

    /** What is written of {@code affected} containers, and of their neighbours. */
    private Map<String, State> states(Map<String, Map<String, List<String>>> addresses, Set<String> affected) {
        var ids = new HashSet<String>();
        for (var holders : addresses.values()) {
            if (holders.keySet().stream().anyMatch(affected::contains)) {
                ids.addAll(holders.keySet());
            }
        }
        var states = new HashMap<String, State>();
        for (var id : ids) {
            var folder = new ContainerFolder(id, engine.home().container(id));
            if (folder.described()) {
                states.put(id, folder.read());
            }
        }
        return states;
    }

    private static String lines(
            String id, Map<String, Map<String, List<String>>> addresses, Map<String, State> states) {
        var lines = new StringBuilder();
        addresses.forEach((network, holders) -> {
            if (holders.containsKey(id)) {
                holders.forEach((other, own) -> {
                    if (!other.equals(id) && states.containsKey(other)) {
                        var names = names(states.get(other), network);
                        own.forEach(address ->
                                lines.append(address).append('\t').append(names).append('\n'));
                    }
                });
            }
        });
        return lines.toString();
    }

    private static String names(State state, String network) {
        var names = new LinkedHashSet<String>();
        if (state.name() != null) {
            names.add(state.name());
        }
        state.settings().network().endpoint(network).ifPresent(wanted -> names.addAll(wanted.aliases()));
        names.add(state.id());
        return String.join(" ", names);
    }

    /** The file is shown in the container, so that it must stay the same one: no other can take its place. */
    private void write(ContainerFolder folder, String hosts, String others) throws IOException {
        var file = folder.path().resolve("hosts");
        var old = Files.exists(file) ? Files.readString(file) : "";
        var mark = old.indexOf(MARK);
        var base = hosts != null ? hosts : mark < 0 ? old : old.substring(0, mark);
        var content = others.isEmpty() && mark < 0 ? base : base + MARK + others;
        if (!content.equals(old)) {
            maker.make(new HostStep.WriteFile(file.toString(), content));
        }
    }
}
