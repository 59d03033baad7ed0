package koker.image;

import com.google.gson.JsonParseException;
import java.util.HashSet;
import java.util.Set;

/**
 * What entries of a layout lead to.
 *
 * @param blobs indexes, manifests, configurations and layers
 * @param images the IDs of the images
 * @param diffIds those of the layers
 */
record Contents(ImageLayout layout, Set<Digest> blobs, Set<Digest> images, Set<Digest> diffIds) {
    /** Nothing yet. */
    Contents(ImageLayout layout) {
        this(layout, new HashSet<>(), new HashSet<>(), new HashSet<>());
    }

    /** Adds what {@code descriptor} leads to. What cannot be read leads nowhere: parts for other platforms may never have been here. */
    void add(Descriptor descriptor) {
        if (!blobs.add(descriptor.digest())) {
            return;
        }
        try {
            var nested = layout.indexAt(descriptor);
            if (nested.isPresent()) {
                nested.get().manifests().forEach(this::add);
                return;
            }
            var manifest = layout.manifest(descriptor.digest());
            images.add(manifest.config().digest());
            blobs.add(manifest.config().digest());
            manifest.layers().forEach(layer -> blobs.add(layer.digest()));
            diffIds.addAll(layout.config(manifest.config().digest()).diffIds());
        } catch (ImageException | JsonParseException unreadable) {
            return;
        }
    }
}
