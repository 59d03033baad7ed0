package koker.kernel;

/**
 * An address of IPv4. (java.net takes milliseconds to say as much.)
 *
 * @param bits the four numbers, the first one highest
 */
public record Ipv4(int bits) implements IpAddress {
    /**
     * Reads {@code 10.1.2.3}.
     *
     * @throws IllegalArgumentException if it is no address
     */
    public static Ipv4 parse(String text) {
        var bits = 0;
        var numbers = text.split("\\.", -1);
        for (var number : numbers) {
            if (numbers.length != 4 || !isOctet(number)) {
                throw new IllegalArgumentException("'" + text + "' is no IPv4 address, such as 10.1.2.3");
            }
            bits = bits << 8 | Integer.parseInt(number);
        }
        return new Ipv4(bits);
    }

    /** The address as 4 bytes in the order of the network. */
    public static Ipv4 of(byte[] bytes) {
        return new Ipv4((bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff);
    }

    @Override
    public byte[] bytes() {
        return new byte[] {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
    }

    /** The address {@code count} behind this one. */
    public Ipv4 plus(int count) {
        return new Ipv4(bits + count);
    }

    /** By hand, as Java makes the method of a record while it runs, which takes each start some milliseconds. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Ipv4(var others) && bits == others;
    }

    @Override
    public int hashCode() {
        return bits;
    }

    /** The address as it is written: {@code 10.1.2.3}. */
    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >> 16 & 0xff) + "." + (bits >> 8 & 0xff) + "." + (bits & 0xff);
    }

    private static boolean isOctet(String text) {
        if (text.isEmpty() || text.length() > 3 || text.length() > 1 && text.charAt(0) == '0') {
            return false;
        }
        for (var i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return Integer.parseInt(text) < 256;
    }
}
