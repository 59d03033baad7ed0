package koker.image;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
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
import koker.kernel.Kernel;
import koker.plan.Runner;
import koker.plan.StoreStep;

/**
 * The images on this machine, as a layout that other tools read and write too (OCI image-spec 1.1, image-layout.md).
 *
 * <p>Finding an image reads three small files and takes no lock. Images that come with koker itself are in a second
 * layout that is only read; the first time one is asked for it is copied, and from then on is an image like any other.
 */
public final class ImageStore {
    static final String LAYOUT_VERSION = "{\"imageLayoutVersion\":\"1.0.0\"}\n";
    private static final String PARTIAL = ".partial";
    private static final int BUFFER = 128 << 10;
    private static final int LOCK_DIGITS = 15;
    private static final String STAGING = ".staging";
    private static final long INDEX = 0;
    private static final long RECEIVING = 1L << 61;
    private static final long DAY_MILLIS = 24L * 60 * 60 * 1000;
    private static final int MIN_ID = 4;
    private static final int MAX_ID = 64;

    private final ImageLayout layout;
    private final Optional<ImageLayout> embedded;
    private final Path lockFile;
    private final Kernel kernel;
    private final Runner runner;

    /** The store in {@code layout}, which need not exist yet, changed by steps of {@code runner}; and the images that come with koker, if any. */
    public ImageStore(Path layout, Optional<Path> embedded, Kernel kernel, Runner runner) {
        this(new ImageLayout(layout), embedded.map(ImageLayout::new), layout.resolve(".lock"), kernel, runner);
    }

    private ImageStore(
            ImageLayout layout, Optional<ImageLayout> embedded, Path lockFile, Kernel kernel, Runner runner) {
        this.kernel = kernel;
        this.layout = layout;
        this.embedded = embedded;
        this.lockFile = lockFile;
        this.runner = runner;
    }

    /** The image of that name for this machine's platform; a digest in the name decides alone. */
    public Optional<Image> find(ImageReference reference) {
        try {
            return look(reference);
        } catch (ImageException missing) {
            return look(reference); // who was removed while it was read is not listed any more
        }
    }

    private Optional<Image> look(ImageReference reference) {
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
        return read(blob.digest());
    }

    /** The bytes of a small blob that is here. */
    public byte[] read(Digest digest) {
        var file = layout.blob(digest);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw ImageException.because("cannot read " + file, e);
        }
    }

    /** Opens a blob that is here, to read what is in it from {@code start} on. */
    public InputStream open(Descriptor blob, long start) {
        var file = layout.blob(blob.digest());
        try {
            return Channels.newInputStream(FileChannel.open(file).position(start));
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
            try (var _ = FileLock.hold(kernel, lockFile, position(blob.digest().hex()))) {
                if (has(blob)) {
                    return false;
                }
                try (var partial = PartialBlob.open(blob, file)) {
                    fill(partial, blob, source);
                    runner.make(new StoreStep.KeepBlob(blob.digest().toString(), file.toString(), target.toString()));
                    partial.accept();
                } catch (RuntimeException e) {
                    if (Files.size(file) == 0) {
                        Files.delete(file); // there is nothing to go on with
                    }
                    throw e;
                }
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

    /** Removes what those that were killed have left: what pulls have not gone on with for a day, and archives half taken apart. */
    public void sweep() {
        if (!Files.isDirectory(layout.folder())) {
            return;
        }
        try (var left = Files.newDirectoryStream(layout.folder(), ".*{" + PARTIAL + "," + STAGING + "}")) {
            for (var each : left) {
                sweep(each, System.currentTimeMillis() - DAY_MILLIS);
            }
        } catch (NoSuchFileException gone) {
            // Another koker has just finished with it.
            return;
        } catch (IOException e) {
            throw ImageException.because("cannot clean up " + layout.folder(), e);
        }
    }

    private void sweep(Path left, long yesterday) throws IOException {
        var name = left.getFileName().toString();
        var hex = name.substring(1, name.lastIndexOf('.'));
        var young = name.endsWith(PARTIAL) && Files.getLastModifiedTime(left).toMillis() > yesterday;
        if (!Digest.isHex(hex) || hex.length() < LOCK_DIGITS || young) {
            return;
        }
        var lock = FileLock.tryHold(kernel, lockFile, position(hex));
        if (lock.isPresent()) {
            try (var _ = lock.get()) {
                Staging.delete(left);
            }
        }
    }

    /**
     * Says, until it is closed, that blobs are brought here, which are no garbage though no list names them yet.
     */
    public Receiving receive() {
        try {
            Files.createDirectories(layout.folder());
            return new Receiving(FileLock.holdShared(kernel, lockFile, RECEIVING));
        } catch (IOException e) {
            throw ImageException.because("cannot store images in " + layout.folder(), e);
        }
    }

    /** While images are brought here. */
    public record Receiving(FileLock lock) implements AutoCloseable {
        @Override
        public void close() {
            lock.close();
        }
    }

    /** A layout beside this one, to take an archive apart in. */
    public Staging stage() {
        try {
            Files.createDirectories(layout.folder());
            var hex = Staging.newName();
            var lock = FileLock.hold(kernel, lockFile, position(hex));
            return new Staging(layout.folder().resolve("." + hex + STAGING), lock, kernel, runner);
        } catch (IOException e) {
            throw ImageException.because("cannot store images in " + layout.folder(), e);
        }
    }

    /** Takes images over, each under its name if it has one, and all at once. */
    public void adopt(Staging staging, List<Listed> images) {
        locked(() -> {
            var contents = new Contents(staging.layout());
            images.forEach(image -> contents.add(image.entry()));
            for (var digest : contents.blobs()) {
                var blob = staging.layout().blob(digest);
                if (Files.exists(blob)) {
                    var target = layout.blob(digest);
                    Files.createDirectories(target.getParent());
                    Files.move(blob, target, StandardCopyOption.ATOMIC_MOVE);
                }
            }
            for (var image : images) {
                name(image.entry().withoutAnnotations(), image.name());
            }
            return null;
        });
    }

    /**
     * Names an image, if all that it consists of is here. Whoever finds the name finds the rest; and what has no name
     * yet may have been removed with another image that it was a part of.
     *
     * @param served the digest of what the registry has under that name: the manifest's, or that of an index above it
     * @return whether all was here
     */
    public boolean name(Descriptor manifest, Digest served, ImageReference name) {
        return locked(() -> {
            if (!isWhole(manifest)) {
                return false;
            }
            var notes = Map.of(ImageIndex.SERVED_DIGEST, served.toString());
            name(
                    new Descriptor(
                            manifest.mediaType(), manifest.digest(), manifest.size(), manifest.platform(), notes),
                    Optional.of(name));
            return true;
        });
    }

    /**
     * Gives an image that is here another name, which whatever had it before loses.
     *
     * @return whether it is still listed, and whole
     */
    public boolean tag(Listed source, ImageReference name) {
        return locked(() -> {
            var entry = source.entry();
            var manifest = entries(entry.digest()) > 0 ? layout.manifestOf(entry) : Optional.<Descriptor>empty();
            if (manifest.isEmpty() || !isWhole(manifest.get())) {
                return false;
            }
            // What a registry has under one name says nothing of another repository.
            var same = source.name().filter(name::isOfSameRepository).isPresent();
            name(same ? entry : entry.withoutAnnotations(), Optional.of(name));
            return true;
        });
    }

    /** How many entries are of that digest. */
    private long entries(Digest digest) {
        return layout.listed().stream()
                .filter(listed -> listed.digest().equals(digest))
                .count();
    }

    boolean isWhole(Descriptor manifest) {
        if (!has(manifest)) {
            return false;
        }
        var parts = layout.manifest(manifest.digest());
        return has(parts.config()) && parts.layers().stream().allMatch(this::has);
    }

    /** Copies an image that is here into the layout {@code folder}, beside what is there; it cannot be removed meanwhile. */
    public void export(Listed image, Path folder) {
        var target = new ImageStore(new ImageLayout(folder), Optional.empty(), lockFile, kernel, runner);
        target.copy(layout, new ImageLayout.Entry(image.entry(), manifest(image)), image.name());
    }

    private Descriptor manifest(Listed image) {
        return layout.manifestOf(image.entry())
                .orElseThrow(() -> new ImageException("image " + image.served() + " was just removed"));
    }

    /** The JSON with that digest, here or in what comes with koker. */
    public Json document(Digest digest) {
        return embedded.filter(_ -> !Files.exists(layout.blob(digest)))
                .orElse(layout)
                .document(digest);
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
            var lock = FileLock.tryHold(kernel, lockFile, INDEX);
            if (lock.isPresent()) {
                try (var _ = lock.get()) {
                    // Another tool, which knows no lock of koker's, may have changed the list while it was read.
                    if (cache.hasTheBasisOf(listCache())) {
                        cache.keep(all);
                    }
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
     */
    public Removed remove(List<Listed> gone, Predicate<Digest> inUse, Consumer<Digest> dropLayer) {
        return locked(() -> new Removal(layout, gone, new Contents(layout)).run(inUse, dropLayer));
    }

    /**
     * Takes entries out of the list, as {@link #remove}, and then all blobs, and those of the unpacked layers, that no
     * entry needs; unless some koker is just bringing an image here, which no entry names yet.
     */
    public Removed prune(List<Listed> gone, Set<Digest> unpacked, Predicate<Digest> inUse, Consumer<Digest> dropLayer) {
        return locked(() -> {
            var all = new Contents(layout);
            var alone = FileLock.tryHold(kernel, lockFile, RECEIVING);
            try {
                if (alone.isPresent()) {
                    all.blobs().addAll(layout.blobs());
                    all.diffIds().addAll(unpacked);
                }
                return new Removal(layout, gone, all).run(inUse, dropLayer);
            } finally {
                alone.ifPresent(FileLock::close);
            }
        });
    }

    /** Removes those unpacked layers that no image here needs. */
    public void dropUnneeded(Set<Digest> unpacked, Consumer<Digest> dropLayer) {
        locked(() -> {
            var candidates = new Contents(layout);
            candidates.diffIds().addAll(unpacked);
            return new Removal(layout, List.of(), candidates).run(_ -> false, dropLayer);
        });
    }

    private <T> T locked(Action<T> action) {
        try {
            Files.createDirectories(layout.folder());
            try (var _ = FileLock.hold(kernel, lockFile, INDEX)) {
                return action.run();
            }
        } catch (IOException e) {
            throw ImageException.because("cannot change " + layout.folder(), e);
        }
    }

    @FunctionalInterface
    private interface Action<T> {
        T run() throws IOException;
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

    /** The byte of the lock file that stands for a blob; byte 0 is for index.json, and RECEIVING is above all blobs'. */
    private static long position(String hex) {
        return 1 + Long.parseLong(hex.substring(0, LOCK_DIGITS), 16);
    }

    ImageLayout layout() {
        return layout;
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
        locked(() -> {
            for (var blob : blobs) {
                copy(from, blob);
            }
            name(entry.listed(), name);
            return null;
        });
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
                    // One that has another name needs no entry without.
                    if (entries(listed.digest()) == 1) {
                        manifests.add(listed.named(Optional.empty()));
                    }
                } else if (!(sameImage && (sameName || ImageLayout.isUnnamed(listed)))) {
                    manifests.add(element);
                }
            }
        }
        manifests.add(descriptor.named(name));
        index.addProperty("schemaVersion", 2);
        index.add("manifests", manifests);
        replace(layout.folder().resolve("oci-layout"), LAYOUT_VERSION);
        var image = name.map(ImageReference::familiar)
                .orElseGet(() -> descriptor.digest().toString());
        var partial = layout.folder().resolve(".index.json" + PARTIAL);
        try {
            Files.writeString(partial, index + "\n");
            runner.make(new StoreStep.NameImage(
                    image, partial.toString(), layout.indexFile().toString()));
        } finally {
            Files.deleteIfExists(partial);
        }
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
