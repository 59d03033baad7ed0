package koker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and ranges of addresses. */
class SubnetTest {
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.44.3.255", "255.255.255.255"})
    void anAddressReadsAsItIsWritten(String text) {
        assertEquals(text, Ipv4.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "01.2.3.4", "1.2.3.x", "::1", "1.2.3.4 "})
    void whatIsNoAddressIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Ipv4.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:42:0a:01:02", "02:42:0a:01:02:03:04", "03:42:0a:01:02:03", "02-42-0a-01-02-03"})
    void whatIsNoCardsAddressIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> HardwareAddress.parse(text));
    }

    @Test
    void aCardsAddressIsMadeOfTheAddress() {
        assertEquals(
                "02:42:c0:a8:00:ff",
                HardwareAddress.of(Ipv4.parse("192.168.0.255")).toString());
        assertEquals(HardwareAddress.of(Ipv4.parse("192.168.0.255")), HardwareAddress.parse("02:42:C0:a8:00:ff"));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, 16777214",
        "10.44.4.0/22, 10.44.7.255, 1022",
        "192.168.1.4/30, 192.168.1.7, 2",
        "192.168.1.4/31, 192.168.1.5, 0",
        "1.2.3.4/32, 1.2.3.4, 0"
    })
    void aSubnetKnowsItsEnd(String text, String last, int hosts) {
        var subnet = Subnet.parse(text);
        assertEquals(text, subnet.toString());
        assertEquals(last, subnet.broadcast().toString());
        assertEquals(hosts, subnet.hosts());
        assertTrue(subnet.contains(Ipv4.parse(last)));
        assertFalse(subnet.contains(Ipv4.parse(last).plus(1)));
    }

    @Test
    void everythingIsInTheSubnetOfAllAddresses() {
        assertTrue(Subnet.parse("0.0.0.0/0").contains(Ipv4.parse("255.1.2.3")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "/8", "10.0.0.0/8/8"})
    void whatIsNoSubnetIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Subnet.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.44.0.0/22, true",
        "10.44.0.0/22, 10.0.0.0/8, true",
        "10.44.0.0/22, 10.44.4.0/22, false",
        "10.44.0.0/22, 10.44.0.0/16, true",
        "0.0.0.0/0, 1.2.3.4/32, true"
    })
    void subnetsOverlapOrNot(String one, String other, boolean overlap) {
        assertEquals(overlap, Subnet.parse(one).overlaps(Subnet.parse(other)));
    }
}
