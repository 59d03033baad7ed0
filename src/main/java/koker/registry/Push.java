package koker.registry;

import static koker.trace.Trace.fields;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.image.Descriptor;
import koker.image.Digest;
import koker.image.Image;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.Json;
import koker.image.Listed;
import koker.image.Manifest;
import koker.trace.Trace;

/** Brings an image from the store to a registry: what it is made of, several blobs at once, and its manifest last. Not a byte is changed. */
public final class Push {
    private static final int MAX_MOUNTS = 3;

    private final ImageStore store;
    private final Trace trace;
    private final Image image;
    private final ImageReference target;
    private final Repository repository;
    /** Images here with a name in another repository of the registry. */
    private final List<Listed> neighbours;

    /** A push of {@code image} to the repository of {@code target}, under its tag. */
    public Push(ImageStore store, Trace trace, Image image, ImageReference target, boolean insecure) {
        this.store = store;
        this.trace = trace;
        this.image = image;
        this.target = target;
        this.repository = new Access(trace, System.getenv(), insecure).repository(target, Repository.PUSH);
        this.neighbours = store.list().stream()
                .filter(listed -> listed.name().filter(this::isNeighbour).isPresent())
                .toList();
    }

    /**
     * Pushes it, and returns what the registry has now.
     *
     * @throws RegistryException if the registry does not take it
     */
    public Descriptor run() {
        var bytes = store.read(image.manifest());
        var type = Json.parse(bytes).text("mediaType");
        var document = new Document(type.isEmpty() ? MediaType.OCI_MANIFEST : type, image.manifest(), bytes);
        var manifest = Manifest.parse(bytes);
        var blobs = new LinkedHashMap<Digest, Descriptor>();
        for (var layer : manifest.layers()) {
            if (MediaType.isForeign(layer.mediaType()) && !layer.urls().isEmpty()) {
                trace.warn("Foreign layer not pushed", fields("digest", layer.digest()));
            } else {
                blobs.put(layer.digest(), layer);
            }
        }
        blobs.put(manifest.config().digest(), manifest.config());
        for (var blob : blobs.values()) {
            if (!store.has(blob)) {
                throw new RegistryException("cannot push " + target.familiar() + ": " + blob.digest()
                        + ", which is a part of it, is not here; pull it again");
            }
        }
        Crew.each("cannot push " + target.familiar(), List.copyOf(blobs.values()), this::push);
        repository.put(document, target.tag().orElseGet(() -> image.manifest().toString()));
        return new Descriptor(document.mediaType(), image.manifest(), bytes.length, Optional.empty(), Map.of());
    }

    private void push(Descriptor blob) {
        if (repository.has(blob.digest())) {
            trace.info("Layer exists", fields("digest", blob.digest()));
            return;
        }
        var upload = new Upload(repository, store, blob);
        for (var from : holders(blob)) {
            if (upload.mount(from)) {
                trace.info("Layer mounted", fields("digest", blob.digest(), "from", from));
                return;
            }
        }
        upload.send();
        trace.info("Layer pushed", fields("digest", blob.digest(), "size", blob.size()));
    }

    /** Other repositories of the same registry that are likely to have the blob: an image here that has it has such a name. */
    private List<String> holders(Descriptor blob) {
        return neighbours.stream()
                .filter(listed -> has(listed, blob))
                .flatMap(listed -> listed.name().stream())
                .map(ImageReference::repository)
                .distinct()
                .limit(MAX_MOUNTS)
                .toList();
    }

    private boolean isNeighbour(ImageReference other) {
        return other.registry().equals(target.registry()) && !other.repository().equals(target.repository());
    }

    private static boolean has(Listed listed, Descriptor blob) {
        return listed.image().isPresent()
                && (listed.image().get().id().equals(blob.digest())
                        || listed.image().get().layers().stream()
                                .anyMatch(layer -> layer.blob().digest().equals(blob.digest())));
    }
}
