package koker.kernel;

import java.nio.ByteBuffer;

/**
 * An address of IPv6.
 *
 * @param high the first 64 bits
 * @param low the others, which tell links of a network from each other
 */
public record Ipv6(long high, long low) implements IpAddress {
    private static final int GROUPS = 8;

    /**
     * Reads {@code fd00::1} (RFC 4291), but for the form that ends like an address of IPv4.
     *
     * @throws IllegalArgumentException if it is no address
     */
    public static Ipv6 parse(String text) {
        var gap = text.indexOf("::");
        var before = gap < 0 ? groups(text, text) : groups(text.substring(0, gap), text);
        var after = gap < 0 ? new int[0] : groups(text.substring(gap + 2), text);
        if (gap < 0 ? before.length != GROUPS : before.length + after.length >= GROUPS) {
            throw none(text);
        }
        var all = new int[GROUPS];
        System.arraycopy(before, 0, all, 0, before.length);
        System.arraycopy(after, 0, all, GROUPS - after.length, after.length);
        var high = 0L;
        var low = 0L;
        for (var i = 0; i < GROUPS; i++) {
            high = high << 16 | low >>> 48;
            low = low << 16 | all[i];
        }
        return new Ipv6(high, low);
    }

    /** The address as 16 bytes in the order of the network. */
    public static Ipv6 of(byte[] bytes) {
        var buffer = ByteBuffer.wrap(bytes);
        return new Ipv6(buffer.getLong(), buffer.getLong());
    }

    @Override
    public byte[] bytes() {
        return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    /** The address {@code count} behind this one, which differs in the last 64 bits alone. */
    public Ipv6 plus(long count) {
        return new Ipv6(high, low + count);
    }

    /** By hand, for the reason that {@link Ipv4#equals} has. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Ipv6(var high, var low) && this.high == high && this.low == low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high) * 31 + Long.hashCode(low);
    }

    /** The address as it is written (RFC 5952): {@code fd00::1}. */
    @Override
    public String toString() {
        var from = 0;
        var length = 1;
        for (var i = 0; i < GROUPS; i++) {
            var zeros = 0;
            while (i + zeros < GROUPS && group(i + zeros) == 0) {
                zeros++;
            }
            if (zeros > length) {
                from = i;
                length = zeros;
            }
        }
        var text = new StringBuilder();
        for (var i = 0; i < GROUPS; i++) {
            if (length > 1 && i == from) {
                text.append("::");
                i += length - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private int group(int index) {
        return (int) ((index < 4 ? high : low) >>> 48 - index % 4 * 16) & 0xffff;
    }

    private static int[] groups(String part, String text) {
        if (part.isEmpty()) {
            return new int[0];
        }
        var words = part.split(":", -1);
        var groups = new int[words.length];
        for (var i = 0; i < words.length; i++) {
            var word = words[i];
            if (word.isEmpty() || word.length() > 4) {
                throw none(text);
            }
            for (var at = 0; at < word.length(); at++) {
                var digit = Character.digit(word.charAt(at), 16);
                if (digit < 0 || word.charAt(at) > 'f') {
                    throw none(text);
                }
                groups[i] = groups[i] << 4 | digit;
            }
        }
        return groups;
    }

    private static IllegalArgumentException none(String text) {
        return new IllegalArgumentException("'" + text + "' is no IPv6 address, such as fd00::1");
    }
}
