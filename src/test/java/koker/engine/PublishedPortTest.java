package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports to publish, as the command line has them. */
class PublishedPortTest {
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "80, '', 0, 80, tcp",
                "8080:80, '', 8080, 80, tcp",
                "8080:80/udp, '', 8080, 80, udp",
                "0.0.0.0:8080:80, '', 8080, 80, tcp",
                "127.0.0.1:8080:80/sctp, 127.0.0.1, 8080, 80, sctp",
                "127.0.0.1::80, 127.0.0.1, 0, 80, tcp",
                "[fd00:0:0::9]:8080:80, fd00::9, 8080, 80, tcp",
                "[fd00::9]::80/udp, fd00::9, 0, 80, udp"
            })
    void aPortIsRead(String text, String host, int port, int target, String protocol) {
        assertEquals(List.of(new PublishedPort(host, port, target, protocol)), PublishedPort.parse(text));
    }

    @Test
    void rangesGoSideBySide() {
        assertEquals(
                List.of(
                        new PublishedPort("", 8000, 80, "udp"),
                        new PublishedPort("", 8001, 81, "udp"),
                        new PublishedPort("", 8002, 82, "udp")),
                PublishedPort.parse("8000-8002:80-82/udp"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "x",
                "0",
                "65536",
                "80/icmp",
                "1-2:3",
                "2-1",
                "1:2:3:4",
                "a:1:2",
                "8080:",
                "-1",
                "80/",
                "[::]:80:80",
                "[::1]:80:80",
                "[fd00::9]",
                "[fd00::9:80:80",
                "[10.1.2.3]:80:80",
                "[fd00::9]:80"
            })
    void whatIsNoPortIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> PublishedPort.parse(text));
    }
}
