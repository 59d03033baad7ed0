package koker.engine;

import java.util.Optional;
import java.util.function.Consumer;
import koker.image.Digest;
import koker.image.ImageStore;
import koker.image.LayerStore;
import koker.image.UnpackedLayers;

/**
 * Removes unpacked layers that no image needs any more. As containers know their image and not its layers, all layers
 * stay while there is a container whose image is not listed, which another tool may have taken out.
 */
final class LayerRemoval implements Consumer<Digest> {
    private final ImageStore store;
    private final LayerStore layers;
    private final UnpackedLayers unpacked;
    private final ImageUsers users;
    private Optional<Boolean> allListed = Optional.empty();
    private long bytes;

    LayerRemoval(ImageStore store, LayerStore layers, UnpackedLayers unpacked, ImageUsers users) {
        this.store = store;
        this.layers = layers;
        this.unpacked = unpacked;
        this.users = users;
    }

    /** How many bytes that gave back. */
    long bytes() {
        return bytes;
    }

    @Override
    public void accept(Digest diffId) {
        if (allListed.isEmpty()) {
            var images = new ImageSearch(store.list());
            allListed = Optional.of(users.ids().stream().allMatch(images::hasId));
        }
        if (allListed.get()) {
            bytes += unpacked.size(diffId);
            layers.remove(diffId);
        }
    }
}
