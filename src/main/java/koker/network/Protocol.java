package koker.network;

import java.util.Locale;

/** The protocols that have ports, by the numbers that packets have them by (protocols(5)). */
enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /** The number of the protocol {@code name}. */
    static byte number(String name) {
        return (byte) valueOf(name.toUpperCase(Locale.ROOT)).number;
    }

    /** The name of the protocol {@code number}. */
    static String name(byte number) {
        for (var protocol : values()) {
            if ((byte) protocol.number == number) {
                return protocol.name().toLowerCase(Locale.ROOT);
            }
        }
        return Integer.toString(number & 0xff);
    }
}
