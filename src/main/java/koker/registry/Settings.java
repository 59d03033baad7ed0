package koker.registry;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import koker.image.ImageException;
import koker.image.ImageReference;
import koker.image.Json;

/**
 * What the administrator has written down about registries, in {@code /etc/koker/registries.json}; README.md, "Registries".
 *
 * @param registries by the name that image references have, such as {@code docker.io} or {@code localhost:5000}
 * @param certificates folders with a folder for each registry, in which there are CAs and client certificates
 */
record Settings(Map<String, Site> registries, List<Path> certificates) {
    private static final String FILE = "/etc/koker/registries.json";
    /** The environment variable that names another file. */
    private static final String VARIABLE = "KOKER_REGISTRIES";

    private static final List<Path> CERTIFICATES =
            List.of(Path.of("/etc/docker/certs.d"), Path.of("/etc/containers/certs.d"));

    /**
     * What is said of one registry.
     *
     * @param mirrors who is asked before it, in this order
     * @param insecure whether plain http and certificates that nobody vouches for will do
     */
    record Site(List<Mirror> mirrors, boolean insecure) {}

    /**
     * Who has what another registry has, too.
     *
     * @param registry host[:port]
     * @param prefix what stands before the repository's name there, with a slash at its end; mostly empty
     */
    record Mirror(String registry, String prefix) {
        static Mirror parse(String text) {
            var slash = text.indexOf('/');
            var path = text.substring(slash + 1);
            try {
                var registry = host(slash < 0 ? text : text.substring(0, slash));
                return slash < 0 ? new Mirror(registry, "") : new Mirror(registry, repository(path) + "/");
            } catch (ImageException e) {
                throw new JsonParseException("'" + RegistryException.oneLine(text)
                        + "' is no mirror; expected host[:port][/path], without https://");
            }
        }
    }

    /** As the file that the environment names says, or the usual one, which need not be there. */
    static Settings of(Map<String, String> environment) {
        var named = environment.getOrDefault(VARIABLE, "");
        var file = Path.of(named.isEmpty() ? FILE : named);
        try {
            return of(Json.parse(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            if (named.isEmpty()) {
                return new Settings(Map.of(), CERTIFICATES);
            }
            throw new RegistryException("cannot read " + file + ", which " + VARIABLE + " names: no such file", e);
        } catch (IOException e) {
            throw new RegistryException("cannot read " + file + ": " + RegistryException.reason(e), e);
        } catch (JsonParseException | ImageException e) {
            throw new RegistryException(
                    file + ": " + RegistryException.oneLine(e.getMessage().replaceFirst("(?s)\nSee .*", ""))
                            + "; correct it",
                    e);
        }
    }

    /** What is said of {@code registry}; nothing, mostly. */
    Site site(String registry) {
        return registries.getOrDefault(registry, new Site(List.of(), false));
    }

    private static Settings of(Json json) {
        refuseUnknown("", json, Set.of("registries", "certificates"));
        var sites = new LinkedHashMap<String, Site>();
        for (var name : json.names("registries")) {
            host(name);
            var place = "registries." + name;
            var site = in(place, () -> json.at("registries").at(name));
            refuseUnknown(place + ".", site, Set.of("mirrors", "insecure"));
            var mirrors = in(
                    place,
                    () -> site.texts("mirrors").stream().map(Mirror::parse).toList());
            sites.put(name, new Site(mirrors, in(place, () -> bool(site, "insecure"))));
        }
        var folders = json.texts("certificates").stream().map(Path::of).toList();
        return new Settings(Map.copyOf(sites), json.has("certificates") ? folders : CERTIFICATES);
    }

    private static boolean bool(Json json, String name) {
        if (json.has(name) && !json.object().get(name).toString().matches("true|false")) {
            throw new JsonParseException(name + " is neither true nor false");
        }
        return json.flag(name);
    }

    private static void refuseUnknown(String place, Json json, Set<String> known) {
        for (var name : json.object().keySet()) {
            if (!known.contains(name)) {
                throw new JsonParseException(place + name + " is unknown; there are: "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private static <T> T in(String place, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (JsonParseException e) {
            throw new JsonParseException(place + ": " + e.getMessage(), e);
        }
    }

    /** The host[:port] of a registry, as it is in image references. */
    static String host(String text) {
        return new ImageReference(text, "name", Optional.of("latest"), Optional.empty()).registry();
    }

    private static String repository(String text) {
        return new ImageReference("localhost", text, Optional.of("latest"), Optional.empty()).repository();
    }
}
