package koker.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.image.Digest;
import koker.image.Image;
import koker.image.ImageSummary;
import koker.image.Listed;
import koker.image.UnpackedLayers;

/**
 * What images take up.
 *
 * @param images each under each of its names
 * @param stored how many bytes all layers have as they are stored, each counted once
 * @param layers how many layers are unpacked
 * @param unpacked how many bytes they have
 * @param unneeded how many of those bytes are in layers of no image
 */
public record DiskUsage(List<Row> images, long stored, int layers, long unpacked, long unneeded) {
    /**
     * An image.
     *
     * @param shared how many of its bytes are in layers that other images have, too
     * @param containers how many use it
     */
    public record Row(ImageSummary image, long shared, int containers) {
        /** How many bytes no other image has. */
        public long unique() {
            return image.size() - shared;
        }
    }

    static DiskUsage of(List<Listed> all, ImageUsers users, UnpackedLayers layers) {
        var images = all.stream().flatMap(listed -> listed.image().stream()).toList();
        var sizes = new HashMap<Digest, Long>();
        var owners = new HashMap<Digest, Set<Digest>>();
        var needed = new HashSet<Digest>();
        for (var image : images) {
            for (var layer : image.layers()) {
                var blob = layer.blob();
                sizes.put(blob.digest(), blob.size());
                owners.computeIfAbsent(blob.digest(), _ -> new HashSet<>()).add(image.id());
                needed.add(layer.diffId());
            }
        }
        var rows = all.stream()
                .filter(listed -> listed.image().isPresent())
                .map(listed -> row(listed, listed.image().get(), owners, users))
                .toList();
        var unpacked = layers.all();
        long bytes = 0;
        long unneeded = 0;
        for (var diffId : unpacked) {
            var size = layers.size(diffId);
            bytes += size;
            unneeded += needed.contains(diffId) ? 0 : size;
        }
        var stored = sizes.values().stream().mapToLong(Long::longValue).sum();
        return new DiskUsage(rows, stored, unpacked.size(), bytes, unneeded);
    }

    private static Row row(Listed listed, Image image, Map<Digest, Set<Digest>> owners, ImageUsers users) {
        var shared = image.layers().stream()
                .filter(layer -> owners.get(layer.blob().digest()).size() > 1)
                .mapToLong(layer -> layer.blob().size())
                .sum();
        return new Row(listed.summary(image), shared, users.of(image.id()).size());
    }
}
