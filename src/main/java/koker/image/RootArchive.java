package koker.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.util.List;
import java.util.Optional;

/**
 * A root file system in a tar, made an image of one layer.
 *
 * @param defaults what a container gets: the field {@code config} of the configuration
 * @param comment where it is from
 * @param created when, as RFC 3339 writes it
 */
public record RootArchive(Platform platform, JsonObject defaults, String comment, String created) {
    /**
     * Reads {@code in}, compressed or not, to its end; it is stored as it is. Afterwards the image is in {@code staging}.
     *
     * @throws ImageException if it cannot be read or stored
     */
    public void read(InputStream in, Staging staging, Optional<ImageReference> name) {
        try {
            var blob = staging.put("", in);
            if (blob.size() == 0) {
                throw new ImageException("cannot import an archive of 0 bytes");
            }
            var file = staging.layout().blob(blob.digest());
            var hasher = blob.digest().hasher();
            Compression compression;
            try (var stored = new BufferedInputStream(Files.newInputStream(file))) {
                compression = Compression.of(stored);
                try (var archive = new DigestInputStream(Compression.open(stored), hasher)) {
                    archive.transferTo(OutputStream.nullOutputStream());
                }
            }
            var config =
                    staging.put(ImageConfig.MEDIA_TYPE, config(blob.digest().sibling(hasher)));
            staging.list(config, List.of(blob.as(compression.layerType())), name);
        } catch (IOException e) {
            throw ImageException.because("cannot import the archive", e);
        }
    }

    private JsonObject config(Digest diffId) {
        var config = new JsonObject();
        config.addProperty("created", created);
        platform.json().asMap().forEach(config::add);
        config.add("config", defaults);
        var diffIds = new JsonArray();
        diffIds.add(diffId.toString());
        var root = new JsonObject();
        root.addProperty("type", "layers");
        root.add("diff_ids", diffIds);
        config.add("rootfs", root);
        var step = new JsonObject();
        step.addProperty("created", created);
        step.addProperty("comment", comment);
        var history = new JsonArray();
        history.add(step);
        config.add("history", history);
        return config;
    }
}
