package koker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import koker.kernel.Ipv6;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of addresses of IPv6. */
class Subnet6Test {
    @ParameterizedTest
    @CsvSource({
        "fd00:1:2:3::/64, fd00:1:2:3:ffff::1, fd00:1:2:4::1",
        "fd00::/8, fdff::1, fe00::1",
        "fd00::/120, fd00::ff, fd00::100",
        "::/0, ffff::, ",
        "fd00::1/128, fd00::1, fd00::2"
    })
    void itHasThoseThatBeginWithTheSameBits(String text, String in, String out) {
        var subnet = Subnet6.parse(text);
        assertEquals(text, subnet.toString());
        assertTrue(subnet.contains(Ipv6.parse(in)));
        if (out != null) {
            assertFalse(subnet.contains(Ipv6.parse(out)));
        }
    }

    @Test
    void twoOverlapIfOneIsAPartOfTheOther() {
        var large = Subnet6.parse("fd00::/16");
        var small = Subnet6.parse("fd00:1::/64");
        assertTrue(large.overlaps(small) && small.overlaps(large) && small.overlaps(small));
        assertFalse(small.overlaps(Subnet6.parse("fd00:2::/64")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fd00::", "fd00::/", "fd00::/129", "fd00::1/64", "fd00::/6x", "10.0.0.0/8", "/64"})
    void whatIsNoneIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Subnet6.parse(text));
    }
}
