package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @Test
    void whatIsStoredIsFoundAndAllElseStays() throws IOException {
        var config = config("{\"auths\":{\"https://a.example/v1/\":%s,\"b.example\":%s},\"proxies\":{\"x\":[1.0,null]}}"
                .formatted(AUTH, AUTH));
        var you = new Credentials.Password("you", "é:ä");
        assertEquals(Optional.empty(), config.store("a.example", you));
        assertEquals(Optional.of(you), config.find("a.example"));
        assertEquals(ME, config.find("b.example"));
        var text = Files.readString(folder.resolve("config.json"));
        assertTrue(text.replaceAll("\\s", "").contains("\"proxies\":{\"x\":[1.0,null]}"), text);
        assertFalse(text.contains("/v1/"), text);

        assertTrue(config.erase("a.example"));
        assertFalse(config.erase("a.example"));
        assertEquals(Optional.empty(), config.find("a.example"));
        assertEquals(ME, config.find("b.example"));
    }

    @Test
    void theFileIsItsOwnersAlone() throws IOException {
        var config = DockerConfig.of(Map.of("HOME", folder.toString()));
        config.store("docker.io", ME.orElseThrow());
        assertEquals(ME, config.find("docker.io"));
        assertTrue(Files.readString(config.file()).contains("\"https://index.docker.io/v1/\""));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(config.file())));
        var docker = config.file().getParent();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(docker)));
        try (var files = Files.list(docker)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void aLinkStaysOne() throws IOException {
        var real = Files.writeString(folder.resolve("real.json"), "{}");
        var link = Files.createSymbolicLink(folder.resolve("auth.json"), real);
        var config = DockerConfig.of(Map.of("REGISTRY_AUTH_FILE", link.toString(), "DOCKER_CONFIG", "/none"));
        config.store("a.example", ME.orElseThrow());
        assertTrue(Files.isSymbolicLink(link));
        assertTrue(Files.readString(real).contains("a.example"));
    }

    private CredentialProgram helper(String script) throws IOException {
        var program = Files.writeString(folder.resolve("docker-credential-test"), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new CredentialProgram(program.toString(), folder.resolve("config.json"), Duration.ofSeconds(1));
    }

    @Test
    void aHelperKeepsWhatItGets() throws IOException {
        var kept = folder.resolve("kept");
        var helper = helper("case $1 in store) cat > %1$s;; get) cat > /dev/null; cat %1$s;; erase) rm %1$s;; esac"
                .formatted(kept));
        helper.store("a.example", ME.orElseThrow());
        assertEquals("{\"ServerURL\":\"a.example\",\"Username\":\"me\",\"Secret\":\"a:b\"}", Files.readString(kept));
        assertEquals(ME, helper.get("a.example"));
        assertTrue(helper.erase("a.example"));
        assertFalse(Files.exists(kept));
        assertEquals(Optional.empty(), helper.get("a.example"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"exec sleep 100", "sleep 100", "exec yes", "echo {}; exec sleep 100", "sleep 100 & wait"})
    void aHelperMustEndInTime(String script) throws IOException {
        var helper = helper(script);
        var failure = assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThrows(RegistryException.class, () -> helper.get("a.example")));
        assertTrue(failure.getMessage().contains("does not end within 1 seconds"), failure::getMessage);
    }

    @Test
    void whatAHelperSaidCountsThoughItLeavesSomebodyBehind() throws IOException {
        var helper = helper("echo '{\"Username\":\"me\",\"Secret\":\"a:b\"}'; sleep 100 & exit 0");
        assertEquals(ME, assertTimeoutPreemptively(Duration.ofSeconds(20), () -> helper.get("a.example")));
    }

    @Test
    void whatAHelperSaysIsNotShown() throws IOException {
        var failure = assertThrows(
                RegistryException.class, () -> helper("echo s3cret").get("a.example"));
        assertFalse(failure.getMessage().contains("s3cret"), failure::getMessage);
    }
}
