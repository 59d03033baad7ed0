package koker.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image that is another one and one layer more: what a container of that has changed.
 *
 * @param base the other one
 * @param defaults what a container gets: the field {@code config} of the configuration
 * @param step what is added to its history
 * @param upper what the container has changed
 * @param lower the other image's root, all layers merged
 */
public record LayeredImage(Image base, JsonObject defaults, ImageConfig.History step, UpperFolder upper, Path lower) {
    private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
    private static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final List<String> OF_THE_BUILD =
            List.of("container", "container_config", "docker_version", "parent");

    /**
     * Puts it together in {@code staging}; the layers that it has from the other one stay where they are, in {@code store}.
     *
     * @throws ImageException if it cannot be stored
     */
    public void put(ImageStore store, Staging staging, Optional<ImageReference> name) {
        try {
            var layer = staging.put(OCI_LAYER, out -> upper.write(lower, out));
            var config = staging.put(
                    ImageConfig.MEDIA_TYPE, config(store.document(base.id()).object(), layer.digest()));
            var layers = new ArrayList<Descriptor>();
            base.layers().forEach(below -> layers.add(ociTyped(below.blob())));
            layers.add(layer);
            staging.list(config, layers, name);
        } catch (IOException e) {
            throw ImageException.because("cannot store the image", e);
        }
    }

    /** The manifest that names the layers is OCI's, even if the one that named them before was Docker's. */
    private static Descriptor ociTyped(Descriptor layer) {
        var type = layer.mediaType();
        return type.startsWith(DOCKER_LAYER)
                ? layer.as(OCI_LAYER + type.substring(DOCKER_LAYER.length()).replace('.', '+'))
                : layer;
    }

    private JsonObject config(JsonObject config, Digest diffId) {
        OF_THE_BUILD.forEach(config::remove);
        config.addProperty("created", step.created());
        if (step.author().isEmpty()) {
            config.remove("author");
        } else {
            config.addProperty("author", step.author());
        }
        config.add("config", defaults);
        config.getAsJsonObject("rootfs").getAsJsonArray("diff_ids").add(diffId.toString());
        config.add("history", history());
        return config;
    }

    /** That of the other one, and a step; there is one for each layer, as other tools want it. */
    private JsonArray history() {
        var steps = new ArrayList<>(base.config().history());
        long known = steps.stream().filter(before -> !before.emptyLayer()).count();
        for (long i = known; i < base.layers().size(); i++) {
            steps.add(new ImageConfig.History("", "", "", "", false));
        }
        steps.add(step);
        var history = new JsonArray();
        for (var each : steps) {
            var json = new JsonObject();
            add(json, "created", each.created());
            add(json, "created_by", each.createdBy());
            add(json, "author", each.author());
            add(json, "comment", each.comment());
            if (each.emptyLayer()) {
                json.addProperty("empty_layer", true);
            }
            history.add(json);
        }
        return history;
    }

    private static void add(JsonObject json, String key, String value) {
        if (!value.isEmpty()) {
            json.addProperty(key, value);
        }
    }
}
