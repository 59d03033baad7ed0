package koker.image;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The images on this machine, as a layout that other tools read and write too (OCI image-spec 1.1, image-layout.md).
 *
 * <p>Finding an image reads three small files and takes no lock. Images that come with koker itself are in a second
 * layout that is only read; the first time one is asked for it is copied, and from then on is an image like any other.
 */
public final class ImageStore {
    private static final String LAYOUT_VERSION = "{\"imageLayoutVersion\":\"1.0.0\"}\n";
    private static final String PARTIAL = ".partial";
    private static final int BUFFER = 128 << 10;
    private static final int LOCK_DIGITS = 15;
    private static final long INDEX = 0;
    private static final long DAY_MILLIS = 24L * 60 * 60 * 1000;
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

    /** Whether the blob is here. One of another size is not: a power cut can leave an empty file under a name. */
    public boolean has(Descriptor blob) {
        try {
            return Files.size(layout.blob(blob.digest())) == blob.size();
        } catch (IOException absent) {
            return false;
        }
    }

    /** The bytes of a small blob that is here, such as a manifest. */
    public byte[] read(Descriptor blob) {
        var file = layout.blob(blob.digest());
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw ImageException.because("cannot read " + file, e);
        }
    }

    /**
     * Gets a blob from {@code source} unless it is here; who comes while another gets it waits, and finds it done. Only
     * under its own name does it count, and only what is true to its digest and size gets that.
     *
     * @return whether the source was asked
     */
    public boolean obtain(Descriptor blob, PartialBlob.Source source) {
        if (has(blob)) {
            return false;
        }
        var target = layout.blob(blob.digest());
        var file = layout.folder().resolve("." + blob.digest().hex() + PARTIAL);
        try {
            Files.createDirectories(target.getParent());
            var lock = FileLock.hold(lockFile(), position(blob.digest().hex()));
            try {
                if (has(blob)) {
                    return false;
                }
                try (var partial = PartialBlob.open(blob, file)) {
                    fill(partial, blob, source);
                    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
                } catch (ImageException e) {
                    if (Files.size(file) == 0) {
                        Files.delete(file); // there is nothing to go on with
                    }
                    throw e;
                }
            } finally {
                lock.release();
            }
            return true;
        } catch (IOException e) {
            throw ImageException.because("cannot store " + blob.digest(), e);
        }
    }

    private static void fill(PartialBlob partial, Descriptor blob, PartialBlob.Source source) {
        var resumed = partial.position() > 0;
        if (!partial.isWhole()) {
            source.fill(partial);
        }
        // What was there before may be another's: the file of a disk that was full, or of a power cut.
        if (!partial.isWhole() && resumed) {
            partial.restart();
            source.fill(partial);
        }
        if (!partial.isWhole()) {
            var actual = partial.actual();
            var length = partial.position();
            partial.restart();
            throw new ImageException(blob.digest() + " is refused: what came has " + length + " of " + blob.size()
                    + " bytes and the digest " + actual + "; try again, or tell those who made the image");
        }
    }

    /** Removes what pulls that were killed have left and nobody has gone on with for a day. */
    public void sweep() {
        var yesterday = System.currentTimeMillis() - DAY_MILLIS;
        if (!Files.isDirectory(layout.folder())) {
            return;
        }
        try (var partials = Files.newDirectoryStream(layout.folder(), ".*" + PARTIAL)) {
            for (var partial : partials) {
                String hex = partial.getFileName().toString().substring(1).replace(PARTIAL, "");
                if (!Digest.isHex(hex)
                        || hex.length() < LOCK_DIGITS
                        || Files.getLastModifiedTime(partial).toMillis() > yesterday) {
                    continue;
                }
                var lock = FileLock.tryHold(lockFile(), position(hex));
                if (lock.isPresent()) {
                    try {
                        Files.deleteIfExists(partial);
                    } finally {
                        lock.get().release();
                    }
                }
            }
        } catch (NoSuchFileException gone) {
            // Another koker has just finished with it.
            return;
        } catch (IOException e) {
            throw ImageException.because("cannot clean up " + layout.folder(), e);
        }
    }

    /**
     * Names an image, if all that it consists of is here. Whoever finds the name finds the rest; and what has no name
     * yet may have been removed with another image that it was a part of.
     *
     * @param served the digest of what the registry has under that name: the manifest's, or that of an index above it
     * @return whether all was here
     */
    public boolean name(Descriptor manifest, Digest served, ImageReference name) {
        try {
            var lock = FileLock.hold(lockFile(), INDEX);
            try {
                if (!isWhole(manifest)) {
                    return false;
                }
                var notes = Map.of(ImageIndex.SERVED_DIGEST, served.toString());
                name(
                        new Descriptor(
                                manifest.mediaType(), manifest.digest(), manifest.size(), manifest.platform(), notes),
                        Optional.of(name));
                return true;
            } finally {
                lock.release();
            }
        } catch (IOException e) {
            throw ImageException.because("cannot change " + layout.indexFile(), e);
        }
    }

    private boolean isWhole(Descriptor manifest) {
        if (!has(manifest)) {
            return false;
        }
        var parts = layout.manifest(manifest.digest());
        return has(parts.config()) && parts.layers().stream().allMatch(this::has);
    }

    /** All that is here, and what comes with koker, unless something here has its name. */
    public List<Listed> list() {
        var all = new ArrayList<>(list(layout, false));
        if (embedded.isPresent()) {
            var names = new HashSet<String>();
            all.forEach(listed -> listed.name().map(ImageReference::canonical).ifPresent(names::add));
            for (var listed : list(embedded.get(), true)) {
                if (!names.contains(listed.name().map(ImageReference::canonical).orElse(""))) {
                    all.add(listed);
                }
            }
        }
        return all;
    }

    /**
     * What a list shows of all images that can be read.
     *
     * @param unreadable is told of the others
     */
    public List<ImageSummary> summaries(Consumer<Listed> unreadable) {
        var cache = listCache();
        var kept = cache.images();
        if (kept.isPresent()) {
            return kept.get();
        }
        var all = new ArrayList<ImageSummary>();
        var whole = true;
        for (var listed : list()) {
            if (listed.image().isPresent()) {
                all.add(listed.summary(listed.image().get()));
            } else {
                unreadable.accept(listed);
                whole = false;
            }
        }
        // What could not be read may be there the next time, though the list is the same.
        if (whole && Files.exists(layout.indexFile())) {
            keep(cache, all);
        }
        return all;
    }

    private ListCache listCache() {
        var layouts = new ArrayList<>(List.of(layout));
        embedded.ifPresent(layouts::add);
        return ListCache.of(layout.folder().resolve(".list"), layouts);
    }

    private void keep(ListCache cache, List<ImageSummary> all) {
        try {
            var lock = FileLock.tryHold(lockFile(), INDEX);
            if (lock.isPresent()) {
                try {
                    // Another tool, which knows no lock of koker's, may have changed the list while it was read.
                    if (cache.hasTheBasisOf(listCache())) {
                        cache.keep(all);
                    }
                } finally {
                    lock.get().release();
                }
            }
        } catch (IOException e) {
            return; // it is made again the next time
        }
    }

    /** Whether {@code image} is still listed, under whatever name. */
    public boolean lists(Image image) {
        for (var entry : layout.listed()) {
            if (entry.digest().equals(image.manifest())
                    || layout.manifestOf(entry)
                            .filter(manifest -> manifest.digest().equals(image.manifest()))
                            .isPresent()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes entries out of the list, and then what no other entry needs. An image that is in use loses its name and
     * stays. That is asked when it is not in the list any more: whoever begins to use it meanwhile says so first and then
     * looks whether it {@linkplain #lists is listed}, and so one of the two sees the other.
     *
     * @param inUse whether an image with that ID is in use
     * @param dropLayer removes the unpacked layer of that diff ID
     * @return the IDs of the images that are gone
     */
    public Set<Digest> remove(List<Listed> gone, Predicate<Digest> inUse, Consumer<Digest> dropLayer) {
        try {
            var lock = FileLock.hold(lockFile(), INDEX);
            try {
                return new Removal(layout, gone).run(inUse, dropLayer);
            } finally {
                lock.release();
            }
        } catch (IOException e) {
            throw ImageException.because("cannot remove images from " + layout.folder(), e);
        }
    }

    private static List<Listed> list(ImageLayout layout, boolean embedded) {
        var all = new ArrayList<Listed>();
        for (var entry : layout.listed()) {
            var name = ImageLayout.name(entry);
            var image = Optional.<Image>empty();
            try {
                image = layout.manifestOf(entry)
                        .map(manifest -> layout.load(name.orElse(null), new ImageLayout.Entry(entry, manifest)));
            } catch (ImageException damaged) {
                // It is listed all the same: it can be removed, or pulled again.
                image = Optional.empty();
            }
            all.add(new Listed(entry, name, embedded, image));
        }
        return all;
    }

    private Path lockFile() {
        return layout.folder().resolve(".lock");
    }

    /** The byte of the lock file that stands for a blob; byte 0 is for index.json. */
    private static long position(String hex) {
        return 1 + Long.parseLong(hex.substring(0, LOCK_DIGITS), 16);
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
            var lock = FileLock.hold(lockFile(), INDEX);
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

    private void copy(ImageLayout from, Descriptor blob) {
        obtain(blob, partial -> {
            partial.restart();
            try (var in = Files.newInputStream(from.blob(blob.digest()))) {
                var buffer = new byte[BUFFER];
                for (int n; (n = in.read(buffer)) > 0; ) {
                    partial.append(buffer, n);
                }
            } catch (IOException e) {
                throw ImageException.because("cannot read " + from.blob(blob.digest()), e);
            } catch (ImageException e) {
                partial.restart(); // a copy is not worth going on with
                throw e;
            }
        });
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
                } else if (!(sameImage && (sameName || ImageLayout.isUnnamed(listed)))) {
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

    static void replace(Path file, String text) throws IOException {
        replace(file, text.getBytes(StandardCharsets.UTF_8));
    }

    static void replace(Path file, byte[] bytes) throws IOException {
        var partial = file.resolveSibling("." + file.getFileName() + ".partial");
        try {
            Files.write(partial, bytes);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
