package koker.kernel;

/** An address of a link, of either version of IP; what it is written as, {@link #toString} says. */
public sealed interface IpAddress permits Ipv4, Ipv6 {
    /** The bytes of the address, in the order of the network. */
    byte[] bytes();

    /** The address as bytes in the order of the network: 4, or 16. */
    static IpAddress of(byte[] bytes) {
        return bytes.length == 4 ? Ipv4.of(bytes) : Ipv6.of(bytes);
    }

    /**
     * Reads an address of either version.
     *
     * @throws IllegalArgumentException if it is none
     */
    static IpAddress parse(String text) {
        return text.indexOf(':') < 0 ? Ipv4.parse(text) : Ipv6.parse(text);
    }
}
