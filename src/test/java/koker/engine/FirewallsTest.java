package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which firewall the administrator's file names. */
class FirewallsTest {
    @TempDir
    Path folder;

    private Map<String, String> naming(String content) throws IOException {
        var file = Files.writeString(folder.resolve("network.json"), content);
        return Map.of("KOKER_NETWORK", file.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"firewall": "nftables"} | nftables
            {"firewall": "iptables"} | iptables
            {"firewall": "none"}     | none
            {}                       | ''
            """)
    void isTheOneThatTheFileNames(String content, String name) throws IOException {
        assertEquals(name, Firewalls.configured(naming(content)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            {"firewall": "pf"}  | 'pf' is no firewall
            {"firewalls": "pf"} | firewalls is unknown
            {"firewall": 7}     | firewall
            [                   |
            """)
    void aFileThatIsWrongIsRefusedByName(String content, String reason) throws IOException {
        var environment = naming(content);
        var message = assertThrows(EngineException.class, () -> Firewalls.configured(environment))
                .getMessage();
        assertTrue(message.contains("network.json: " + (reason == null ? "" : reason)), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void aFileThatIsNamedMustBeThere() {
        var missing = folder.resolve("missing").toString();
        var message = assertThrows(EngineException.class, () -> Firewalls.configured(Map.of("KOKER_NETWORK", missing)))
                .getMessage();
        assertTrue(message.contains("no such file"), message);
    }
}
