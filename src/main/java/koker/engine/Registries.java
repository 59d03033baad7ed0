package koker.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import koker.image.Descriptor;
import koker.image.Image;
import koker.image.ImageException;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.process.Terminal;
import koker.registry.Login;
import koker.registry.Push;
import koker.registry.Tags;
import koker.trace.Trace;

/** What a user does with registries, but for pulling. */
public final class Registries {
    private final Trace trace;
    private final Kernel kernel;
    private final ImageStore store;

    /**
     * For the images under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     */
    public Registries(Home home, Trace trace, Optional<Path> embedded) {
        this.trace = trace;
        this.kernel = new Kernel(trace);
        this.store = new ImageStore(home.images(), embedded, kernel, new Runner(kernel, trace, Lens.CLEAR));
    }

    /**
     * Brings an image to a registry.
     *
     * @param name of the image, or its ID or the beginning of that
     * @param destination the name it gets there; without one, its own
     * @param insecure whether it does not matter who listens or answers
     * @return what the registry has now
     */
    public Pushed push(String name, Optional<ImageReference> destination, boolean insecure) {
        var image = image(name);
        var target = destination.or(() -> reference(name).filter(own -> image.equals(store.find(own))));
        if (image.isEmpty()) {
            throw new EngineException("no image '" + name + "' on this machine; see: koker image ls");
        }
        if (target.isEmpty()) {
            throw new EngineException("an ID does not say where to push " + name + " to; name that behind it");
        }
        Terminal.showBars(kernel, trace);
        return new Pushed(target.get(), new Push(store, trace, image.get(), target.get(), insecure).run());
    }

    /** The user's login to the registry of that name. */
    public Login login(String registry, boolean insecure) {
        return new Login(trace, registry, insecure);
    }

    /** The tags of a repository, at most {@code limit}, with 1.9 before 1.10. */
    public List<String> tags(ImageReference name, int limit, boolean insecure) {
        return new Tags(trace, name, insecure).list().stream().limit(limit).toList();
    }

    /** What a registry has since a push, and under what name. */
    public record Pushed(ImageReference name, Descriptor manifest) {}

    private Optional<Image> image(String name) {
        var named = reference(name).flatMap(store::find);
        return named.isPresent() ? named : store.findById(name);
    }

    private static Optional<ImageReference> reference(String name) {
        try {
            return Optional.of(ImageReference.parse(name));
        } catch (ImageException e) {
            return Optional.empty(); // it may be an ID
        }
    }
}
