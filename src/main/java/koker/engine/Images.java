package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.image.Digest;
import koker.image.Image;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.LayerStore;
import koker.image.Listed;
import koker.image.Platform;
import koker.image.Removed;
import koker.image.UnpackLimits;
import koker.image.UnpackedLayers;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.plan.StoreStep;
import koker.process.Terminal;
import koker.registry.Part;
import koker.registry.Pull;
import koker.trace.Trace;

/** The images of a host: pulled, listed, found and removed. */
public final class Images {
    private static final int SHORT_ID = 12;

    private final Home home;
    private final Trace trace;
    private final ImageStore store;
    private final LayerStore layers;
    private final Kernel kernel;
    private final Runner runner;
    private final ImageUsers users;

    /**
     * The images under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     * @param limits how much a layer may be when it is unpacked
     * @param lens how the steps are looked at
     */
    public Images(Home home, Trace trace, Optional<Path> embedded, UnpackLimits limits, Lens lens) {
        this(new Engine(home, new Kernel(trace), trace, lens), embedded, limits);
    }

    Images(Engine engine, Optional<Path> embedded, UnpackLimits limits) {
        this.home = engine.home();
        this.trace = engine.trace();
        this.kernel = engine.kernel();
        this.runner = engine.runner();
        this.store = new ImageStore(home.images(), embedded, kernel, runner);
        this.layers = new LayerStore(home.layers(), store, kernel, trace, limits, runner);
        this.users = new ImageUsers(home);
    }

    /**
     * Brings an image here, and unpacks it.
     *
     * @param platform absent for this machine's
     * @param insecure whether to speak to the registry in the clear
     * @throws IllegalArgumentException if the lens names a step that no pull has; nothing is done then
     */
    public Image pull(ImageReference reference, Optional<Platform> platform, boolean insecure) {
        runner.checkKinds(StoreStep.NAMES);
        return bring(reference, platform, insecure);
    }

    private Image bring(ImageReference reference, Optional<Platform> platform, boolean insecure) {
        home.make("pull");
        try (var _ = store.receive()) {
            if (!runner.isWatched()) {
                Terminal.showBars(kernel, trace);
            }
            new Pull(store, layers, trace, runner, reference, platform, insecure).run();
            return pulled(reference);
        }
    }

    /**
     * What {@link #pull} would bring. The registry is asked; nothing is changed.
     *
     * @param platform absent for this machine's
     * @param insecure whether to speak to the registry in the clear
     */
    public List<Part> plan(ImageReference reference, Optional<Platform> platform, boolean insecure) {
        return new Pull(store, layers, trace, runner, reference, platform, insecure).parts();
    }

    private Image pulled(ImageReference reference) {
        var image = store.find(reference)
                .orElseThrow(() -> new EngineException("image " + reference.familiar()
                        + " has no name here: it was removed meanwhile, or left out; pull the image again"));
        layers.unpack(image);
        trace.info("Image pulled", fields("image", reference.familiar(), "id", shortId(image.id())));
        return image;
    }

    /**
     * Gives an image another name, which whatever had it before loses.
     *
     * @param source name, digest, or the beginning of an ID
     * @throws EngineException if there is no such image
     */
    public void tag(String source, ImageReference name) {
        if (name.digest().isPresent()) {
            throw new EngineException("the new name " + name.familiar() + " has a digest; give a name and a tag alone");
        }
        if (!store.tag(ImageSearch.stored(store, source), name)) {
            throw new EngineException("image " + source + " was just removed, or is not whole; pull it again");
        }
    }

    /** The image to run, pulled if {@code policy} says so. */
    Image find(ImageReference reference, PullPolicy policy) throws IOException {
        var image = policy == PullPolicy.ALWAYS ? Optional.<Image>empty() : here(reference);
        if (image.isEmpty()) {
            if (policy == PullPolicy.NEVER) {
                throw new EngineException("no image '" + reference.familiar() + "' on this machine, and --pull never"
                        + " forbids to get it; leave that out");
            }
            Self.moveDataFast(kernel, trace);
            image = Optional.of(bring(reference, Optional.empty(), false));
        }
        trace.info(
                "Image found",
                fields("image", reference.familiar(), "id", shortId(image.get().id())));
        return image.get();
    }

    /**
     * The image, if it is here; nothing is brought here for it.
     *
     * @throws EngineException if it is not, or its layers are not unpacked
     */
    Image look(ImageReference reference) {
        var stored = new ImageStore(home.images(), Optional.empty(), kernel, runner);
        return stored.find(reference)
                .or(() -> stored.findById(reference.familiar()))
                .filter(image -> layers.unpacked(image).isPresent())
                .orElseThrow(() -> new EngineException("image " + reference.familiar() + " is not unpacked under "
                        + home.root() + ", and nothing may be changed; get it first, with: koker create --rm "
                        + reference.familiar()));
    }

    /** The folders of its unpacked layers, topmost first, none of which is made now. */
    List<Path> unpacked(Image image) {
        return layers.unpacked(image).orElseThrow();
    }

    /** The folders of its unpacked layers, topmost first. */
    List<Path> unpack(Image image) {
        return layers.unpack(image);
    }

    /** Says that an image was removed since it was found; to be asked when the container that uses it can be seen. */
    void refuseRemoved(Image image) {
        if (!store.lists(image)) {
            throw new EngineException("image " + shortId(image.id()) + " was just removed; run it again to pull it");
        }
    }

    /**
     * Removes an image by name, digest, or the beginning of its ID; by name only that name, if it has others.
     *
     * @param force removes all names of an ID, and the names of an image that containers use
     * @return what was done, as lines
     * @throws EngineException if there is none, or it is in use
     */
    public List<String> remove(String name, boolean force) {
        var all = store.list();
        var gone = new ArrayList<>(new ImageSearch(all).entries(name));
        if (gone.isEmpty()) {
            throw new EngineException("no image '" + name + "'; see: koker image ls");
        }
        var rest = new ArrayList<>(all);
        rest.removeAll(gone);
        rest.removeIf(Listed::embedded);
        gone.removeIf(Listed::embedded);
        if (gone.isEmpty()) {
            throw new EngineException(
                    "image " + name + " comes with koker and is not stored here; it cannot be removed");
        }
        for (var listed : gone) {
            var id = listed.image().map(Image::id);
            if (!force
                    && id.isPresent()
                    && rest.stream().noneMatch(other -> id.equals(other.image().map(Image::id)))) {
                refuseUsed(name, id.get());
            }
        }
        if (!force && gone.stream().flatMap(listed -> listed.name().stream()).count() > 1) {
            throw new EngineException(
                    "image " + name + " has several names: " + names(gone) + "; remove them by name, or all with -f");
        }
        return lines(gone, store.remove(gone, id -> !users.of(id).isEmpty(), layerRemoval()));
    }

    private Optional<Image> here(ImageReference reference) {
        var named = store.find(reference);
        return named.isPresent() ? named : store.findById(reference.familiar());
    }

    /**
     * Removes images that no container uses, and what killed commands have left behind.
     *
     * @param all whether those with a name, too
     * @param filters which of them
     */
    public Pruned prune(boolean all, List<ImageFilter> filters) {
        store.sweep();
        layers.sweep();
        var search = new ImageSearch(store.list());
        var dangling = !all && filters.stream().noneMatch(filter -> filter.key().equals("dangling"));
        var gone = new ArrayList<Listed>();
        for (var listed : search.all()) {
            if (!listed.embedded()
                    && listed.image().isPresent()
                    && !(dangling && listed.name().isPresent())
                    && filters.stream().allMatch(filter -> filter.holds(listed, search))
                    && users.of(listed.image().get().id()).isEmpty()) {
                gone.add(listed);
            }
        }
        var dropping = layerRemoval();
        var unpacked = new UnpackedLayers(home.layers()).all();
        var removed = store.prune(gone, unpacked, id -> !users.of(id).isEmpty(), dropping);
        return new Pruned(lines(gone, removed), removed.bytes() + dropping.bytes());
    }

    private LayerRemoval layerRemoval() {
        return new LayerRemoval(store, layers, new UnpackedLayers(home.layers()), users);
    }

    /**
     * What {@link #prune} removed.
     *
     * @param lines what was done
     * @param bytes how many bytes that gave back
     */
    public record Pruned(List<String> lines, long bytes) {}

    private static List<String> lines(List<Listed> gone, Removed removed) {
        var lines = new ArrayList<String>();
        gone.forEach(listed -> listed.name().ifPresent(name -> lines.add("Untagged: " + name.familiar())));
        removed.images().forEach(id -> lines.add("Deleted: " + id));
        return lines;
    }

    private void refuseUsed(String name, Digest id) {
        var containers = users.of(id);
        if (!containers.isEmpty()) {
            throw new EngineException("image " + name + " is in use by container " + String.join(", ", containers)
                    + "; remove that first: koker container rm " + containers.getFirst());
        }
    }

    private static String names(List<Listed> listed) {
        return String.join(
                ", ",
                listed.stream()
                        .flatMap(one -> one.name().stream())
                        .map(ImageReference::familiar)
                        .toList());
    }

    private static String shortId(Digest id) {
        return id.hex().substring(0, SHORT_ID);
    }
}
