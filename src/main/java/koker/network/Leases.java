package koker.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import koker.kernel.IpAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.plan.HostStep;
import koker.plan.Maker;

/**
 * Who has which address of a network: symbolic links in a folder, which are called as the address and lead to its holder's ID. The kernel
 * lets one of them be made only once, so that no address is given twice.
 */
public final class Leases {
    private final Maker maker;
    private final Path folder;

    /** The leases in {@code folder}, which is there. */
    public Leases(Maker maker, Path folder) {
        this.maker = maker;
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
        refuseUnless(lease(wanted, id), wanted, "--ip");
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

    /**
     * Gives the container {@code id} an address of IPv6 of {@code network}: if possible that with the same number in its subnet as {@code
     * address} has in its own.
     */
    public Ipv6 take6(Network network, String id, Ipv4 address) {
        var first = network.addresses6().base();
        var number = address.bits() - network.addresses().base().bits();
        while (true) {
            var wanted = first.plus(number++);
            if (!wanted.equals(network.gatewayAddress6())
                    && network.addresses6().contains(wanted)
                    && lease(wanted, id)) {
                return wanted;
            }
            number = network.addresses6().contains(first.plus(number)) ? number : 1;
        }
    }

    /**
     * Gives the container {@code id} the address {@code wanted} of {@code network}.
     *
     * @throws NetworkException if it cannot have that
     */
    public Ipv6 take(Network network, String id, Ipv6 wanted) {
        check(network, wanted);
        refuseUnless(lease(wanted, id), wanted, "--ip6");
        return wanted;
    }

    /**
     * Makes sure that {@code network} could give the address {@code wanted}.
     *
     * @throws NetworkException if not
     */
    public static void check(Network network, Ipv6 wanted) {
        if (!network.hasIpv6()) {
            throw new NetworkException("network " + network.name()
                    + " has no addresses of IPv6; make one with: koker network create --ipv6");
        }
        var subnet = network.addresses6();
        if (!subnet.contains(wanted) || wanted.equals(subnet.base()) || wanted.equals(network.gatewayAddress6())) {
            throw new NetworkException("network " + network.name() + " cannot give the address " + wanted
                    + "; it has those of " + subnet + " but " + network.gateway6() + " and the first one");
        }
    }

    private void refuseUnless(boolean leased, IpAddress wanted, String option) {
        if (!leased) {
            throw new NetworkException("the address " + wanted + " is in use by container "
                    + holder(wanted).orElse("?") + "; leave " + option + " out to get another one");
        }
    }

    /** Takes all addresses back from those that {@code holders} says; returns whether there were some. */
    public boolean giveBackAll(Predicate<String> holders) {
        var found = false;
        for (var name : names()) {
            var file = folder.resolve(name);
            if (holder(file).filter(holders).isPresent()) {
                maker.make(new HostStep.ReturnAddress(file.toString()));
                found = true;
            }
        }
        return found;
    }

    /** The container that has the address. */
    public Optional<String> holder(IpAddress address) {
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
    public Map<String, List<String>> holders() {
        var holders = new LinkedHashMap<String, List<String>>();
        for (var name : names()) {
            holder(folder.resolve(name)).ifPresent(id -> {
                var all = holders.computeIfAbsent(id, _ -> new ArrayList<>());
                all.add(isIpv6(name) ? all.size() : 0, name); // that of IPv4 first
            });
        }
        return holders;
    }

    private static boolean isIpv6(String address) {
        return address.indexOf(':') >= 0;
    }

    /** The addresses of IPv4 that are given; who has one of IPv6 has one of these, too. */
    public List<Ipv4> given() {
        return Arrays.stream(names())
                .filter(name -> !isIpv6(name))
                .map(Ipv4::parse)
                .toList();
    }

    /** The file that says who has the address. */
    public Path file(IpAddress address) {
        return folder.resolve(address.toString());
    }

    private boolean lease(IpAddress address, String id) {
        var step = new HostStep.LeaseAddress(file(address).toString(), id);
        return maker.make(step).get(HostStep.LeaseAddress.MADE) == 0;
    }

    private String[] names() {
        var names = folder.toFile().list();
        return names == null ? new String[0] : names;
    }
}
