package koker.kernel;

/** An address of a link, of either version of IP; what it is written as, {@link #toString} says. */
public sealed interface IpAddress permits Ipv4, Ipv6 {
    /** The bytes of the address, in the order of the network. */
    byte[] bytes();
}
