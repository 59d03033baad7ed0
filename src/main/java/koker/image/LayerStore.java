package koker.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import koker.kernel.Kernel;

/**
 * The unpacked layers, each in a folder named by its diff ID, shared by all images and containers: the lower folders of
 * OverlayFS. A folder with such a name is complete and true to its diff ID; one being filled is called
 * {@code <hex>.partial}, and belongs to whoever has the lock on it.
 */
public final class LayerStore {
    private static final String PARTIAL = ".partial";
    private static final String LOCKS = ".lock";
    private static final int BUFFER = 64 << 10;
    private static final int LOCK_DIGITS = 15;

    private final Path layers;
    private final ImageStore blobs;
    private final Kernel kernel;

    /** The layers in the folder {@code layers}, which need not exist yet, made from those blobs, with that help. */
    public LayerStore(Path layers, ImageStore blobs, Kernel kernel) {
        this.layers = layers;
        this.blobs = blobs;
        this.kernel = kernel;
    }

    /**
     * The folders of the image's layers, topmost first as overlayfs takes them, unpacked now where they are missing.
     * A layer that an image has twice is in the list once, at its upper place: OverlayFS refuses a folder given twice,
     * and what the lower one would show, the upper one shows.
     */
    public List<Path> unpack(Image image) {
        var folders = new LinkedHashMap<Path, Layer>();
        for (var layer : image.layers().reversed()) {
            folders.putIfAbsent(folder(layer.diffId()), layer);
        }
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

    /** Removes the unpacked layer, if there is one. It loses its name first, so that none is ever half there. */
    public void remove(Digest diffId) {
        var folder = folder(diffId);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try {
            var lock = FileLock.hold(layers.resolve(LOCKS), position(diffId.hex()));
            try {
                var partial = layers.resolve(diffId.hex() + PARTIAL);
                LayerTree.delete(partial);
                Files.move(folder, partial, StandardCopyOption.ATOMIC_MOVE);
                LayerTree.delete(partial);
            } finally {
                lock.release();
            }
        } catch (IOException e) {
            throw ImageException.because("cannot remove layer " + diffId, e);
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
                var lock = FileLock.tryHold(layers.resolve(LOCKS), position(hex));
                if (lock.isPresent()) {
                    try {
                        LayerTree.delete(partial);
                    } finally {
                        lock.get().release();
                    }
                }
            }
        } catch (IOException e) {
            throw ImageException.because("cannot clean up " + layers, e);
        }
    }

    /** Several at once, as far as there are processors; the first failure ends all. */
    private void unpack(List<Layer> missing) {
        var failure = new AtomicReference<RuntimeException>();
        int threads = Math.min(missing.size(), Runtime.getRuntime().availableProcessors());
        if (threads == 1) {
            missing.forEach(layer -> unpack(layer, failure));
        } else {
            try (var pool = Executors.newFixedThreadPool(threads)) {
                // In most images the lowest is the largest: what takes longest comes first.
                missing.reversed().forEach(layer -> pool.execute(() -> unpack(layer, failure)));
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private void unpack(Layer layer, AtomicReference<RuntimeException> failure) {
        if (failure.get() != null) {
            return;
        }
        var what = "cannot unpack layer " + layer.blob().digest();
        try {
            var lock =
                    FileLock.hold(layers.resolve(LOCKS), position(layer.diffId().hex()));
            try {
                unpackLocked(layer, failure);
            } finally {
                lock.release();
            }
        } catch (NoSuchFileException e) {
            failure.compareAndSet(
                    null, new ImageException(what + ": " + e.getFile() + " is missing; pull the image again", e));
        } catch (IOException e) {
            failure.compareAndSet(null, ImageException.because(what, e));
        } catch (RuntimeException | Error e) {
            // Errors too: in a pool's thread nobody else would hear of one, and the layer would be missing.
            failure.compareAndSet(null, new ImageException(what + ": " + e.getMessage(), e));
        }
    }

    private void unpackLocked(Layer layer, AtomicReference<RuntimeException> failure) throws IOException {
        var folder = folder(layer.diffId());
        if (Files.isDirectory(folder)) {
            return;
        }
        var partial = layers.resolve(layer.diffId().hex() + PARTIAL);
        try {
            LayerTree.delete(partial);
            Files.createDirectory(partial);
            fill(partial, layer, failure);
            Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            LayerTree.delete(partial);
        }
    }

    private void fill(Path folder, Layer layer, AtomicReference<RuntimeException> failure) throws IOException {
        var blob = blobs.blob(layer.blob().digest());
        var blobHasher = layer.blob().digest().hasher();
        var diffHasher = layer.diffId().hasher();
        if (Files.size(blob) != layer.blob().size()) {
            throw damaged(blob + " has " + Files.size(blob) + " bytes instead of "
                    + layer.blob().size());
        }
        try (var file = Files.newInputStream(blob);
                var stored = new BufferedInputStream(new DigestInputStream(file, blobHasher), BUFFER);
                var archive = new DigestInputStream(Compression.open(stored), diffHasher)) {
            new LayerArchive(archive, new LayerTree(folder, kernel)).unpack(() -> failure.get() != null);
            // What follows the archive's end belongs to the digests too.
            archive.transferTo(OutputStream.nullOutputStream());
            stored.transferTo(OutputStream.nullOutputStream());
        }
        var blobDigest = layer.blob().digest().sibling(blobHasher);
        if (!blobDigest.equals(layer.blob().digest())) {
            throw damaged(blob + " has the digest " + blobDigest);
        }
        var diffId = layer.diffId().sibling(diffHasher);
        if (!diffId.equals(layer.diffId())) {
            throw damaged("its diff ID is " + diffId + " instead of " + layer.diffId());
        }
    }

    private static ImageException damaged(String why) {
        return new ImageException(why + "; remove the image and pull it again");
    }

    private static long position(String hex) {
        return Long.parseLong(hex.substring(0, LOCK_DIGITS), 16);
    }
}
