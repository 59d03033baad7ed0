package koker.image;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;

/** What unpacked layers take up. */
public record UnpackedLayers(Path folder) {
    private static final int SHA256_DIGITS = 64;

    /** The diff IDs of those that are complete. */
    public Set<Digest> all() {
        var all = new HashSet<Digest>();
        if (!Files.isDirectory(folder)) {
            return all;
        }
        try (var layers = Files.newDirectoryStream(folder)) {
            for (var layer : layers) {
                var hex = layer.getFileName().toString();
                if (Digest.isHex(hex)) {
                    all.add(new Digest(hex.length() == SHA256_DIGITS ? "sha256" : "sha512", hex));
                }
            }
            return all;
        } catch (IOException e) {
            throw ImageException.because("cannot list " + folder, e);
        }
    }

    /** How many bytes the files of the layer have; a file with several names counts once. */
    public long size(Digest diffId) {
        if (!Files.isDirectory(folder.resolve(diffId.hex()))) {
            return 0;
        }
        var seen = new HashSet<Object>();
        var size = new long[1];
        try {
            Files.walkFileTree(folder.resolve(diffId.hex()), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (attributes.isRegularFile() && seen.add(attributes.fileKey())) {
                        size[0] += attributes.size();
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw ImageException.because("cannot measure layer " + diffId, e);
        }
        return size[0];
    }
}
