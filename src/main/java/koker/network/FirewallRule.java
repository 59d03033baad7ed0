package koker.network;

/**
 * A rule of the host's firewall that concerns a network.
 *
 * @param table where it stands, such as nat
 * @param line the rule, as users read it
 * @param port the port of the host that it is for, {@code 0.0.0.0:8080/tcp}; empty if it is for all packets
 */
public record FirewallRule(String table, String line, String port, Presence presence) {
    /** Whether a rule is there, and whether it ought to be. */
    public enum Presence {
        /** As it ought to be. */
        THERE,
        /** It ought to be there, and is not. */
        MISSING,
        /** Somebody else has made it. */
        UNKNOWN
    }

    /** The same rule, in a table that is called so. */
    FirewallRule in(String other) {
        return new FirewallRule(other, line, port, presence);
    }

    /** The same rule, which is not there, or not koker's. */
    FirewallRule as(Presence other) {
        return new FirewallRule(table, line, port, other);
    }
}
