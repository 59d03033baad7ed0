package koker.network;

import koker.kernel.Ipv6;

/**
 * A range of addresses of IPv6: those that begin with the same bits.
 *
 * @param base the first address, whose other bits are 0
 * @param prefix how many bits they share
 */
public record Subnet6(Ipv6 base, int prefix) {
    public Subnet6 {
        base = new Ipv6(base.high() & mask(prefix), base.low() & mask(prefix - Long.SIZE));
    }

    /**
     * Reads {@code fd00:1:2:3::/64}.
     *
     * @throws IllegalArgumentException if it is no range
     */
    public static Subnet6 parse(String text) {
        var slash = text.indexOf('/');
        var number = text.substring(slash + 1);
        if (slash < 0
                || number.isEmpty()
                || number.length() > 3
                || !number.chars().allMatch(c -> c >= '0' && c <= '9')
                || Integer.parseInt(number) > 128) {
            throw new IllegalArgumentException("'" + text + "' is no subnet, such as fd00:1:2:3::/64");
        }
        var address = Ipv6.parse(text.substring(0, slash));
        var subnet = new Subnet6(address, Integer.parseInt(number));
        if (!subnet.base().equals(address)) {
            throw new IllegalArgumentException("'" + text + "' is no subnet: did you mean " + subnet + "?");
        }
        return subnet;
    }

    /** Whether the address is one of them. */
    public boolean contains(Ipv6 address) {
        return new Subnet6(address, prefix).base().equals(base);
    }

    /** Whether an address can be in both. */
    public boolean overlaps(Subnet6 other) {
        return prefix <= other.prefix ? contains(other.base) : other.contains(base);
    }

    /** The range as it is written: {@code fd00:1:2:3::/64}. */
    @Override
    public String toString() {
        return base + "/" + prefix;
    }

    /** The bits that all of them share. */
    Ipv6 mask() {
        return new Ipv6(mask(prefix), mask(prefix - Long.SIZE));
    }

    /** The first {@code bits} of 64. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= Long.SIZE ? -1 : -1L << Long.SIZE - bits;
    }
}
