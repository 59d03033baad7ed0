package koker.engine;

import com.google.gson.JsonObject;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import koker.image.ArchiveReader;
import koker.image.ArchiveWriter;
import koker.image.Digest;
import koker.image.ImageReference;
import koker.image.ImageStore;
import koker.image.LayerStore;
import koker.image.Listed;
import koker.image.Platform;
import koker.image.RootArchive;
import koker.image.Staging;
import koker.image.UnpackLimits;
import koker.image.UnpackedLayers;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.process.Terminal;
import koker.trace.Trace;

/** Images in files, on their way from and to other engines. */
public final class Archives {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;

    private final Home home;
    private final Trace trace;
    private final Kernel kernel;
    private final Runner runner;
    private final ImageStore store;
    private final LayerStore layers;
    private final UnpackLimits limits;

    /**
     * Archives of the images under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     * @param limits how much a layer may be when it is unpacked
     */
    public Archives(Home home, Trace trace, Optional<Path> embedded, UnpackLimits limits) {
        this.limits = limits;
        this.home = home;
        this.trace = trace;
        this.kernel = new Kernel(trace);
        this.runner = new Runner(kernel, trace, Lens.CLEAR);
        this.store = new ImageStore(home.images(), embedded, kernel, runner);
        this.layers = new LayerStore(home.layers(), store, kernel, trace, limits, runner);
    }

    /**
     * Writes images to an archive.
     *
     * @param names names, digests, or the beginnings of IDs
     * @param file absent for standard output
     * @throws EngineException if there is no such image, or standard output is a terminal
     */
    public void save(List<String> names, Optional<Path> file, ArchiveFormat format) {
        if (file.isEmpty() && Terminal.is(kernel, STANDARD_OUTPUT)) {
            throw new EngineException(
                    "an archive is nothing for a terminal; give a file with -o, or redirect the output");
        }
        var images = new ArrayList<Listed>();
        for (var name : names) {
            var listed = ImageSearch.stored(store, name);
            if (listed.image().isEmpty()) {
                throw new EngineException(
                        "image " + name + " cannot be read, or is for another platform; pull it again");
            }
            // By its ID or its digest it was not asked for by a name, and gets none.
            images.add(named(listed, name) ? listed : listed.unnamed());
        }
        try (var output = file.isPresent() ? OutputFile.create(file.get()) : OutputFile.standard()) {
            var writer = new ArchiveWriter(store, output.stream());
            switch (format) {
                case DOCKER -> writer.docker(images);
                case OCI -> writer.oci(images);
            }
            output.finish();
        } catch (IOException e) {
            throw new EngineException("cannot write " + file.map(Path::toString).orElse("standard output") + ": "
                    + EngineException.reason(e));
        }
    }

    /**
     * Brings the images of an archive here, and unpacks them.
     *
     * @param file absent for standard input
     * @return what they are called: names, or IDs of those that have none
     */
    public List<String> load(Optional<Path> file) {
        refuseTerminal(file, "koker load -i FILE");
        home.make("load");
        return receive(file, (in, staging) -> {
            var kind = ArchiveReader.read(in, staging);
            return take(staging, kind == ArchiveReader.Kind.DOCKER);
        });
    }

    /**
     * Makes an image of a root file system in a tar.
     *
     * @param file absent for standard input
     * @param name absent for an image without a name
     * @return its ID
     */
    public Digest importRoot(
            Optional<Path> file,
            Optional<ImageReference> name,
            List<ConfigChange> changes,
            Optional<String> message,
            Optional<Platform> platform) {
        refuseTerminal(file, "koker import FILE");
        home.make("import");
        var defaults = new JsonObject();
        changes.forEach(change -> change.apply(defaults));
        var archive = new RootArchive(
                platform.orElseGet(Platform::here),
                defaults,
                message.orElse("Imported from " + file.map(Path::toString).orElse("-")),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        return receive(file, (in, staging) -> {
            archive.read(in, staging, name);
            return takeOne(staging);
        });
    }

    /** Where the images are. */
    ImageStore store() {
        return store;
    }

    /** Takes the image over that {@code maker} puts together, and returns its ID. */
    Digest take(Consumer<Staging> maker) {
        store.sweep();
        try (var _ = store.receive();
                var staging = store.stage()) {
            maker.accept(staging);
            return takeOne(staging);
        }
    }

    private Digest takeOne(Staging staging) {
        var image = staging.store().list().getFirst().image().orElseThrow();
        take(staging, false);
        return image.id();
    }

    /**
     * Copies an image to an OCI layout, beside what is there already; the folder is made if it is missing.
     *
     * @throws EngineException if there is no such image, or something else is in the folder
     */
    public void export(String name, Path folder) {
        try {
            if (Files.isDirectory(folder)) {
                try (var files = Files.list(folder)) {
                    if (!Files.exists(folder.resolve("oci-layout"))
                            && files.findAny().isPresent()) {
                        throw new EngineException(
                                folder + " is no OCI layout, and not empty; give one, or a new folder");
                    }
                }
            }
            home.make("export");
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new EngineException("cannot write to " + folder + ": " + EngineException.reason(e));
        }
        var listed = ImageSearch.stored(store, name);
        store.export(named(listed, name) ? listed : listed.unnamed(), folder);
    }

    @FunctionalInterface
    private interface Reading<T> {
        T read(InputStream in, Staging staging);
    }

    private <T> T receive(Optional<Path> file, Reading<T> reading) {
        store.sweep();
        try (var in = file.isPresent() ? Files.newInputStream(file.get()) : new FileInputStream(FileDescriptor.in);
                var _ = store.receive();
                var staging = store.stage()) {
            return reading.read(in, staging);
        } catch (IOException e) {
            throw new EngineException("cannot read " + file.map(Path::toString).orElse("standard input") + ": "
                    + EngineException.reason(e));
        }
    }

    /**
     * Unpacks the images that were put together, which shows that they are what they say, and takes them over.
     *
     * @param remade whether they were put together here, so that one that is the same may be here in another form
     */
    private List<String> take(Staging staging, boolean remade) {
        var images = staging.store().list();
        var here = new ImageSearch(store.list());
        var fresh = new ArrayList<Listed>();
        var said = new ArrayList<String>();
        for (var listed : images) {
            var image = listed.image().orElseThrow();
            said.add(listed.name()
                    .map(ImageReference::familiar)
                    .orElse(image.id().toString()));
            var same = remade ? here.entriesOf(image.id()) : List.<Listed>of();
            if (same.isEmpty() || !retag(same.getFirst(), listed)) {
                fresh.add(listed);
            }
        }
        unpack(new LayerStore(home.layers(), staging.store(), kernel, trace, limits, runner), fresh);
        store.adopt(staging, fresh);
        // Whoever removed images meanwhile may have taken layers that nothing here needed then.
        fresh.forEach(listed -> layers.unpack(listed.image().orElseThrow()));
        return said;
    }

    private boolean retag(Listed same, Listed listed) {
        return !same.embedded()
                && (listed.name().isEmpty() || store.tag(same, listed.name().get()));
    }

    private void unpack(LayerStore unpacking, List<Listed> fresh) {
        try {
            fresh.forEach(listed -> unpacking.unpack(listed.image().orElseThrow()));
        } catch (RuntimeException e) {
            var unpacked = new HashSet<Digest>();
            for (var listed : fresh) {
                listed.image().orElseThrow().layers().forEach(layer -> unpacked.add(layer.diffId()));
            }
            store.dropUnneeded(
                    unpacked, new LayerRemoval(store, layers, new UnpackedLayers(home.layers()), new ImageUsers(home)));
            throw e;
        }
    }

    private static boolean named(Listed listed, String name) {
        return ImageSearch.reference(name)
                .filter(reference -> reference.digest().isEmpty())
                .filter(reference -> listed.name().filter(reference::equals).isPresent())
                .isPresent();
    }

    private void refuseTerminal(Optional<Path> file, String better) {
        if (file.isEmpty() && Terminal.is(kernel, STANDARD_INPUT)) {
            throw new EngineException("standard input is a terminal, which has no archive; try: " + better);
        }
    }
}
