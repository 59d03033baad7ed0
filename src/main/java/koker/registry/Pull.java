package koker.registry;

import static koker.trace.Trace.fields;

import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import koker.image.Descriptor;
import koker.image.Digest;
import koker.image.ImageConfig;
import koker.image.ImageException;
import koker.image.ImageIndex;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.Json;
import koker.image.Layer;
import koker.image.LayerStore;
import koker.image.Manifest;
import koker.image.PartialBlob;
import koker.image.Platform;
import koker.plan.Runner;
import koker.plan.StoreStep;
import koker.trace.Trace;

/**
 * Brings an image from its registry into the store: the manifest for the platform, then what it is made of, several blobs
 * at once, and the name last.
 */
public final class Pull {
    private static final int AT_ONCE = 4;
    private static final int MAX_NESTING = 4;
    private static final int MAX_ROUNDS = 3;
    private static final long MAX_CONFIG = 8 << 20;

    private final ImageStore store;
    private final LayerStore layers;
    private final Trace trace;
    private final Runner runner;
    private final ImageReference reference;
    private final Optional<Platform> wish;
    private final Sources repository;

    /** A pull into {@code store}, by steps of {@code runner}, of an image for {@code wish}, or this machine. */
    public Pull(
            ImageStore store,
            LayerStore layers,
            Trace trace,
            Runner runner,
            ImageReference reference,
            Optional<Platform> wish,
            boolean insecure) {
        this.store = store;
        this.layers = layers;
        this.trace = trace;
        this.runner = runner;
        this.reference = reference;
        this.wish = wish;
        this.repository = new Access(trace, System.getenv(), insecure).sources(reference);
    }

    /**
     * Pulls it.
     *
     * @throws RegistryException if the registry does not give it
     * @throws ImageException if it cannot be stored, or is not what it should be
     */
    public void run() {
        store.sweep();
        var served = served();
        var descriptor = descriptor(served);
        // What is here now may be removed, with another image, until it has this one's name.
        for (var round = 0; round < MAX_ROUNDS; round++) {
            var manifest = fetch(descriptor, served, 0);
            if (store.name(manifest, served.digest(), reference)) {
                return;
            }
        }
        throw new RegistryException("cannot pull " + reference.familiar()
                + ": parts of it are being removed all the time; try again when nobody removes images");
    }

    /**
     * What it is made of, from the index or manifest that the registry has under its name to the topmost layer. The registry is asked for
     * manifests; nothing is stored.
     *
     * @throws RegistryException if the registry does not give them
     */
    public List<Part> parts() {
        var parts = new ArrayList<Part>();
        var document = served();
        var descriptor = descriptor(document);
        while (MediaType.isIndex(document.mediaType())) {
            if (parts.size() == MAX_NESTING) {
                throw nested();
            }
            parts.add(new Part("index", descriptor, false)); // it is only looked into
            descriptor = choose(read(document, ImageIndex::parse));
            document = document(descriptor);
        }
        var manifest = manifest(document);
        parts.add(part("manifest", descriptor));
        parts.add(part("config", manifest.config()));
        manifest.layers().forEach(layer -> parts.add(part("layer", layer)));
        return parts;
    }

    private Part part(String kind, Descriptor blob) {
        return new Part(kind, blob, store.has(blob));
    }

    /** What the registry has under the image's name. */
    private Document served() {
        runner.make(new StoreStep.AskRegistry(reference.familiar()));
        return reference
                .digest()
                .map(repository::manifest)
                .orElseGet(() -> repository.manifest(reference.tag().orElseThrow()));
    }

    private static Descriptor descriptor(Document document) {
        return new Descriptor(
                document.mediaType(), document.digest(), document.bytes().length, Optional.empty(), Map.of());
    }

    private Manifest manifest(Document document) {
        if (!MediaType.isManifest(document.mediaType())) {
            throw refused("it is no image, but " + kind(document.mediaType()));
        }
        var manifest = read(document, Manifest::parse);
        refuseArtifact(manifest, document);
        return manifest;
    }

    private RegistryException nested() {
        return refused("its indexes are nested too deeply");
    }

    /** Follows indexes to a manifest, fetches what that is made of, and returns where it is. */
    private Descriptor fetch(Descriptor descriptor, Document document, int depth) {
        if (MediaType.isIndex(document.mediaType())) {
            if (depth == MAX_NESTING) {
                throw nested();
            }
            var chosen = choose(read(document, ImageIndex::parse));
            return fetch(chosen, document(chosen), depth + 1);
        }
        var manifest = manifest(document);
        store.obtain(descriptor, partial -> {
            partial.restart();
            partial.append(document.bytes(), document.bytes().length);
        });
        var config = config(manifest);
        fetch(manifest.layers(), config.diffIds());
        return new Descriptor(
                document.mediaType(),
                document.digest(),
                document.bytes().length,
                Optional.of(new Platform(config.os(), config.architecture(), config.variant())),
                Map.of());
    }

    /** A manifest with a digest never changes: where it is here it is not asked for. */
    private Document document(Descriptor descriptor) {
        if (store.has(descriptor)) {
            return new Document(descriptor.mediaType(), descriptor.digest(), store.read(descriptor));
        }
        runner.make(new StoreStep.AskRegistry(descriptor.digest().toString()));
        var document = repository.manifest(descriptor.digest());
        if (document.bytes().length != descriptor.size()) {
            throw refused(
                    descriptor.digest() + " has " + document.bytes().length + " bytes instead of " + descriptor.size());
        }
        return document;
    }

    private Descriptor choose(ImageIndex index) {
        var wanted = wish.orElseGet(Platform::here);
        for (var manifest : index.manifests()) {
            if (manifest.platform().filter(wanted::matches).isPresent()) {
                return manifest;
            }
        }
        for (var manifest : index.manifests()) {
            var onlyOne = index.manifests().size() == 1;
            if (manifest.platform().isEmpty() && (onlyOne || MediaType.isIndex(manifest.mediaType()))) {
                return manifest;
            }
        }
        var offered = index.manifests().stream()
                .flatMap(manifest -> manifest.platform().stream())
                .filter(platform -> !platform.os().equals("unknown"))
                .map(Platform::toString)
                .distinct()
                .collect(Collectors.joining(", "));
        throw new RegistryException("image " + reference.familiar() + " is not made for " + wanted
                + (offered.isEmpty() ? "; use another" : "; choose one with --platform: " + offered));
    }

    private void refuseArtifact(Manifest manifest, Document document) {
        var type = manifest.config().mediaType();
        if (!MediaType.isImageConfig(type)) {
            var artifact = Json.parse(document.bytes()).text("artifactType");
            throw refused("it is no image, but " + kind(artifact.isEmpty() ? type : artifact));
        }
    }

    private ImageConfig config(Manifest manifest) {
        var descriptor = manifest.config();
        if (descriptor.size() > MAX_CONFIG) {
            throw refused("its configuration has " + descriptor.size() + " bytes, more than any image needs");
        }
        store.obtain(descriptor, partial -> fetch(descriptor, partial));
        var document = new Document(descriptor.mediaType(), descriptor.digest(), store.read(descriptor));
        var config = read(document, ImageConfig::parse);
        if (config.diffIds().size() != manifest.layers().size()) {
            throw refused("it has " + manifest.layers().size() + " layers but "
                    + config.diffIds().size() + " diff IDs");
        }
        var made = new Platform(config.os(), config.architecture(), config.variant());
        var wanted = wish.orElseGet(Platform::here);
        if (!wanted.matches(made)) {
            if (wish.isPresent()) {
                throw new RegistryException("image " + reference.familiar() + " is not made for " + wanted
                        + "; it is for " + RegistryException.oneLine(made.toString()));
            }
            trace.warn("Image for another platform", fields("image", reference.familiar(), "platform", made));
        }
        return config;
    }

    /** Several at once, unless the user watches: the first failure ends all. */
    private void fetch(List<Descriptor> blobs, List<Digest> diffIds) {
        var layers = new LinkedHashSet<Layer>();
        for (var i = 0; i < blobs.size(); i++) {
            layers.add(new Layer(blobs.get(i), diffIds.get(i)));
        }
        if (runner.isWatched()) {
            layers.forEach(this::fetch);
            return;
        }
        try (var pool = Executors.newFixedThreadPool(AT_ONCE)) {
            var transfers = new ExecutorCompletionService<Void>(pool);
            layers.forEach(layer -> transfers.submit(() -> fetch(layer), null));
            try {
                for (var _ : layers) {
                    transfers.take().get();
                }
            } catch (ExecutionException e) {
                pool.shutdownNow();
                throw failure(e.getCause());
            } catch (InterruptedException e) {
                pool.shutdownNow();
                Thread.currentThread().interrupt();
                throw new RegistryException("cannot pull " + reference.familiar() + ": interrupted", e);
            }
        }
    }

    private void fetch(Layer layer) {
        var blob = layer.blob();
        if (layers.obtain(layer, partial -> fetch(blob, partial))) {
            trace.info("Layer fetched", fields("digest", blob.digest(), "size", blob.size()));
        }
    }

    private void fetch(Descriptor blob, PartialBlob partial) {
        runner.make(new StoreStep.FetchBlob(blob.digest().toString(), blob.size()));
        repository.blob(blob, partial);
    }

    private static RuntimeException failure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (RuntimeException) cause;
    }

    private <T> T read(Document document, Function<byte[], T> parser) {
        try {
            return parser.apply(document.bytes());
        } catch (JsonParseException | ImageException e) {
            throw refused(document.digest() + ": " + RegistryException.oneLine(e.getMessage()));
        }
    }

    private RegistryException refused(String why) {
        return new RegistryException("cannot pull " + reference.familiar() + ": " + why + "; use another image");
    }

    private static String kind(String type) {
        return type.isEmpty() ? "something without a type" : "an artifact of type " + RegistryException.oneLine(type);
    }
}
