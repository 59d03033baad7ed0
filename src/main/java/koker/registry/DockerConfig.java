package koker.registry;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import koker.image.ImageException;
import koker.image.Json;

/**
 * Where {@code docker login} keeps credentials: {@code ~/.docker/config.json}, or a program that it names
 * (docs.docker.com/reference/cli/docker/login, "Credential stores" and "Credential helpers").
 */
record DockerConfig(Path file) {
    private static final String DOCKER_HUB = "docker.io";
    private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
    private static final String TOKEN_USER = "<token>";
    private static final int HELPER_SECONDS = 30;

    /** The user's, by the environment. */
    static DockerConfig of(Map<String, String> environment) {
        var folder = environment.get("DOCKER_CONFIG");
        if (folder == null || folder.isEmpty()) {
            folder = environment.getOrDefault("HOME", System.getProperty("user.home")) + "/.docker";
        }
        return new DockerConfig(Path.of(folder, "config.json"));
    }

    /** What the user has for that registry, named as in an image reference. */
    Optional<Credentials> find(String registry) {
        try {
            var config = Json.parse(Files.readAllBytes(file));
            var key = registry.equals(DOCKER_HUB) ? DOCKER_HUB_KEY : registry;
            var helper = config.map("credHelpers").getOrDefault(registry, config.text("credsStore"));
            var asked = helper.isEmpty() ? Optional.<Credentials>empty() : ask(helper, key);
            return asked.isPresent() ? asked : stored(config.at("auths"), registry);
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException e) {
            throw new RegistryException("cannot read " + file + ": " + RegistryException.reason(e), e);
        } catch (JsonParseException | ImageException | IllegalArgumentException e) {
            // Not the parser's words: they may have a piece of the file in them.
            throw new RegistryException(file + " is damaged; correct it, or log in again with docker login", e);
        }
    }

    /** Keys are hosts, or addresses of old, as {@code https://host/v1/}. */
    private static Optional<Credentials> stored(Json auths, String registry) {
        for (var key : auths.object().keySet()) {
            var host = key.replaceFirst("^https?://", "").replaceFirst("/.*", "");
            var name = host.equals("index.docker.io") || host.equals("registry-1.docker.io") ? DOCKER_HUB : host;
            if (name.equals(registry)) {
                var found = stored(auths.at(key));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Credentials> stored(Json auth) {
        if (!auth.text("identitytoken").isEmpty()) {
            return Optional.of(new Credentials.IdentityToken(auth.text("identitytoken")));
        }
        if (auth.text("auth").isEmpty()) {
            return of(auth.text("username"), auth.text("password"));
        }
        var pair = new String(Base64.getDecoder().decode(auth.text("auth")), StandardCharsets.UTF_8);
        var colon = pair.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("no colon");
        }
        return of(pair.substring(0, colon), pair.substring(colon + 1));
    }

    private Optional<Credentials> ask(String helper, String key) throws IOException {
        if (!helper.matches("[a-zA-Z0-9_.-]+")) {
            throw new RegistryException(file + " names a credential helper that cannot be one; correct it");
        }
        var program = "docker-credential-" + helper;
        Process process;
        try {
            process = new ProcessBuilder(program, "get")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new RegistryException(
                    "cannot run " + program + ", which " + file + " names; install it, or take it out of there", e);
        }
        try {
            try (var in = process.getOutputStream()) {
                in.write(key.getBytes(StandardCharsets.UTF_8));
            }
            var answer = process.getInputStream().readAllBytes();
            if (!process.waitFor(HELPER_SECONDS, TimeUnit.SECONDS)) {
                throw new RegistryException(program + " does not end; see what it waits for: " + program + " list");
            }
            // It has none: not an error of its own in the protocol, but a sentence and a status.
            if (process.exitValue() != 0) {
                return Optional.empty();
            }
            var json = Json.parse(answer);
            return of(json.text("Username"), json.text("Secret"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException("interrupted while waiting for " + program, e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Optional<Credentials> of(String user, String secret) {
        if (user.isEmpty() && secret.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                user.equals(TOKEN_USER)
                        ? new Credentials.IdentityToken(secret)
                        : new Credentials.Password(user, secret));
    }
}
