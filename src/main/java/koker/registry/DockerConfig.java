package koker.registry;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.image.ImageException;
import koker.image.Json;

/**
 * Where credentials are kept, by this koker, Docker and Podman alike: {@code ~/.docker/config.json}, or a program that it
 * names (docs.docker.com/reference/cli/docker/login, "Credential stores" and "Credential helpers").
 */
record DockerConfig(Path file) {
    private static final String DOCKER_HUB = "docker.io";
    private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
    private static final Gson GSON = new GsonBuilder()
            .setFormattingStyle(FormattingStyle.PRETTY.withIndent("\t"))
            .disableHtmlEscaping()
            .serializeNulls()
            .create();

    /** The user's, by the environment: REGISTRY_AUTH_FILE, as Podman has it, or DOCKER_CONFIG, as Docker has it. */
    static DockerConfig of(Map<String, String> environment) {
        var file = environment.getOrDefault("REGISTRY_AUTH_FILE", "");
        if (!file.isEmpty()) {
            return new DockerConfig(Path.of(file));
        }
        var folder = environment.getOrDefault("DOCKER_CONFIG", "");
        if (folder.isEmpty()) {
            folder = environment.getOrDefault("HOME", System.getProperty("user.home")) + "/.docker";
        }
        return new DockerConfig(Path.of(folder, "config.json"));
    }

    /** What the user has for that registry, named as in an image reference. */
    Optional<Credentials> find(String registry) {
        return understand(() -> {
            var config = read();
            var helper = helper(config, registry);
            var kept = helper.isPresent() ? helper.get().get(key(registry)) : Optional.<Credentials>empty();
            return kept.isPresent() ? kept : stored(config.at("auths"), registry);
        });
    }

    /**
     * Keeps {@code credentials} for that registry; all else stays as it is.
     *
     * @return the program that keeps them; if there is none they are in the file, as good as in the clear
     */
    Optional<String> store(String registry, Credentials credentials) {
        return understand(() -> {
            var config = read();
            var helper = helper(config, registry);
            var auths = config.at("auths").object();
            keys(auths, registry).forEach(auths::remove);
            var auth = new JsonObject();
            if (helper.isPresent()) {
                helper.get().store(key(registry), credentials);
            } else if (credentials instanceof Credentials.Password password) {
                auth.addProperty("auth", password.pair());
            } else {
                auth.addProperty("identitytoken", credentials.secret());
            }
            auths.add(key(registry), auth);
            config.object().add("auths", auths);
            write(config);
            return helper.map(CredentialProgram::program);
        });
    }

    /** Forgets what the user has for that registry; whether there was something. */
    boolean erase(String registry) {
        return understand(() -> {
            var config = read();
            var helper = helper(config, registry);
            var erased = helper.isPresent() && helper.get().erase(key(registry));
            var auths = config.at("auths").object();
            var keys = keys(auths, registry);
            if (!keys.isEmpty()) {
                keys.forEach(auths::remove);
                write(config);
            }
            return erased || !keys.isEmpty();
        });
    }

    private Json read() throws IOException {
        try {
            return Json.parse(Files.readAllBytes(file));
        } catch (NoSuchFileException absent) {
            return new Json(new JsonObject());
        }
    }

    /** As a whole or not at all, and for its owner alone; where the file is a link, what it leads to. */
    private void write(Json config) throws IOException {
        var target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        var folder = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(target.getParent(), folder);
        // Such a file is its owner's alone from the start.
        var partial = Files.createTempFile(target.getParent(), ".config", ".json");
        try {
            Files.writeString(partial, GSON.toJson(config.object()) + "\n");
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private Optional<CredentialProgram> helper(Json config, String registry) {
        var name = config.map("credHelpers").getOrDefault(registry, config.text("credsStore"));
        return name.isEmpty() ? Optional.empty() : Optional.of(CredentialProgram.named(name, file));
    }

    private static Optional<Credentials> stored(Json auths, String registry) {
        for (var key : keys(auths.object(), registry)) {
            var found = stored(auths.at(key));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<Credentials> stored(Json auth) {
        if (!auth.text("identitytoken").isEmpty()) {
            return Optional.of(new Credentials.IdentityToken(auth.text("identitytoken")));
        }
        if (auth.text("auth").isEmpty()) {
            return Credentials.of(auth.text("username"), auth.text("password"));
        }
        var pair = new String(Base64.getDecoder().decode(auth.text("auth")), StandardCharsets.UTF_8);
        var colon = pair.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("no colon");
        }
        return Credentials.of(pair.substring(0, colon), pair.substring(colon + 1));
    }

    /** What the file and the helpers call that registry. */
    private static String key(String registry) {
        return registry.equals(DOCKER_HUB) ? DOCKER_HUB_KEY : registry;
    }

    /** What the file may call it, too: addresses of old, as {@code https://host/v1/}. */
    private static List<String> keys(JsonObject auths, String registry) {
        var keys = new ArrayList<String>();
        for (var key : auths.keySet()) {
            var host = key.replaceFirst("^https?://", "").replaceFirst("/.*", "");
            var name = host.equals("index.docker.io") || host.equals("registry-1.docker.io") ? DOCKER_HUB : host;
            if (name.equals(registry)) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** Reads or changes the file. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T understand(Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new RegistryException("cannot read or write " + file + ": " + RegistryException.reason(e), e);
        } catch (JsonParseException | ImageException | IllegalArgumentException e) {
            // Not the parser's words: they may have a piece of the file in them.
            throw new RegistryException(file + " is damaged; correct it, or remove it and log in again", e);
        }
    }
}
