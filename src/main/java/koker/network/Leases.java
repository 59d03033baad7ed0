package koker.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
        var subnet = network.addresses();
        if (!subnet.contains(wanted)
                || wanted.equals(subnet.base())
                || wanted.equals(subnet.broadcast())
                || wanted.equals(network.gatewayAddress())) {
            throw new NetworkException("network " + network.name() + " cannot give the address " + wanted
                    + "; it has those of " + subnet + " but " + network.gateway() + ", the first and the last one");
        }
        if (!lease(wanted, id)) {
            throw new NetworkException("the address " + wanted + " is in use by container "
                    + holder(wanted).orElse("?") + "; leave --ip out to get another one");
        }
        return wanted;
    }

    /** Takes the address back from the container {@code id}, if it has it. */
    public void giveBack(Ipv4 address, String id) {
        if (holder(address).filter(id::equals).isPresent()) {
            runner.make(new HostStep.ReturnAddress(file(address).toString()));
        }
    }

    /** Takes all addresses back from the container {@code id}. */
    public void giveBackAll(String id) {
        for (var name : names()) {
            giveBack(Ipv4.parse(name), id);
        }
    }

    /** The container that has the address. */
    public Optional<String> holder(Ipv4 address) {
        try {
            return Optional.of(Files.readSymbolicLink(file(address)).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
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
