package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import koker.image.ImageReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "alpine, https://registry-1.docker.io",
        "docker.io/library/alpine, https://registry-1.docker.io",
        "example.org/a, https://example.org",
        "Example.org:8443/a, https://example.org:8443",
        "localhost/a, http://localhost",
        "localhost:5000/a, http://localhost:5000",
        "127.0.0.1:5000/a, http://127.0.0.1:5000",
        "127.1.2.3:443/a, http://127.1.2.3:443",
        "[::1]:5000/a, http://[::1]:5000",
        "localhost.example.org/a, https://localhost.example.org",
        "127.0.0.1.example.org/a, https://127.0.0.1.example.org",
    })
    void onlyThisMachineIsSpokenToInTheClear(String reference, String endpoint) {
        assertEquals(
                endpoint, Endpoint.of(ImageReference.parse(reference), false).toString());
    }

    @Test
    void unlessAsked() {
        assertEquals(
                "http://example.org",
                Endpoint.of(ImageReference.parse("example.org/a"), true).toString());
    }

    @Test
    void theSchemesPortIsTheSameLeftOut() {
        assertEquals(Endpoint.of(URI.create("https://A.example")), Endpoint.of(URI.create("https://a.example:443/x")));
        assertFalse(Endpoint.of(URI.create("http://a.example")).isPrivate());
        assertTrue(Endpoint.of(URI.create("http://localhost:1/x")).isPrivate());
    }

    @Test
    void aPortIsOne() {
        var reference = ImageReference.parse("example.org:99999/a");
        assertThrows(RegistryException.class, () -> Endpoint.of(reference, false));
    }
}
