package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of IPv6, read and written. */
class Ipv6Test {
    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "fd00::, fd00::",
        "fd00:0:0:0:0:0:0:1, fd00::1",
        "FD00:00AB::0001, fd00:ab::1",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:0:3:4:5:6:7:8, 1:0:3:4:5:6:7:8",
        "1:0:0:4:0:0:0:8, 1:0:0:4::8",
        "1:0:0:4:5:0:0:8, 1::4:5:0:0:8",
        "0:0:3:4:5:6:7:8, ::3:4:5:6:7:8",
        "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0"
    })
    void anAddressIsWrittenInTheShortestWay(String text, String shortest) throws Exception {
        var address = Ipv6.parse(text);
        assertEquals(shortest, address.toString());
        assertEquals(address, Ipv6.parse(address.toString()));
        assertEquals(InetAddress.getByName(text), InetAddress.getByAddress(address.bytes()));
        assertEquals(address, Ipv6.of(address.bytes()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4::5:6:7:8",
                "1::2::3",
                "12345::",
                "g::",
                "fd00::%eth0",
                "::1.2.3.4",
                " ::1",
                "1:"
            })
    void whatIsNoAddressIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Ipv6.parse(text));
    }

    @Test
    void oneIsBehindTheOther() {
        assertEquals("fd00::1:0", Ipv6.parse("fd00::ffff").plus(1).toString());
    }
}
