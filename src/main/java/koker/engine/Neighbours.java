package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import koker.kernel.Ipv4;
import koker.network.HostLock;
import koker.network.Leases;
import koker.network.Network;

/**
 * The names by which the containers of a network know each other: lines at the end of each one's /etc/hosts. The default network has none, as
 * in Docker.
 */
record Neighbours(Engine engine, Network network, Leases leases) {
    private static final String MARK = "# Neighbours in this network; koker keeps what follows.\n";

    /** Writes all of them anew, as containers have come or gone. */
    void update() throws IOException {
        if (network.isDefault()) {
            return;
        }
        try (var _ = new HostLock(engine.kernel(), engine.trace(), Home.LOCK)) {
            var lines = lines();
            for (var id : lines.keySet()) {
                var others = new StringBuilder(MARK);
                lines.forEach((other, line) -> others.append(other.equals(id) ? "" : line));
                write(new ContainerFolder(id, engine.home().container(id)), others.toString());
            }
        }
    }

    private Map<String, String> lines() {
        var lines = new LinkedHashMap<String, String>();
        for (var address : leases.given()) {
            leases.holder(address)
                    .map(id -> new ContainerFolder(id, engine.home().container(id)))
                    .filter(ContainerFolder::described)
                    .ifPresent(folder -> lines.put(folder.id(), line(folder, address)));
        }
        return lines;
    }

    private static String line(ContainerFolder folder, Ipv4 address) {
        var state = folder.read();
        var names = new LinkedHashSet<String>();
        if (state.name() != null) {
            names.add(state.name());
        }
        names.addAll(state.settings().network().aliases());
        names.add(folder.id());
        return address + "\t" + String.join(" ", names) + "\n";
    }

    /** The file is shown in the container, so that it must stay the same one: no other can take its place. */
    private static void write(ContainerFolder folder, String others) throws IOException {
        var file = folder.path().resolve("hosts");
        var content = Files.exists(file) ? Files.readString(file) : "";
        var mark = content.indexOf(MARK);
        Files.writeString(file, (mark < 0 ? content : content.substring(0, mark)) + others);
    }
}
