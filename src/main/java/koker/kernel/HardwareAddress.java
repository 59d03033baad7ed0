package koker.kernel;

import java.util.HexFormat;

/**
 * The address of a network card, or of a link that behaves like one.
 *
 * @param bits 48 of them, the first byte highest
 */
public record HardwareAddress(long bits) {
    private static final HexFormat FORM = HexFormat.ofDelimiter(":");
    private static final int BYTES = 6;

    /**
     * Reads {@code 02:42:0a:01:02:03}.
     *
     * @throws IllegalArgumentException if it is no address of a single card
     */
    public static HardwareAddress parse(String text) {
        byte[] bytes;
        try {
            bytes = FORM.parseHex(text);
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != BYTES || (bytes[0] & 1) != 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no address of a network card, such as 02:42:0a:01:02:03");
        }
        var bits = 0L;
        for (var each : bytes) {
            bits = bits << 8 | each & 0xff;
        }
        return new HardwareAddress(bits);
    }

    /**
     * One of those that nobody sells, made from an address of IPv4 as Docker does: whoever gets that address next has the same one here, so
     * that no neighbour remembers a wrong one.
     */
    public static HardwareAddress of(Ipv4 address) {
        return new HardwareAddress(0x0242L << 32 | address.bits() & 0xffffffffL);
    }

    /** The bytes, as they stand in a message. */
    byte[] bytes() {
        var bytes = new byte[BYTES];
        for (var i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (bits >> 8 * (BYTES - 1 - i));
        }
        return bytes;
    }

    /** The address as it is written: {@code 02:42:0a:01:02:03}. */
    @Override
    public String toString() {
        return FORM.formatHex(bytes());
    }
}
