package koker.oci;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import koker.kernel.Credentials;

/** A config.json to begin with. */
public final class Example {
    private Example() {}

    /**
     * Its text.
     *
     * @param rootless whether it is for a user without root's rights: a user namespace in which that user is root, and no limits
     */
    public static String json(boolean rootless) {
        try (var resource = Example.class.getResourceAsStream("example.json")) {
            var text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
            return rootless ? rootless(JsonParser.parseString(text).getAsJsonObject()) : text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String rootless(JsonObject all) {
        var linux = all.getAsJsonObject("linux");
        linux.remove("resources");
        var namespaces = new JsonArray();
        for (var namespace : linux.getAsJsonArray("namespaces")) {
            if (!namespace.getAsJsonObject().get("type").getAsString().equals("network")) {
                namespaces.add(namespace);
            }
        }
        var user = new JsonObject();
        user.addProperty("type", "user");
        namespaces.add(user);
        linux.add("namespaces", namespaces);
        var own = Credentials.own();
        linux.add("uidMappings", root(own.uid()));
        linux.add("gidMappings", root(own.gid()));
        var mounts = new JsonArray();
        for (var each : all.getAsJsonArray("mounts")) {
            var mount = each.getAsJsonObject();
            switch (mount.get("destination").getAsString()) {
                // Without a network namespace of its own nobody may mount another sysfs, and with one group there is no
                // other.
                case "/sys" -> mounts.add(JsonParser.parseString("""
                        {"destination": "/sys", "type": "none", "source": "/sys",
                         "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]}"""));
                case "/dev/pts" -> {
                    mount.getAsJsonArray("options").remove(JsonParser.parseString("\"gid=5\""));
                    mounts.add(mount);
                }
                default -> mounts.add(mount);
            }
        }
        all.add("mounts", mounts);
        return new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(all) + "\n";
    }

    private static JsonArray root(long id) {
        var mapping = new JsonObject();
        mapping.addProperty("containerID", 0);
        mapping.addProperty("hostID", id);
        mapping.addProperty("size", 1);
        var all = new JsonArray();
        all.add(mapping);
        return all;
    }
}
