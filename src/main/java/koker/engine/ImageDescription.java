package koker.engine;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import koker.image.Image;
import koker.image.ImageReference;
import koker.image.Json;
import koker.image.Listed;

/** All that is known of an image, in the fields that {@code docker image inspect} has. */
final class ImageDescription {
    private ImageDescription() {}

    /**
     * Describes an image.
     *
     * @param names all entries of it
     * @param written its configuration, as it is stored
     */
    static JsonObject of(Image image, List<Listed> names, Json written) {
        var json = new JsonObject();
        var tags = new LinkedHashSet<String>();
        var digests = new LinkedHashSet<String>();
        for (var listed : names) {
            listed.name()
                    .filter(name -> name.tag().isPresent())
                    .map(ImageReference::familiar)
                    .ifPresent(tags::add);
            listed.name()
                    .map(ImageReference::familiarRepository)
                    .ifPresent(repository -> digests.add(repository + "@" + listed.served()));
        }
        var config = image.config();
        json.addProperty("Id", image.id().toString());
        json.addProperty("Digest", image.manifest().toString());
        json.add("RepoTags", list(tags));
        json.add("RepoDigests", list(digests));
        json.addProperty("Comment", comment(image));
        json.addProperty("Created", config.created());
        json.addProperty("Author", written.text("author"));
        json.addProperty("Architecture", config.architecture());
        json.addProperty("Variant", config.variant());
        json.addProperty("Os", config.os());
        json.addProperty("Size", image.size());
        json.add("Config", config(written));
        var root = new JsonObject();
        root.addProperty("Type", "layers");
        var layers = new JsonArray();
        image.layers().forEach(layer -> layers.add(layer.diffId().toString()));
        root.add("Layers", layers);
        json.add("RootFS", root);
        return json;
    }

    /** As it is written; and what is always asked for is there, so that a template need not ask whether it is. */
    private static JsonObject config(Json written) {
        var config = written.at("config").object().deepCopy();
        for (var text : List.of("User", "WorkingDir")) {
            addMissing(config, text, new JsonPrimitive(""));
        }
        for (var list : List.of("Env", "Entrypoint", "Cmd")) {
            addMissing(config, list, new JsonArray());
        }
        for (var map : List.of("ExposedPorts", "Volumes", "Labels")) {
            addMissing(config, map, new JsonObject());
        }
        return config;
    }

    private static void addMissing(JsonObject config, String name, JsonElement empty) {
        if (!config.has(name) || config.get(name).isJsonNull()) {
            config.add(name, empty);
        }
    }

    private static String comment(Image image) {
        var history = image.config().history();
        return history.isEmpty() ? "" : history.getLast().comment();
    }

    private static JsonArray list(Set<String> texts) {
        var list = new JsonArray();
        texts.forEach(list::add);
        return list;
    }
}
