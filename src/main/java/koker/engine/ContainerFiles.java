package koker.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.image.Change;
import koker.image.Digest;
import koker.image.TreeCopy;
import koker.image.TreeRoot;
import koker.image.UpperFolder;
import koker.process.Terminal;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** The files of a container: copied, compared with its image, written to an archive, and made an image of. */
final class ContainerFiles {
    private static final String LOWER = "lowerdir=";
    private static final int STANDARD_OUTPUT = 1;

    private final Engine engine;
    private final ContainerFolder folder;
    private final Spec spec;

    ContainerFiles(Engine engine, ContainerFolder folder) {
        this.engine = engine;
        this.folder = folder;
        this.spec = SpecFile.read(folder.path());
    }

    void copy(CopyOptions options) throws IOException {
        meanwhile(container -> {
            new Copy(engine, new ContainerRoot(engine, container, spec), options).run();
            return null;
        });
    }

    List<Change> changes() {
        return view().look(upper()::changes);
    }

    void export(Optional<Path> file) throws IOException {
        if (file.isEmpty() && Terminal.is(engine.kernel(), STANDARD_OUTPUT)) {
            throw new EngineException(
                    "an archive is nothing for a terminal; give a file with -o, or redirect the output");
        }
        meanwhile(container -> {
            try (var output = file.isPresent() ? OutputFile.create(file.get()) : OutputFile.standard()) {
                new ContainerRoot(engine, container, spec).bare(root -> write(root, output));
                output.finish();
            } catch (IOException e) {
                throw new EngineException("cannot write "
                        + file.map(Path::toString).orElse("standard output") + ": " + EngineException.reason(e));
            }
            return null;
        });
    }

    Digest commit(Archives archives, CommitOptions options) throws IOException {
        return meanwhile(container -> {
            var commit = new Commit(container, spec, options);
            if (!options.pause() || container.status() != Container.Status.RUNNING) {
                return commit.run(archives, view(), upper());
            }
            try (var _ = Stillness.of(engine, container)) {
                return commit.run(archives, view(), upper());
            }
        });
    }

    private TreeCopy.Amount write(TreeRoot root, OutputFile output) {
        try (var top = root.find("/", true).orElseThrow()) {
            return new TreeCopy(engine.kernel(), engine.trace(), Set.of(), true, true).write(top, "", output.stream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Work<T> {
        T on(Container container) throws IOException;
    }

    /** Nobody starts or removes the container meanwhile, if it does not run. */
    private <T> T meanwhile(Work<T> work) throws IOException {
        var container = Container.of(folder, engine);
        if (container.isAlive()) {
            return work.on(container);
        }
        try (var _ = ContainerLock.hold(engine, folder)) {
            container = Container.of(folder, engine);
            if (container.status() == Container.Status.REMOVING) {
                throw new EngineException("container " + container.title() + " is being removed");
            }
            if (container.isAlive()) {
                return work.on(container);
            }
            try (var _ = new Ending(engine).relieve(folder)) {
                return work.on(container);
            }
        }
    }

    private UpperFolder upper() {
        var mountPoints = new HashSet<String>();
        for (var mount : spec.mounts()) {
            mountPoints.add(TreeRoot.path(mount.destination().substring(1)));
        }
        return new UpperFolder(engine.kernel(), engine.trace(), folder.upper(), mountPoints);
    }

    /** The image's root. */
    private RootView view() {
        var layers = spec.mounts().stream()
                .filter(mount -> mount.destination().equals("/"))
                .flatMap(mount -> mount.options().stream())
                .filter(option -> option.startsWith(LOWER))
                .flatMap(
                        option -> Arrays.stream(option.substring(LOWER.length()).split(":")))
                .map(Path::of)
                .toList();
        if (layers.isEmpty()) {
            throw new EngineException("config.json of container " + folder.id() + " names no layers of an image");
        }
        return new RootView(engine.kernel(), engine.trace(), layers);
    }
}
