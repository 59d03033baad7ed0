package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {
    private static final URI REGISTRY = URI.create("https://registry.example/v2/");

    private static Optional<String> host(Map<String, String> environment, String target) {
        return new Proxies(environment).find(URI.create(target)).map(URI::getHost);
    }

    @Test
    void eachSchemeHasItsOwn() {
        var environment = Map.of("HTTP_PROXY", "http://one:3128", "https_proxy", "two:3128");
        assertEquals(Optional.of("one"), host(environment, "http://registry.example/"));
        assertEquals(Optional.of("two"), host(environment, "https://registry.example/"));
        assertEquals(Optional.empty(), host(Map.of("HTTP_PROXY", "http://one"), "https://registry.example/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://localhost:5000/", "https://127.0.0.2/", "https://[::1]/"})
    void noneLeadsToThisMachine(String target) {
        assertEquals(Optional.empty(), host(Map.of("HTTPS_PROXY", "http://proxy"), target));
    }

    // As golang.org/x/net/http/httpproxy documents them.
    @ParameterizedTest
    @CsvSource({
        "*, a.example, true",
        "example, a.example, true",
        "a.example, A.EXAMPLE, true",
        "a.example, ba.example, false",
        ".example, a.example, true",
        ".a.example, a.example, false",
        "*.example, a.example, true",
        "a.example:443, a.example, true",
        "a.example:8443, a.example, false",
        "a.example:8443, a.example:8443, true",
        "10.0.0.0/8, 10.1.2.3, true",
        "10.0.0.0/8, 11.1.2.3, false",
        "10.0.0.0/12, 10.16.2.3, false",
        "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3:444, 10.1.2.3, false",
        "fd00::/8, [fd00::1], true",
        "[fd00::1]:443, [fd00::1], true",
        "10.0.0.0/8, a.example, false",
        "'other, a.example ,', a.example, true",
    })
    void someAreReachedDirectly(String list, String host, boolean direct) {
        var environment = Map.of("HTTPS_PROXY", "http://proxy:1", "NO_PROXY", list);
        assertEquals(direct, host(environment, "https://" + host + "/").isEmpty());
    }

    @Test
    void userAndPasswordAreDecoded() {
        var proxies = new Proxies(Map.of("HTTPS_PROXY", "http://me:a%3Ab+c@proxy:1"));
        var header = proxies.authorization(REGISTRY).orElseThrow();
        assertEquals("me:a:b+c", new String(Base64.getDecoder().decode(header.substring("Basic ".length()))));
        assertTrue(new Proxies(Map.of("HTTPS_PROXY", "http://proxy:1"))
                .authorization(REGISTRY)
                .isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5://me:s3cret@proxy", "https://me:s3cret@proxy", "http://me:s3cret@", "a b s3cret"})
    void othersAreRefusedWithoutTheirPassword(String value) {
        var message = assertThrows(RegistryException.class, () -> new Proxies(Map.of("HTTPS_PROXY", value)))
                .getMessage();
        assertTrue(message.startsWith("HTTPS_PROXY is no proxy that koker can use"), message);
        assertFalse(message.contains("s3cret"), message);
    }
}
