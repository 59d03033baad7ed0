package koker.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import koker.image.Digest;
import koker.image.Image;
import koker.image.ImageException;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.Listed;

/** Finds images by what a user calls them: a name, a digest, or the beginning of an ID. */
record ImageSearch(List<Listed> all) {
    private static final int MIN_ID = 4;

    /** The entries that are called that: one by a name or by none, by an ID all of an image's names. */
    List<Listed> entries(String name) {
        var reference = reference(name);
        var found = new ArrayList<Listed>();
        for (var listed : all) {
            var named = listed.name().map(ImageReference::canonical);
            if (reference.isPresent() && named.equals(reference.map(ImageReference::canonical))) {
                found.add(listed);
            }
        }
        if (found.isEmpty() && reference.flatMap(ImageReference::digest).isPresent()) {
            var digest = reference.get().digest().get();
            all.stream().filter(listed -> listed.isOf(digest)).forEach(found::add);
        }
        return found.isEmpty() ? byId(name) : found;
    }

    /**
     * The first entry that is called that.
     *
     * @throws EngineException if there is none
     */
    Listed entry(String name) {
        var found = entries(name);
        if (found.isEmpty()) {
            throw new EngineException("no image '" + name + "'; see: koker image ls");
        }
        return found.getFirst();
    }

    /**
     * The first entry of {@code store} that is called that, copied there if it is only in what comes with koker.
     *
     * @throws EngineException if there is none
     */
    static Listed stored(ImageStore store, String name) {
        var listed = new ImageSearch(store.list()).entry(name);
        if (!listed.embedded()) {
            return listed;
        }
        store.find(listed.name().orElseThrow());
        return new ImageSearch(store.list()).entry(name);
    }

    /**
     * The image that is called that.
     *
     * @throws EngineException if there is none, or it cannot be read
     */
    Image image(String name) {
        return entry(name)
                .image()
                .orElseThrow(() -> new EngineException(
                        "image " + name + " cannot be read, or is for another platform; remove it and pull it again"));
    }

    /** Whether an image has that ID. */
    boolean hasId(String id) {
        return all.stream().anyMatch(listed -> listed.image()
                .filter(image -> image.id().toString().equals(id))
                .isPresent());
    }

    /** All entries of the image with that ID. */
    List<Listed> entriesOf(Digest id) {
        return all.stream()
                .filter(listed ->
                        listed.image().filter(image -> image.id().equals(id)).isPresent())
                .toList();
    }

    private List<Listed> byId(String name) {
        var hex = name.startsWith("sha256:") ? name.substring("sha256:".length()) : name;
        if (hex.length() < MIN_ID || !hex.matches("[0-9a-f]+")) {
            return new ArrayList<>();
        }
        var ids = new HashSet<Digest>();
        var found = new ArrayList<Listed>();
        for (var listed : all) {
            if (listed.image().isPresent() && listed.image().get().id().hex().startsWith(hex)) {
                ids.add(listed.image().get().id());
                found.add(listed);
            }
        }
        if (ids.size() > 1) {
            throw new EngineException(
                    "'" + name + "' is the beginning of " + ids.size() + " images' IDs; give more of it");
        }
        return found;
    }

    /** What {@code name} is as a reference, if it is one. */
    static Optional<ImageReference> reference(String name) {
        try {
            return Optional.of(ImageReference.parse(name));
        } catch (ImageException e) {
            return Optional.empty(); // it may be an ID
        }
    }
}
