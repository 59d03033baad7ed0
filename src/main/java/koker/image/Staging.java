package koker.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Kernel;
import koker.plan.Runner;

/**
 * An image layout in which images are put together before the store takes them over. What is not taken over goes when
 * this is closed; and if its koker is killed, with the next one that cleans up.
 */
public final class Staging implements AutoCloseable {
    static final Digest MODEL = new Digest("sha256", "0".repeat(64));
    private static final int NAME_BYTES = 8;
    private static final int BUFFER = 128 << 10;

    private final Path folder;
    private final FileLock lock;
    private final Kernel kernel;
    private final Runner runner;
    private final ImageLayout layout;
    private final JsonArray listed = new JsonArray();

    Staging(Path folder, FileLock lock, Kernel kernel, Runner runner) {
        this.kernel = kernel;
        this.folder = folder;
        this.lock = lock;
        this.runner = runner;
        this.layout = new ImageLayout(folder);
    }

    static String newName() throws IOException {
        try (var random = Files.newInputStream(Path.of("/dev/urandom"))) {
            return HexFormat.of().formatHex(random.readNBytes(NAME_BYTES));
        }
    }

    /** What is in it, as a store. */
    public ImageStore store() {
        return new ImageStore(folder, Optional.empty(), kernel, runner);
    }

    ImageLayout layout() {
        return layout;
    }

    /** Stores all of {@code in} as a blob. */
    Descriptor put(String mediaType, InputStream in) throws IOException {
        return put(mediaType, in, MODEL);
    }

    /** Stores all of {@code in} as a blob with a digest of the same algorithm as {@code model}. */
    Descriptor put(String mediaType, InputStream in, Digest model) throws IOException {
        return put(mediaType, model, out -> {
            var buffer = new byte[BUFFER];
            for (int n; (n = in.read(buffer)) > 0; ) {
                out.write(buffer, 0, n);
            }
        });
    }

    /** Who writes a blob. */
    @FunctionalInterface
    interface Content {
        void write(OutputStream out) throws IOException;
    }

    /** Stores what {@code content} writes as a blob. */
    Descriptor put(String mediaType, Content content) throws IOException {
        return put(mediaType, MODEL, content);
    }

    private Descriptor put(String mediaType, Digest model, Content content) throws IOException {
        var partial = folder.resolve("partial");
        var hasher = model.hasher();
        Files.createDirectories(folder);
        try (var file = Files.newOutputStream(partial);
                var out = new BufferedOutputStream(new DigestOutputStream(file, hasher), BUFFER)) {
            content.write(out);
        }
        var size = Files.size(partial);
        var digest = model.sibling(hasher);
        Files.createDirectories(layout.blob(digest).getParent());
        Files.move(partial, layout.blob(digest), StandardCopyOption.ATOMIC_MOVE);
        return new Descriptor(mediaType, digest, size, Optional.empty(), Map.of());
    }

    /** Stores a JSON document. */
    Descriptor put(String mediaType, JsonObject document) throws IOException {
        return put(mediaType, new ByteArrayInputStream(document.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Makes an image of a configuration and layers, and lists it under {@code name}. */
    void list(Descriptor config, Iterable<Descriptor> layers, Optional<ImageReference> name) throws IOException {
        var manifest = new JsonObject();
        manifest.addProperty("schemaVersion", 2);
        manifest.addProperty("mediaType", Manifest.MEDIA_TYPE);
        manifest.add("config", config.named(Optional.empty()));
        var list = new JsonArray();
        layers.forEach(layer -> list.add(layer.named(Optional.empty())));
        manifest.add("layers", list);
        listed.add(put(Manifest.MEDIA_TYPE, manifest).named(name));
        var index = new JsonObject();
        index.addProperty("schemaVersion", 2);
        index.add("manifests", listed);
        ImageStore.replace(layout.indexFile(), index.toString());
    }

    /** Removes what nobody has taken over. */
    @Override
    public void close() {
        try (lock) {
            delete(folder);
        } catch (IOException e) {
            throw ImageException.because("cannot remove " + folder, e);
        }
    }

    /** Removes a file, or what a staging of a koker that was killed has left: files that koker itself has named. */
    static void delete(Path left) throws IOException {
        if (!Files.exists(left)) {
            return;
        }
        try (var all = Files.walk(left)) {
            for (var each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
