package koker.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import koker.kernel.Ipv4;
import koker.plan.HostStep;
import koker.plan.Runner;

/**
 * Who has which address of a network: symbolic links in a folder, which are called as the address and lead to its holder's ID. The kernel
 * lets one of them be made only once, so that no address is given twice.
 */
public final class Leases {
    private final Runner runner;
    private final Path folder;

    /** The leases in {@code folder}, which is there. */
    public Leases(Runner runner, Path folder) {
        this.runner = runner;
        this.folder = folder;
    }

    /**
     * Gives the container {@code id} an address of {@code network}.
     *
     * @throws NetworkException if there is none left
     */
    public Ipv4 take(Network network, String id) {
        var taken = Set.of(names());
        var given = network.given();
        var first = given.base();
        var gateway = network.gatewayAddress();
        for (var i = 1; i <= given.hosts(); i++) {
            var address = first.plus(i);
            if (!address.equals(gateway) && !taken.contains(address.toString()) && lease(address, id)) {
                return address;
            }
        }
        throw new NetworkException("all addresses of network " + network.name() + ", " + given
                + ", are given to containers; remove some, or make another network");
    }

    /**
     * Gives the container {@code id} the address {@code wanted} of {@code network}.
     *
     * @throws NetworkException if it cannot have that
     */
    public Ipv4 take(Network network, String id, Ipv4 wanted) {
        check(network, wanted);
        if (!lease(wanted, id)) {
            throw new NetworkException("the address " + wanted + " is in use by container "
                    + holder(wanted).orElse("?") + "; leave --ip out to get another one");
        }
        return wanted;
    }

    /**
     * Makes sure that {@code network} could give the address {@code wanted}.
     *
     * @throws NetworkException if not
     */
    public static void check(Network network, Ipv4 wanted) {
        var subnet = network.addresses();
        if (!subnet.contains(wanted)
                || wanted.equals(subnet.base())
                || wanted.equals(subnet.broadcast())
                || wanted.equals(network.gatewayAddress())) {
            throw new NetworkException("network " + network.name() + " cannot give the address " + wanted
                    + "; it has those of " + subnet + " but " + network.gateway() + ", the first and the last one");
        }
    }

    /** Takes all addresses back from those that {@code holders} says; returns whether there were some. */
    public boolean giveBackAll(Predicate<String> holders) {
        var found = false;
        for (var name : names()) {
            var file = folder.resolve(name);
            if (holder(file).filter(holders).isPresent()) {
                runner.make(new HostStep.ReturnAddress(file.toString()));
                found = true;
            }
        }
        return found;
    }

    /** The container that has the address. */
    public Optional<String> holder(Ipv4 address) {
        return holder(file(address));
    }

    private static Optional<String> holder(Path file) {
        try {
            return Optional.of(Files.readSymbolicLink(file).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The containers that have addresses, and which. */
    public Map<String, String> holders() {
        var holders = new LinkedHashMap<String, String>();
        for (var name : names()) {
            holder(folder.resolve(name)).ifPresent(id -> holders.put(id, name));
        }
        return holders;
    }

    /** The addresses that are given. */
    public List<Ipv4> given() {
        return java.util.Arrays.stream(names()).map(Ipv4::parse).toList();
    }

    /** The file that says who has the address. */
    public Path file(Ipv4 address) {
        return folder.resolve(address.toString());
    }

    private boolean lease(Ipv4 address, String id) {
        var step = new HostStep.LeaseAddress(file(address).toString(), id);
        return runner.make(step).get(HostStep.LeaseAddress.MADE) == 0;
    }

    private String[] names() {
        var names = folder.toFile().list();
        return names == null ? new String[0] : names;
    }
}
