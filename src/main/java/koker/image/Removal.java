package koker.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Takes entries out of a layout, and what only they needed. Whoever runs it holds the lock on index.json. */
final class Removal {
    private final ImageLayout layout;
    private final List<Listed> gone;

    Removal(ImageLayout layout, List<Listed> gone) {
        this.layout = layout;
        this.gone = gone;
    }

    /** What some entries need. */
    private record Needs(Set<Digest> blobs, Set<Digest> images, Set<Digest> diffIds) {
        Needs() {
            this(new HashSet<>(), new HashSet<>(), new HashSet<>());
        }
    }

    /** First the list, then the rest: what is killed in between leaves bytes that nobody needs, but no image with a hole. */
    Set<Digest> run(Predicate<Digest> inUse, Consumer<Digest> dropLayer) throws IOException {
        var index = layout.index().object();
        var entries = new HashSet<Descriptor>();
        gone.forEach(listed -> entries.add(listed.entry()));
        var kept = new JsonArray();
        var candidates = new Needs();
        var needed = new Needs();
        var removed = new ArrayList<Descriptor>();
        if (index.get("manifests") instanceof JsonArray before) {
            for (var element : before) {
                var entry = Descriptor.of(new Json(element.getAsJsonObject()));
                if (entries.contains(entry)) {
                    removed.add(entry);
                } else {
                    kept.add(element);
                    collect(entry, needed);
                }
            }
        }
        index.add("manifests", kept);
        ImageStore.replace(layout.indexFile(), index + "\n");
        for (var entry : removed) {
            var needs = new Needs();
            collect(entry, needs);
            if (!needed.images().containsAll(needs.images())
                    && needs.images().stream().anyMatch(inUse)) {
                kept.add(entry.named(Optional.empty()));
                ImageStore.replace(layout.indexFile(), index + "\n");
                collect(entry, needed);
            }
            collect(entry, candidates);
        }
        drop(candidates.blobs(), needed.blobs(), this::dropBlob);
        drop(candidates.diffIds(), needed.diffIds(), dropLayer);
        candidates.images().removeAll(needed.images());
        return candidates.images();
    }

    private static void drop(Set<Digest> candidates, Set<Digest> needed, Consumer<Digest> how) {
        candidates.stream().filter(digest -> !needed.contains(digest)).forEach(how);
    }

    private void dropBlob(Digest digest) {
        try {
            Files.deleteIfExists(layout.blob(digest));
        } catch (IOException e) {
            throw ImageException.because("cannot remove " + layout.blob(digest), e);
        }
    }

    /** What cannot be read needs nothing: there may be parts for other platforms that never were here. */
    private void collect(Descriptor descriptor, Needs needs) {
        if (!needs.blobs().add(descriptor.digest())) {
            return;
        }
        try {
            var nested = layout.indexAt(descriptor);
            if (nested.isPresent()) {
                nested.get().manifests().forEach(part -> collect(part, needs));
                return;
            }
            var manifest = layout.manifest(descriptor.digest());
            needs.images().add(manifest.config().digest());
            needs.blobs().add(manifest.config().digest());
            manifest.layers().forEach(layer -> needs.blobs().add(layer.digest()));
            needs.diffIds().addAll(layout.config(manifest.config().digest()).diffIds());
        } catch (ImageException | JsonParseException unreadable) {
            return;
        }
    }
}
