package koker.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The list of images as it was when each one's manifest and configuration were last read: two small files for each. It
 * holds as long as every index.json is, byte for byte, what it was then, whoever writes it: what is below an entry is
 * named by digest, and cannot change.
 */
final class ListCache {
    private static final String VERSION = "koker-list-1 ";

    private final Path file;
    private final byte[] basis;

    private ListCache(Path file, byte[] basis) {
        this.file = file;
        this.basis = basis;
    }

    /** The list in {@code file}, for what these layouts list at this moment. */
    static ListCache of(Path file, List<ImageLayout> layouts) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes((VERSION + Platform.here() + "\n").getBytes(StandardCharsets.UTF_8));
        for (var layout : layouts) {
            bytes.writeBytes(read(layout.indexFile()).orElse(new byte[0]));
            bytes.write('\n');
        }
        return new ListCache(file, bytes.toByteArray());
    }

    /** Whether nothing was listed or unlisted between the two. */
    boolean hasTheBasisOf(ListCache other) {
        return Arrays.equals(basis, other.basis);
    }

    /** What was kept, unless it no longer holds. */
    Optional<List<ImageSummary>> images() {
        var kept = read(file).orElse(new byte[0]);
        if (kept.length < basis.length || Arrays.mismatch(kept, 0, basis.length, basis, 0, basis.length) >= 0) {
            return Optional.empty();
        }
        var images = new ArrayList<ImageSummary>();
        var text = new String(kept, basis.length, kept.length - basis.length, StandardCharsets.UTF_8);
        for (var line : text.split("\n")) {
            var cells = line.split("\t", -1);
            if (cells.length == 6) {
                images.add(new ImageSummary(
                        cells[0], cells[1], cells[2], cells[3], Long.parseLong(cells[4]), Long.parseLong(cells[5])));
            } else if (!line.isEmpty()) {
                return Optional.empty();
            }
        }
        return Optional.of(images);
    }

    /** Keeps {@code images}, which were read after this was made. Needs the lock on index.json. */
    void keep(List<ImageSummary> images) throws IOException {
        var text = new StringBuilder();
        for (var image : images) {
            text.append(image.repository()).append('\t');
            text.append(image.tag()).append('\t');
            text.append(image.digest()).append('\t');
            text.append(image.id()).append('\t');
            text.append(image.created()).append('\t');
            text.append(image.size()).append('\n');
        }
        var all = new ByteArrayOutputStream();
        all.writeBytes(basis);
        all.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
        ImageStore.replace(file, all.toByteArray());
    }

    private static Optional<byte[]> read(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException e) {
            throw ImageException.because("cannot read " + file, e);
        }
    }
}
