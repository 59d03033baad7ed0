package koker.network;

import com.google.gson.JsonParseException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.plan.Maker;
import koker.spec.JsonRecords;

/** The networks that koker knows: a folder for each, with its description and its leases. */
public record NetworkStore(Path folder) {
    /**
     * The network of that name, if there is one.
     *
     * @throws NetworkException if its file is damaged
     */
    public Optional<Network> find(String name) throws IOException {
        var file = file(name);
        try {
            return Optional.of(JsonRecords.read(Files.readString(file), Network.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonParseException | NullPointerException e) {
            throw new NetworkException(file + " is damaged; remove it with: koker network rm " + name);
        }
    }

    /** All of them, by name. */
    public List<Network> list() throws IOException {
        var names = folder.toFile().list();
        var networks = new ArrayList<Network>();
        for (var name : names == null ? new String[0] : names) {
            find(name).ifPresent(networks::add);
        }
        networks.sort((one, other) -> one.name().compareTo(other.name()));
        return networks;
    }

    /** Keeps a network, with no leases if it is new. */
    public void write(Network network) throws IOException {
        Files.createDirectories(leases(network.name()));
        var next = folder.resolve(network.name()).resolve("network.json.new");
        Files.writeString(next, JsonRecords.write(network));
        Files.move(next, file(network.name()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Forgets a network. */
    public void delete(String name) throws IOException {
        Files.deleteIfExists(file(name));
        var leases = leases(name).toFile().listFiles();
        for (var lease : leases == null ? new File[0] : leases) {
            Files.deleteIfExists(lease.toPath());
        }
        Files.deleteIfExists(leases(name));
        Files.deleteIfExists(folder.resolve(name).resolve("network.json.new"));
        Files.deleteIfExists(folder.resolve(name));
    }

    /** The leases of the network {@code name}. */
    public Leases leases(Maker maker, String name) {
        return new Leases(maker, leases(name));
    }

    private Path leases(String name) {
        return folder.resolve(name).resolve("leases");
    }

    private Path file(String name) {
        return folder.resolve(name).resolve("network.json");
    }
}
