package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import koker.image.Digest;
import koker.image.Image;
import koker.image.ImageException;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.LayerStore;
import koker.image.Listed;
import koker.image.Platform;
import koker.image.UnpackLimits;
import koker.kernel.Kernel;
import koker.registry.Pull;
import koker.trace.Trace;

/** The images of a host: pulled, listed, found and removed. */
public final class Images {
    private static final int SHORT_ID = 12;
    private static final int MIN_ID = 4;

    private final Home home;
    private final Trace trace;
    private final ImageStore store;
    private final LayerStore layers;
    private final Kernel kernel;

    /**
     * The images under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     */
    public Images(Home home, Trace trace, Optional<Path> embedded) {
        this(home, trace, embedded, new Kernel(trace));
    }

    Images(Home home, Trace trace, Optional<Path> embedded, Kernel kernel) {
        this.home = home;
        this.trace = trace;
        this.kernel = kernel;
        this.store = new ImageStore(home.images(), embedded);
        this.layers = new LayerStore(home.layers(), store, kernel, trace, UnpackLimits.DEFAULT);
    }

    /**
     * Brings an image here, and unpacks it.
     *
     * @param platform absent for this machine's
     * @param insecure whether to speak to the registry in the clear
     */
    public Image pull(ImageReference reference, Optional<Platform> platform, boolean insecure) {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                throw new EngineException(
                        "koker must pull as root: layers have files of many users; try: sudo koker …");
            }
            // Images hold setuid programs of any kind: no other user of the host may come near them.
            Files.createDirectories(
                    home.root(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new EngineException("cannot make " + home.root() + ": " + e.getMessage());
        }
        Terminal.size(kernel, Terminal.ERRORS).ifPresent(size -> trace.showBars(size.width()));
        new Pull(store, layers, trace, reference, platform, insecure).run();
        var image = store.find(reference)
                .orElseThrow(() -> new EngineException(
                        "image " + reference.familiar() + " was removed while it was pulled; pull it again"));
        layers.unpack(image);
        trace.info("Image pulled", fields("image", reference.familiar(), "id", shortId(image.id())));
        return image;
    }

    /** All images: those with a name by that, then those without. */
    public List<Listed> list() {
        return store.list();
    }

    /** The image to run, pulled if {@code policy} says so. */
    Image find(ImageReference reference, PullPolicy policy) {
        var image = policy == PullPolicy.ALWAYS ? Optional.<Image>empty() : here(reference);
        if (image.isEmpty()) {
            if (policy == PullPolicy.NEVER) {
                throw new EngineException("no image '" + reference.familiar() + "' on this machine, and --pull never"
                        + " forbids to get it; leave that out");
            }
            image = Optional.of(pull(reference, Optional.empty(), false));
        }
        trace.info(
                "Image found",
                fields("image", reference.familiar(), "id", shortId(image.get().id())));
        return image.get();
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
        var gone = choose(all, name);
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
        var lines = new ArrayList<String>();
        var ids = store.remove(gone, id -> !users(id).isEmpty(), layers::remove);
        gone.forEach(listed -> listed.name().ifPresent(n -> lines.add("Untagged: " + n.familiar())));
        ids.forEach(id -> lines.add("Deleted: " + id));
        return lines;
    }

    private Optional<Image> here(ImageReference reference) {
        var named = store.find(reference);
        return named.isPresent() ? named : store.findById(reference.familiar());
    }

    private static List<Listed> choose(List<Listed> all, String name) {
        var reference = reference(name);
        var gone = new ArrayList<Listed>();
        for (var listed : all) {
            var named = listed.name().map(ImageReference::canonical);
            if (reference.isPresent() && named.equals(reference.map(ImageReference::canonical))) {
                gone.add(listed);
            }
        }
        if (gone.isEmpty() && reference.flatMap(ImageReference::digest).isPresent()) {
            var digest = reference.get().digest().get();
            all.stream().filter(listed -> listed.isOf(digest)).forEach(gone::add);
        }
        return gone.isEmpty() ? chooseById(all, name) : gone;
    }

    private static List<Listed> chooseById(List<Listed> all, String name) {
        var hex = name.startsWith("sha256:") ? name.substring("sha256:".length()) : name;
        if (hex.length() < MIN_ID || !hex.matches("[0-9a-f]+")) {
            return new ArrayList<>();
        }
        var ids = new HashSet<Digest>();
        var gone = new ArrayList<Listed>();
        for (var listed : all) {
            if (listed.image().isPresent() && listed.image().get().id().hex().startsWith(hex)) {
                ids.add(listed.image().get().id());
                gone.add(listed);
            }
        }
        if (ids.size() > 1) {
            throw new EngineException(
                    "'" + name + "' is the beginning of " + ids.size() + " images' IDs; give more of it");
        }
        return gone;
    }

    private static Optional<ImageReference> reference(String name) {
        try {
            return Optional.of(ImageReference.parse(name));
        } catch (ImageException e) {
            return Optional.empty(); // it may be an ID
        }
    }

    private void refuseUsed(String name, Digest id) {
        var users = users(id);
        if (!users.isEmpty()) {
            throw new EngineException("image " + name + " is in use by container " + String.join(", ", users)
                    + "; remove that first: koker container rm " + users.getFirst());
        }
    }

    /** The containers, by name if they have one, of the image with that ID. */
    private List<String> users(Digest id) {
        var users = new ArrayList<String>();
        if (!Files.isDirectory(home.containers())) {
            return users;
        }
        try (var folders = Files.newDirectoryStream(home.containers())) {
            for (var folder : folders) {
                var container = new ContainerFolder(folder.getFileName().toString(), folder);
                // Without a state it has only been begun: it looks for its image when it has one.
                if (Files.exists(folder.resolve("state.json"))) {
                    var state = container.read();
                    if (id.toString().equals(state.imageId())) {
                        users.add(state.name() == null ? state.id() : state.name());
                    }
                }
            }
        } catch (IOException e) {
            throw new EngineException("cannot see which containers use image " + shortId(id) + ": " + e.getMessage());
        }
        return users;
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
