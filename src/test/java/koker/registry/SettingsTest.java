package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    @TempDir
    Path folder;

    private Settings settings(String json) throws IOException {
        var file = Files.writeString(folder.resolve("registries.json"), json);
        return Settings.of(Map.of("KOKER_REGISTRIES", file.toString()));
    }

    @Test
    void mirrorsAndMore() throws IOException {
        var settings = settings("""
                {"registries": {
                    "docker.io": {"mirrors": ["localhost:5000", "example.org/hub"]},
                    "example.org": {"insecure": true}},
                 "certificates": ["/a", "/b"]}""");
        assertEquals(
                List.of(new Settings.Mirror("localhost:5000", ""), new Settings.Mirror("example.org", "hub/")),
                settings.site("docker.io").mirrors());
        assertTrue(settings.site("example.org").insecure());
        assertEquals(new Settings.Site(List.of(), false), settings.site("other.example"));
        assertEquals(List.of(Path.of("/a"), Path.of("/b")), settings.certificates());
    }

    @Test
    void withoutOneTheFoldersAreDockersAndPodmans() {
        assertEquals(
                List.of(Path.of("/etc/docker/certs.d"), Path.of("/etc/containers/certs.d")),
                Settings.of(Map.of()).certificates());
    }

    @Test
    void oneThatIsNamedMustBeThere() {
        var named = Map.of("KOKER_REGISTRIES", folder.resolve("none").toString());
        assertTrue(assertThrows(RegistryException.class, () -> Settings.of(named))
                .getMessage()
                .endsWith("no such file"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"registries": {"docker.io": {"mirror": []}}}            | registries.docker.io.mirror is unknown; there are: insecure, mirrors
            {"registry": {}}                                         | registry is unknown; there are: certificates, registries
            {"registries": {"docker.io": {"mirrors": "a"}}}          | registries.docker.io: mirrors is not a list
            {"registries": {"docker.io": {"mirrors": ["http://a"]}}} | registries.docker.io: 'http://a' is no mirror
            {"registries": {"docker.io": {"mirrors": ["a.b/c d"]}}}  | registries.docker.io: 'a.b/c d' is no mirror
            {"registries": {"docker.io": {"mirrors": ["a.b/"]}}}     | registries.docker.io: 'a.b/' is no mirror
            {"registries": {"a": {"insecure": "yes"}}}               | registries.a: insecure is neither true nor false
            {"registries": {"a": 1}}                                 | registries.a: a is not an object
            {"registries": {"https://a": {}}}                        | "https://a" is no registry host[:port]
            {"registries": {                                         | line 1 column
            """)
    void badOnesAreRefusedWithThePlace(String json, String said) throws IOException {
        var message =
                assertThrows(RegistryException.class, () -> settings(json)).getMessage();
        assertTrue(message.startsWith(folder + "/registries.json: "), message);
        assertTrue(message.contains(said), message);
        assertEquals(1, message.lines().count(), message);
    }
}
