package koker.image;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import koker.kernel.Kernel;
import koker.plan.Runner;
import koker.plan.StoreStep;
import koker.trace.Trace;

/**
 * The unpacked layers, each in a folder named by its diff ID, shared by all images and containers: the lower folders of
 * OverlayFS. A folder with such a name is complete and true to its diff ID; one being filled is called
 * {@code <hex>.partial}, and belongs to whoever has the lock on it.
 */
public final class LayerStore {
    private static final String PARTIAL = ".partial";
    private static final String LOCKS = ".lock";
    private static final int LOCK_DIGITS = 15;

    private final Path layers;
    private final ImageStore blobs;
    private final Kernel kernel;
    private final Trace trace;
    private final UnpackLimits limits;
    private final Runner runner;
    private final TreeRemoval removal;

    /**
     * The layers in the folder {@code layers}, which need not exist yet, made from those blobs, within those limits, by steps of {@code runner}.
     */
    public LayerStore(Path layers, ImageStore blobs, Kernel kernel, Trace trace, UnpackLimits limits, Runner runner) {
        this.layers = layers;
        this.blobs = blobs;
        this.kernel = kernel;
        this.trace = trace;
        this.limits = limits;
        this.runner = runner;
        this.removal = new TreeRemoval(kernel);
    }

    /**
     * The folders of the image's layers, topmost first as overlayfs takes them, unpacked now where they are missing.
     * A layer that an image has twice is in the list once, at its upper place: OverlayFS refuses a folder given twice,
     * and what the lower one would show, the upper one shows.
     */
    public List<Path> unpack(Image image) {
        var folders = folders(image);
        var missing = new ArrayList<Layer>();
        for (var entry : folders.entrySet()) {
            if (!Files.isDirectory(entry.getKey())) {
                missing.add(entry.getValue());
            }
        }
        if (!missing.isEmpty()) {
            prepare();
            unpack(missing);
        }
        return List.copyOf(folders.keySet());
    }

    /** The same folders, if all of them are there; nothing is unpacked. */
    public Optional<List<Path>> unpacked(Image image) {
        var folders = List.copyOf(folders(image).keySet());
        return folders.stream().allMatch(Files::isDirectory) ? Optional.of(folders) : Optional.empty();
    }

    private Map<Path, Layer> folders(Image image) {
        var folders = new LinkedHashMap<Path, Layer>();
        for (var layer : image.layers().reversed()) {
            folders.putIfAbsent(folder(layer.diffId()), layer);
        }
        return folders;
    }

    /** Removes the unpacked layer, if there is one. It loses its name first, so that none is ever half there. */
    public void remove(Digest diffId) {
        var folder = folder(diffId);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try {
            try (var _ = hold(diffId)) {
                var partial = layers.resolve(diffId.hex() + PARTIAL);
                removal.delete(partial);
                Files.move(folder, partial, StandardCopyOption.ATOMIC_MOVE);
                removal.delete(partial);
            }
        } catch (IOException e) {
            throw ImageException.because("cannot remove layer " + diffId, e);
        }
    }

    /**
     * Gets the blob of a layer from {@code source} unless it is here, and unpacks it, unless that is done: meanwhile, or where steps are
     * watched afterwards. The unpacked layer counts when both of its digests are right.
     *
     * @return whether the source was asked
     */
    public boolean obtain(Layer layer, PartialBlob.Source source) {
        if (Files.isDirectory(folder(layer.diffId()))) {
            return blobs.obtain(layer.blob(), source);
        }
        prepare();
        boolean asked;
        try (var meanwhile = new Meanwhile(layer)) {
            asked = blobs.obtain(layer.blob(), partial -> {
                meanwhile.follow(partial);
                source.fill(partial);
            });
            meanwhile.end();
        }
        if (!Files.isDirectory(folder(layer.diffId()))) {
            unpack(layer);
        }
        return asked;
    }

    /** A layer that is unpacked by a thread of its own while its blob comes in. */
    private final class Meanwhile implements AutoCloseable {
        private final Layer layer;
        private final FutureTask<Void> task;
        private BlobFollower blob;
        private Thread thread;

        Meanwhile(Layer layer) {
            this.layer = layer;
            this.task = new FutureTask<>(() -> unpack(layer, () -> blob), null);
        }

        /** Begins, if nobody watches; not a second time, for if the blob begins again it is unpacked when it is here. */
        void follow(PartialBlob partial) {
            if (thread != null || runner.isWatched()) {
                return;
            }
            try {
                blob = partial.follow();
                thread = Thread.ofPlatform().name("unpack " + layer.diffId()).start(task);
            } catch (IOException e) {
                throw ImageException.because("cannot read " + layer.blob().digest(), e);
            }
        }

        /** Waits; whatever it could not unpack though the blob is true is the archive's fault, or the disk's. */
        void end() {
            if (thread == null) {
                return;
            }
            try {
                task.get();
            } catch (ExecutionException e) {
                if (!blob.isStale()) {
                    throw (ImageException) e.getCause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ImageException("cannot unpack layer " + layer.blob().digest() + ": interrupted", e);
            }
        }

        @Override
        public void close() {
            if (thread == null) {
                return;
            }
            thread.interrupt();
            var interrupted = Thread.interrupted();
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Path folder(Digest diffId) {
        return layers.resolve(diffId.hex());
    }

    /** Makes the folder, in which set-user-ID programs will lie, for root alone; and removes what died half done. */
    private void prepare() {
        try {
            var rootOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(layers.toAbsolutePath().getParent());
            if (!Files.isDirectory(layers)) {
                try {
                    Files.createDirectory(layers, rootOnly);
                } catch (FileAlreadyExistsException there) {
                    // Another koker has just made it.
                }
            }
            sweep();
        } catch (IOException e) {
            throw ImageException.because("cannot prepare " + layers, e);
        }
    }

    /** Removes what those that were killed have unpacked half. */
    public void sweep() {
        if (!Files.isDirectory(layers)) {
            return;
        }
        try (var partials = Files.newDirectoryStream(layers, "*" + PARTIAL)) {
            for (var partial : partials) {
                String hex = partial.getFileName().toString().replace(PARTIAL, "");
                if (hex.length() < LOCK_DIGITS || !Digest.isHex(hex)) {
                    continue;
                }
                var lock = FileLock.tryHold(kernel, layers.resolve(LOCKS), position(hex));
                if (lock.isPresent()) {
                    try (var _ = lock.get()) {
                        removal.delete(partial);
                    }
                }
            }
        } catch (IOException e) {
            throw ImageException.because("cannot clean up " + layers, e);
        }
    }

    /** Several at once, as far as there are processors; the first failure ends all. */
    private void unpack(List<Layer> missing) {
        int threads = Math.min(missing.size(), Runtime.getRuntime().availableProcessors());
        if (threads == 1 || runner.isWatched()) {
            missing.forEach(this::unpack);
            return;
        }
        var failure = new AtomicReference<RuntimeException>();
        try (var pool = Executors.newFixedThreadPool(threads)) {
            // In most images the lowest is the largest: what takes longest comes first.
            missing.reversed()
                    .forEach(layer -> pool.execute(() -> {
                        try {
                            unpack(layer);
                        } catch (ImageException e) {
                            failure.compareAndSet(null, e);
                            pool.shutdownNow();
                        }
                    }));
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private void unpack(Layer layer) {
        unpack(layer, () -> new BlobFile(blobs.blob(layer.blob().digest()), layer.blob()));
    }

    private void unpack(Layer layer, Opener opener) {
        var what = "cannot unpack layer " + layer.blob().digest();
        try (var blob = opener.open();
                var _ = hold(layer.diffId())) {
            if (!Files.isDirectory(folder(layer.diffId()))) {
                make(layer, blob);
            }
        } catch (NoSuchFileException e) {
            throw new ImageException(what + ": " + e.getFile() + " is missing; pull the image again", e);
        } catch (IOException e) {
            throw ImageException.because(what, e);
        } catch (RuntimeException | Error e) {
            // Errors too: in a pool's thread nobody else would hear of one, and the layer would be missing.
            throw new ImageException(what + ": " + e.getMessage(), e);
        }
    }

    private FileLock hold(Digest diffId) throws IOException {
        return FileLock.hold(kernel, layers.resolve(LOCKS), position(diffId.hex()));
    }

    /** Unpacks the layer under another name first. */
    private void make(Layer layer, BlobStream blob) throws IOException {
        var partial = layers.resolve(layer.diffId().hex() + PARTIAL);
        var name = layer.diffId().toString();
        try {
            removePartial(partial);
            runner.make(new StoreStep.MakeLayerFolder(partial.toString()));
            runner.make(new StoreStep.UnpackLayer(name));
            fill(partial, layer, blob);
            blob.verify();
            runner.make(new StoreStep.KeepLayer(
                    name, partial.toString(), folder(layer.diffId()).toString()));
        } finally {
            removePartial(partial);
        }
    }

    private void removePartial(Path partial) {
        trace.heading("Remove partial layer", fields());
        removal.delete(partial);
    }

    private void fill(Path folder, Layer layer, BlobStream blob) throws IOException {
        var hasher = layer.diffId().hasher();
        var archive = new LayerStream(blob, hasher, limits);
        try (var tree = new LayerTree(folder, kernel, trace, limits)) {
            new LayerArchive(archive, tree).unpack();
            archive.drain();
            trace.debug(
                    "Layer unpacked",
                    fields("layer", layer.diffId(), "entries", tree.entries(), "bytes", archive.size()));
        }
        var diffId = layer.diffId().sibling(hasher);
        if (!diffId.equals(layer.diffId())) {
            throw new ImageException("its diff ID is " + diffId + " instead of " + layer.diffId()
                    + "; remove the image and pull it again");
        }
    }

    @FunctionalInterface
    private interface Opener {
        BlobStream open() throws IOException;
    }

    private static long position(String hex) {
        return Long.parseLong(hex.substring(0, LOCK_DIGITS), 16);
    }
}
