package koker.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes images as one archive, the same bytes for the same images. */
public final class ArchiveWriter {
    private static final int BUFFER = 128 << 10;
    private static final int READABLE = 0644;

    private final ImageStore store;
    private final TarArchiveOutputStream tar;
    private final Set<String> written = new HashSet<>();

    /** The images of {@code store}, to {@code out}. */
    public ArchiveWriter(ImageStore store, OutputStream out) {
        this.store = store;
        tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    /**
     * What {@code docker save} writes and {@code docker load} reads: the layers uncompressed, and manifest.json, which says
     * what belongs together.
     */
    public void docker(List<Listed> images) {
        write(() -> {
            var entries = new LinkedHashMap<Digest, JsonObject>();
            for (var listed : images) {
                var image = listed.image().orElseThrow();
                if (!entries.containsKey(image.id())) {
                    entries.put(image.id(), docker(image));
                }
                listed.name().ifPresent(name -> entries.get(image.id())
                        .getAsJsonArray("RepoTags")
                        .add(name.canonical()));
            }
            var manifest = new JsonArray();
            entries.values().forEach(manifest::add);
            add("manifest.json", manifest.toString());
        });
    }

    private JsonObject docker(Image image) throws IOException {
        var config = image.id().hex() + ".json";
        addBlob(config, image.id());
        var layers = new JsonArray();
        for (var layer : image.layers()) {
            var name = layer.diffId().hex() + ".tar";
            layers.add(name);
            if (written.add(name)) {
                addUncompressed(name, layer);
            }
        }
        var entry = new JsonObject();
        entry.addProperty("Config", config);
        entry.add("RepoTags", new JsonArray());
        entry.add("Layers", layers);
        return entry;
    }

    /** An OCI layout in a tar: every blob as it is stored (OCI image-spec 1.1, image-layout.md). */
    public void oci(List<Listed> images) {
        write(() -> {
            var contents = new Contents(store.layout());
            var manifests = new JsonArray();
            for (var listed : images) {
                contents.add(listed.entry());
                manifests.add(listed.entry().withoutAnnotations().named(listed.name()));
            }
            var index = new JsonObject();
            index.addProperty("schemaVersion", 2);
            index.add("manifests", manifests);
            add("oci-layout", ImageStore.LAYOUT_VERSION);
            add("index.json", index.toString());
            var blobs = new ArrayList<>(contents.blobs());
            blobs.sort(Comparator.comparing(Digest::toString));
            for (var blob : blobs) {
                // Parts for other platforms need not be here.
                if (Files.exists(store.blob(blob))) {
                    addBlob("blobs/" + blob.algorithm() + "/" + blob.hex(), blob);
                }
            }
        });
    }

    /** A tar says first how long each member is: so the layer is uncompressed twice, once to know, once to write. */
    private void addUncompressed(String name, Layer layer) throws IOException {
        var hasher = layer.diffId().hasher();
        long size;
        try (var in = new DigestInputStream(uncompressed(layer), hasher)) {
            size = in.transferTo(OutputStream.nullOutputStream());
        }
        if (!layer.diffId().sibling(hasher).equals(layer.diffId())) {
            throw new ImageException(store.blob(layer.blob().digest())
                    + " is damaged: it is not what its diff ID says; remove the image and pull it again");
        }
        try (var in = uncompressed(layer)) {
            add(name, size, in);
        }
    }

    private InputStream uncompressed(Layer layer) throws IOException {
        var blob = Files.newInputStream(store.blob(layer.blob().digest()));
        return Compression.open(new BufferedInputStream(blob, BUFFER));
    }

    private void addBlob(String name, Digest digest) throws IOException {
        try (var in = Files.newInputStream(store.blob(digest))) {
            add(name, Files.size(store.blob(digest)), in);
        }
    }

    private void add(String name, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        add(name, bytes.length, new ByteArrayInputStream(bytes));
    }

    private void add(String name, long size, InputStream in) throws IOException {
        var entry = new TarArchiveEntry(name);
        entry.setSize(size);
        entry.setMode(READABLE);
        entry.setLastModifiedTime(FileTime.fromMillis(0));
        tar.putArchiveEntry(entry);
        var buffer = new byte[BUFFER];
        for (int n; (n = in.read(buffer)) > 0; ) {
            tar.write(buffer, 0, n);
        }
        tar.closeArchiveEntry();
    }

    @FunctionalInterface
    private interface Content {
        void add() throws IOException;
    }

    private void write(Content content) {
        try {
            content.add();
            tar.finish();
            tar.flush();
        } catch (NoSuchFileException e) {
            throw new ImageException("cannot save: " + e.getFile() + " is missing; was the image just removed?", e);
        } catch (IOException e) {
            throw ImageException.because("cannot save", e);
        }
    }
}
