package koker.network;

import koker.kernel.Ipv4;

/**
 * A range of addresses: those that begin with the same bits.
 *
 * @param base the first address, whose other bits are 0
 * @param prefix how many bits they share
 */
public record Subnet(Ipv4 base, int prefix) {
    /** That of 10.0.0.0/8. */
    private static final int LARGEST_PRIVATE_RANGE = 8;

    public Subnet {
        base = new Ipv4(base.bits() & mask(prefix));
    }

    /**
     * Reads {@code 10.1.0.0/16}.
     *
     * @throws IllegalArgumentException if it is no range
     */
    public static Subnet parse(String text) {
        var slash = text.indexOf('/');
        var number = text.substring(slash + 1);
        if (slash < 0
                || number.isEmpty()
                || number.length() > 2
                || !number.chars().allMatch(Character::isDigit)) {
            throw new IllegalArgumentException("'" + text + "' is no subnet, such as 10.1.0.0/16");
        }
        var prefix = Integer.parseInt(number);
        var address = Ipv4.parse(text.substring(0, slash));
        if (prefix > 32 || !new Subnet(address, prefix).base().equals(address)) {
            throw new IllegalArgumentException("'" + text + "' is no subnet: "
                    + (prefix > 32 ? "an address has 32 bits" : "did you mean " + new Subnet(address, prefix) + "?"));
        }
        return new Subnet(address, prefix);
    }

    /** Whether the address is one of them. */
    public boolean contains(Ipv4 address) {
        return (address.bits() & mask(prefix)) == base.bits();
    }

    /** Whether an address can be in both. */
    public boolean overlaps(Subnet other) {
        var common = mask(Math.min(prefix, other.prefix));
        return (base.bits() & common) == (other.base.bits() & common);
    }

    /** Whether a route to it leads somewhere; one for more than any private range has is a way to everywhere, as VPNs make two halves of it. */
    boolean isPlace() {
        return prefix >= LARGEST_PRIVATE_RANGE;
    }

    /** How many addresses a link can have: all but the first and the last one, which mean the network itself, and everybody. */
    public int hosts() {
        return prefix > 30 ? 0 : (1 << 32 - prefix) - 2;
    }

    /** The last address: what is sent there is for everybody. */
    public Ipv4 broadcast() {
        return new Ipv4(base.bits() | ~mask(prefix));
    }

    /** The bits that all of them share. */
    Ipv4 mask() {
        return new Ipv4(mask(prefix));
    }

    /** By hand, for the reason that {@link Ipv4#equals} has. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Subnet(var base, var prefix) && this.prefix == prefix && this.base.equals(base);
    }

    @Override
    public int hashCode() {
        return 31 * base.hashCode() + prefix;
    }

    /** The range as it is written: {@code 10.1.0.0/16}. */
    @Override
    public String toString() {
        return base + "/" + prefix;
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << 32 - prefix;
    }
}
