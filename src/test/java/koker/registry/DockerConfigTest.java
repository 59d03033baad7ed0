package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerConfigTest {
    // me:a:b
    private static final String AUTH = "{\"auth\":\"bWU6YTpi\"}";
    private static final Optional<Credentials> ME = Optional.of(new Credentials.Password("me", "a:b"));

    @TempDir
    Path folder;

    private DockerConfig config(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return DockerConfig.of(Map.of("DOCKER_CONFIG", folder.toString()));
    }

    @Test
    void thereNeedBeNone() {
        assertEquals(
                Optional.empty(),
                DockerConfig.of(Map.of("HOME", folder.toString())).find("docker.io"));
    }

    @Test
    void findsByHostAndPort() throws IOException {
        var config = config("{\"auths\":{\"localhost:5000\":%s,\"https://old.example/v1/\":%s}}".formatted(AUTH, AUTH));
        assertEquals(ME, config.find("localhost:5000"));
        assertEquals(ME, config.find("old.example"));
        assertEquals(Optional.empty(), config.find("localhost"));
        assertEquals(Optional.empty(), config.find("localhost:5001"));
        assertEquals(Optional.empty(), config.find("docker.io"));
    }

    @Test
    void dockerHubHasANameOfItsOwn() throws IOException {
        assertEquals(
                ME,
                config("{\"auths\":{\"https://index.docker.io/v1/\":%s}}".formatted(AUTH))
                        .find("docker.io"));
    }

    @Test
    void readsIdentityTokensAndPlainFields() throws IOException {
        var config = config("""
                {"auths":{"a.example":{"auth":"bWU6","identitytoken":"t"},"b.example":{"username":"me","password":"a:b"},
                "c.example":{}}}""");
        assertEquals(Optional.of(new Credentials.IdentityToken("t")), config.find("a.example"));
        assertEquals(ME, config.find("b.example"));
        assertEquals(Optional.empty(), config.find("c.example"));
    }

    @Test
    void aDamagedFileIsNamedButNotShown() throws IOException {
        for (var json : new String[] {
            "{\"auths\":{\"a.example\":{\"auth\":\"s3cret%\"}}}", "s3cret", "{\"auths\":{\"a.example\":s3cret}}"
        }) {
            var config = config(json);
            var failure = assertThrows(RegistryException.class, () -> config.find("a.example"));
            assertFalse(failure.getMessage().contains("s3cret"), failure::getMessage);
        }
    }

    @Test
    void credentialsDoNotShowThemselves() {
        assertFalse(ME.toString().contains("a:b"));
        assertFalse(new Credentials.IdentityToken("s3cret").toString().contains("s3cret"));
    }

    @Test
    void aHelperThatIsMissingIsNamed() throws IOException {
        var config = config("{\"credHelpers\":{\"a.example\":\"koker-test-none\"}}");
        var failure = assertThrows(RegistryException.class, () -> config.find("a.example"));
        assertEquals(
                "cannot run docker-credential-koker-test-none, which " + folder.resolve("config.json")
                        + " names; install it, or take it out of there",
                failure.getMessage());
        assertEquals(Optional.empty(), config.find("b.example"));
    }
}
