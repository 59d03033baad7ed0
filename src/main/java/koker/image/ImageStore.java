package koker.image;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;

/**
 * The images on this machine, as a layout that other tools read and write too (OCI image-spec 1.1, image-layout.md).
 *
 * <p>Finding an image reads three small files and takes no lock. Images that come with koker itself are in a second
 * layout that is only read; the first time one is asked for it is copied, and from then on is an image like any other.
 */
public final class ImageStore {
    private static final String LAYOUT_VERSION = "{\"imageLayoutVersion\":\"1.0.0\"}\n";
    private static final int MIN_ID = 4;
    private static final int MAX_ID = 64;

    private final ImageLayout layout;
    private final Optional<ImageLayout> embedded;

    /** The store in {@code layout}, which need not exist yet, and the images that come with koker, if any. */
    public ImageStore(Path layout, Optional<Path> embedded) {
        this.layout = new ImageLayout(layout);
        this.embedded = embedded.map(ImageLayout::new);
    }

    /** The image of that name for this machine's platform; a digest in the name decides alone. */
    public Optional<Image> find(ImageReference reference) {
        var entry = layout.find(reference);
        if (entry.isEmpty() && embedded.isPresent()) {
            entry = embedded.get().find(reference);
            if (entry.isPresent()) {
                copy(embedded.get(), entry.get(), Optional.of(reference));
            }
        }
        return entry.isPresent() ? Optional.of(layout.load(reference, entry.get())) : Optional.empty();
    }

    /** The image whose ID begins with those hexadecimal digits, at least 4, with or without {@code sha256:}. */
    public Optional<Image> findById(String prefix) {
        String hex = prefix.startsWith("sha256:") ? prefix.substring("sha256:".length()) : prefix;
        if (hex.length() < MIN_ID || hex.length() > MAX_ID || !Digest.isHex(hex)) {
            return Optional.empty();
        }
        var entry = theOne(layout, hex);
        if (entry.isEmpty() && embedded.isPresent()) {
            entry = theOne(embedded.get(), hex);
            entry.ifPresent(found -> copy(embedded.get(), found, ImageLayout.name(found.listed())));
        }
        return entry.map(found -> layout.load(ImageLayout.name(found.listed()).orElse(null), found));
    }

    /** Where the bytes of that digest are, or would be. */
    Path blob(Digest digest) {
        return layout.blob(digest);
    }

    /** Of an image's several names the first that can be asked for; several images are one too many. */
    private static Optional<ImageLayout.Entry> theOne(ImageLayout layout, String hex) {
        var entries = layout.findById(hex);
        var ids = new HashSet<Digest>();
        Optional<ImageLayout.Entry> one = Optional.empty();
        for (var entry : entries) {
            ids.add(layout.manifest(entry.manifest().digest()).config().digest());
            if (one.isEmpty() || ImageLayout.name(one.get().listed()).isEmpty()) {
                one = Optional.of(entry);
            }
        }
        if (ids.size() > 1) {
            throw new ImageException("image ID " + hex + " is ambiguous: " + ids.size()
                    + " images begin with it; give more of its digits");
        }
        return one;
    }

    /** Copies what the image is made of, then names it: whoever finds the name finds the rest. */
    private void copy(ImageLayout from, ImageLayout.Entry entry, Optional<ImageReference> name) {
        var manifest = from.manifest(entry.manifest().digest());
        var blobs = new ArrayList<>(manifest.layers());
        blobs.add(manifest.config());
        blobs.add(entry.manifest());
        blobs.add(entry.listed());
        try {
            Files.createDirectories(layout.folder());
            var lock = FileLock.hold(layout.folder().resolve(".lock"), 0);
            try {
                for (var blob : blobs) {
                    copy(from, blob);
                }
                name(entry.listed(), name);
            } finally {
                lock.release();
            }
        } catch (IOException e) {
            throw ImageException.because("cannot copy an image to " + layout.folder(), e);
        }
    }

    private void copy(ImageLayout from, Descriptor blob) throws IOException {
        var target = layout.blob(blob.digest());
        if (Files.exists(target)) {
            return;
        }
        Files.createDirectories(target.getParent());
        var partial = layout.folder().resolve("." + blob.digest().hex() + ".partial");
        try {
            var hasher = blob.digest().hasher();
            try (var out = new DigestOutputStream(Files.newOutputStream(partial), hasher)) {
                Files.copy(from.blob(blob.digest()), out);
            }
            var actual = blob.digest().sibling(hasher);
            if (!actual.equals(blob.digest()) || Files.size(partial) != blob.size()) {
                throw new ImageException(from.blob(blob.digest()) + " is damaged: it has " + Files.size(partial)
                        + " bytes and the digest " + actual + "; install koker again");
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Adds {@code descriptor} to index.json under {@code name}, which whatever had it before loses. Needs the lock. */
    private void name(Descriptor descriptor, Optional<ImageReference> name) throws IOException {
        var index = layout.index().object();
        var manifests = new JsonArray();
        if (index.get("manifests") instanceof JsonArray before) {
            for (var element : before) {
                var listed = Descriptor.of(new Json(element.getAsJsonObject()));
                boolean sameName = name.isPresent() && ImageLayout.isNamed(listed, name.get());
                boolean sameImage = listed.digest().equals(descriptor.digest());
                if (sameName && !sameImage) {
                    manifests.add(listed.named(Optional.empty()));
                } else if (!(sameImage && (sameName || listed.annotations().isEmpty()))) {
                    manifests.add(element);
                }
            }
        }
        manifests.add(descriptor.named(name));
        index.addProperty("schemaVersion", 2);
        index.add("manifests", manifests);
        replace(layout.folder().resolve("oci-layout"), LAYOUT_VERSION);
        replace(layout.indexFile(), index + "\n");
    }

    private static void replace(Path file, String text) throws IOException {
        var partial = file.resolveSibling("." + file.getFileName() + ".partial");
        try {
            Files.writeString(partial, text);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
