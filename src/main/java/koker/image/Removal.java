package koker.image;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Takes entries out of a layout, and what only they needed. Whoever runs it holds the lock on index.json. */
final class Removal {
    private final ImageLayout layout;
    private final List<Listed> gone;
    private final Contents garbage;

    /** Of {@code gone}, and of what of {@code garbage} no entry needs. */
    Removal(ImageLayout layout, List<Listed> gone, Contents garbage) {
        this.layout = layout;
        this.gone = gone;
        this.garbage = garbage;
    }

    /** First the list, then the rest: what is killed in between leaves bytes that nobody needs, but no image with a hole. */
    Removed run(Predicate<Digest> inUse, Consumer<Digest> dropLayer) throws IOException {
        var index = layout.index().object();
        var entries = new HashSet<Descriptor>();
        gone.forEach(listed -> entries.add(listed.entry()));
        var kept = new JsonArray();
        var candidates = new Contents(layout);
        var needed = new Contents(layout);
        var removed = new ArrayList<Descriptor>();
        if (index.get("manifests") instanceof JsonArray before) {
            for (var element : before) {
                var entry = Descriptor.of(new Json(element.getAsJsonObject()));
                if (entries.contains(entry)) {
                    removed.add(entry);
                } else {
                    kept.add(element);
                    needed.add(entry);
                }
            }
        }
        if (!removed.isEmpty()) {
            index.add("manifests", kept);
            ImageStore.replace(layout.indexFile(), index + "\n");
        }
        for (var entry : removed) {
            var needs = new Contents(layout);
            needs.add(entry);
            if (!needed.images().containsAll(needs.images())
                    && needs.images().stream().anyMatch(inUse)) {
                kept.add(entry.named(Optional.empty()));
                ImageStore.replace(layout.indexFile(), index + "\n");
                needed.add(entry);
            }
            candidates.add(entry);
        }
        candidates.blobs().addAll(garbage.blobs());
        candidates.diffIds().addAll(garbage.diffIds());
        long bytes = 0;
        for (var blob : candidates.blobs()) {
            if (!needed.blobs().contains(blob)) {
                bytes += dropBlob(blob);
            }
        }
        candidates.diffIds().stream()
                .filter(diffId -> !needed.diffIds().contains(diffId))
                .forEach(dropLayer);
        candidates.images().removeAll(needed.images());
        return new Removed(candidates.images(), bytes);
    }

    private long dropBlob(Digest digest) {
        var blob = layout.blob(digest);
        try {
            long size = Files.exists(blob) ? Files.size(blob) : 0;
            Files.deleteIfExists(blob);
            return size;
        } catch (IOException e) {
            throw ImageException.because("cannot remove " + blob, e);
        }
    }
}
