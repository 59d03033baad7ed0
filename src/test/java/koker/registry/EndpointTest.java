package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "docker.io, https://registry-1.docker.io",
        "example.org, https://example.org",
        "Example.org:8443, https://example.org:8443",
        "localhost, https://localhost http://localhost",
        "localhost:5000, https://localhost:5000 http://localhost:5000",
        "127.0.0.1:5000, https://127.0.0.1:5000 http://127.0.0.1:5000",
        "127.1.2.3:443, https://127.1.2.3 http://127.1.2.3:443",
        "[::1]:5000, https://[::1]:5000 http://[::1]:5000",
        "localhost.example.org, https://localhost.example.org",
        "127.0.0.1.example.org, https://127.0.0.1.example.org",
    })
    void onlyThisMachineIsSpokenToInTheClear(String registry, String endpoints) {
        assertEquals(endpoints, tried(registry, false));
    }

    @Test
    void unlessAsked() {
        assertEquals("https://example.org http://example.org", tried("example.org", true));
    }

    private static String tried(String registry, boolean insecure) {
        return String.join(
                " ",
                Endpoint.of(registry, insecure).stream().map(Endpoint::toString).toList());
    }

    @Test
    void theSchemesPortIsTheSameLeftOut() {
        assertEquals(Endpoint.of(URI.create("https://A.example")), Endpoint.of(URI.create("https://a.example:443/x")));
        assertFalse(Endpoint.of(URI.create("http://a.example")).isPrivate());
        assertTrue(Endpoint.of(URI.create("http://localhost:1/x")).isPrivate());
    }

    @Test
    void aPortIsOne() {
        assertThrows(RegistryException.class, () -> Endpoint.of("example.org:99999", false));
    }
}
