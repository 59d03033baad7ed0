package koker.engine;

import static koker.trace.Trace.fields;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.image.Image;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.ImageSummary;
import koker.image.Listed;
import koker.image.UnpackedLayers;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.trace.Trace;

/** What there is to say of the images of a host. It needs no system call of koker's own, whose preparation takes some milliseconds. */
public final class ImageCatalog {
    private final Home home;
    private final Trace trace;
    private final ImageStore store;

    /**
     * The images under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     */
    public ImageCatalog(Home home, Trace trace, Optional<Path> embedded) {
        this.home = home;
        this.trace = trace;
        var kernel = new Kernel(trace);
        this.store = new ImageStore(home.images(), embedded, kernel, new Runner(kernel, trace, Lens.CLEAR));
    }

    /** What a list shows of the images for which all {@code filters} hold. */
    public List<ImageSummary> summaries(List<ImageFilter> filters) {
        if (filters.isEmpty()) {
            return store.summaries(this::warn);
        }
        var all = new ImageSearch(store.list());
        var found = new ArrayList<ImageSummary>();
        for (var listed : all.all()) {
            if (listed.image().isPresent() && filters.stream().allMatch(filter -> filter.holds(listed, all))) {
                found.add(listed.summary(listed.image().get()));
            }
        }
        return found;
    }

    private void warn(Listed unreadable) {
        trace.warn(
                "Image cannot be read, or is for another platform; pull or remove it",
                fields("image", unreadable.name().map(ImageReference::familiar).orElse(unreadable.served())));
    }

    /** Whether there is an image that is called that. */
    public boolean has(String name) {
        return !new ImageSearch(store.list()).entries(name).isEmpty();
    }

    /**
     * All that is known of an image, as {@code docker image inspect} has it.
     *
     * @throws EngineException if there is none
     */
    public JsonObject describe(String name) {
        var all = new ImageSearch(store.list());
        var image = all.image(name);
        return ImageDescription.of(image, all.entriesOf(image.id()), store.document(image.id()));
    }

    /**
     * The image that is called that.
     *
     * @throws EngineException if there is none
     */
    public Image get(String name) {
        return new ImageSearch(store.list()).image(name);
    }

    /** What images, and their unpacked layers, take up. */
    public DiskUsage usage() {
        var stored = store.list().stream().filter(listed -> !listed.embedded()).toList();
        return DiskUsage.of(stored, new ImageUsers(home), new UnpackedLayers(home.layers()));
    }
}
