package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.image.Image;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.spec.Spec;
import koker.spec.SpecFile;
import koker.trace.Trace;

/** The containers of a host: made, run, looked after and removed, without a daemon. */
public final class Containers {
    private static final int ID_BYTES = 6;

    private final Home home;
    private final Kernel kernel;
    private final Trace trace;
    private final Images images;
    private final Cgroups cgroups;
    private final Cleaner cleaner;

    /**
     * The containers under {@code home}.
     *
     * @param embedded the image layout that comes with koker, if there is one
     */
    public Containers(Home home, Trace trace, Optional<Path> embedded) {
        this.home = home;
        this.trace = trace;
        this.kernel = new Kernel(trace);
        this.images = new Images(home, trace, embedded, kernel);
        this.cgroups = Cgroups.ofHost();
        this.cleaner = new Cleaner(home, kernel, trace, cgroups);
    }

    /**
     * Runs a container until its command ends, and returns the command's exit status, or 128 and the number of the signal that ended it.
     *
     * @throws EngineException if it cannot be run; nothing is left behind
     */
    public int run(RunOptions options) {
        try {
            if (options.interactive() && options.terminal() && !Terminal.is(kernel, 0)) {
                throw new EngineException("the input device is not a TTY; leave out -t, or -i");
            }
            prepare();
            var image = images.find(options.image(), options.pull());
            var defaults = image.config().config();
            ContainerSpec.command(options, defaults);
            var view = new RootView(kernel, trace, images.unpack(image));
            var account = view.look(root -> Account.find(root, options.user().orElse(defaults.user())));
            return run(options, image, view, account);
        } catch (IOException e) {
            throw new EngineException("cannot make a container under " + home.root() + ": " + reason(e));
        } catch (UncheckedIOException e) {
            throw new EngineException("cannot make a container under " + home.root() + ": " + reason(e.getCause()));
        }
    }

    /**
     * Removes a container, by name, ID, or the beginning of its ID.
     *
     * @throws EngineException if there is no such container, or it is running
     */
    public void remove(String container) {
        try {
            prepare();
            var folder = cleaner.folder(identify(container));
            if (Files.exists(home.attended().resolve(folder.id()))) {
                throw new EngineException("container " + container + " is running; end its command first");
            }
            cleaner.clean(folder, nameOf(folder), false);
        } catch (IOException e) {
            throw new EngineException("cannot remove container " + container + ": " + reason(e));
        }
    }

    /** Ends koker with {@code status}. Java would first wait 300 ms for threads that are inside a system call, and may be for ever. */
    public void exit(int status) {
        trace.heading("Exit", Map.of());
        kernel.transfer(Calls.exit(status));
    }

    private int run(RunOptions options, Image image, RootView view, Account account) throws IOException {
        var folder = cleaner.folder(newId());
        var state = new State(
                folder.id(),
                options.name().orElse(null),
                options.image().familiar(),
                image.id().toString(),
                System.currentTimeMillis(),
                options.removed(),
                0,
                0,
                null);
        try (var _ = Attendance.begin(home.attended(), folder.id())) {
            var kept = false;
            try {
                make(folder, state);
                images.refuseRemoved(image);
                SpecFile.write(folder.path(), spec(options, image, view, account, folder));
                trace.info("Container created", fields("id", folder.id(), "image", state.image()));
                var status = new Session(kernel, trace, cgroups, folder).run(state, options);
                if (!options.removed()) {
                    folder.write(state.ended(status));
                    kept = true;
                }
                return status;
            } finally {
                cleaner.clean(folder, state.name(), kept);
            }
        }
    }

    private void prepare() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            throw new EngineException("koker must run as root: it makes namespaces and mounts; try: sudo koker …");
        }
        // Images hold setuid programs of any kind: no other user of the host may come near them.
        var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (var folder : List.of(home.root(), home.layers(), home.containers(), home.names())) {
            Files.createDirectories(folder, closed);
        }
        cleaner.sweep();
    }

    private void make(ContainerFolder folder, State state) throws IOException {
        folder.make();
        folder.write(state);
        if (state.name() != null) {
            reserve(state.name(), folder);
        }
    }

    private Spec spec(RunOptions options, Image image, RootView view, Account account, ContainerFolder folder)
            throws IOException {
        var size = options.terminal()
                ? Terminal.size(kernel, 0).or(() -> Terminal.size(kernel, 1))
                : Optional.<Spec.ConsoleSize>empty();
        var hostname = options.hostname().isPresent()
                ? options.hostname().get()
                : options.hostNetwork()
                        ? Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()
                        : folder.id();
        var defaults = image.config().config();
        var volumes = new Volumes(folder, defaults.volumes(), options.mounts());
        var files = new HostFiles(folder, hostname, options.hostNetwork());
        files.write();
        var mounts = view.look(root -> {
            try {
                var all = new java.util.ArrayList<>(files.mounts(root));
                all.addAll(volumes.copy(root));
                return all;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return new ContainerSpec(options, defaults, folder, cgroups)
                .build(view.layers(), account, mounts, size, hostname);
    }

    private void reserve(String name, ContainerFolder folder) throws IOException {
        var link = home.names().resolve(name);
        while (true) {
            try {
                Files.createSymbolicLink(link, Path.of("../containers").resolve(folder.id()));
                return;
            } catch (FileAlreadyExistsException e) {
                var owner = Files.readSymbolicLink(link).getFileName().toString();
                if (Files.exists(home.container(owner))) {
                    throw new EngineException("the name '" + name + "' is in use by container " + owner
                            + "; remove that first: koker container rm " + name);
                }
                Files.deleteIfExists(link); // what it named is gone
            }
        }
    }

    private String identify(String container) throws IOException {
        var link = home.names().resolve(container);
        if (Files.isSymbolicLink(link)) {
            return Files.readSymbolicLink(link).getFileName().toString();
        }
        try (var folders = Files.list(home.containers())) {
            var ids = folders.map(folder -> folder.getFileName().toString())
                    .filter(id -> !container.isEmpty() && id.startsWith(container))
                    .toList();
            return switch (ids.size()) {
                case 0 -> throw new EngineException("no container '" + container + "'");
                case 1 -> ids.getFirst();
                default ->
                    throw new EngineException("'" + container + "' is the beginning of " + ids.size()
                            + " containers' IDs; give more of it");
            };
        }
    }

    private String nameOf(ContainerFolder folder) throws IOException {
        try (var names = Files.list(home.names())) {
            for (var link : names.toList()) {
                if (Files.readSymbolicLink(link).getFileName().toString().equals(folder.id())) {
                    return link.getFileName().toString();
                }
            }
        }
        return null;
    }

    private static String newId() throws IOException {
        // The kernel's own generator; Java's takes longer to set up than a container to start.
        try (var random = Files.newInputStream(Path.of("/dev/urandom"))) {
            return HexFormat.of().formatHex(random.readNBytes(ID_BYTES));
        }
    }

    /** The system's own words, and what they are about. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file";
            case FileSystemException system
            when system.getReason() != null -> system.getFile() + ": " + system.getReason();
            default -> e.getMessage();
        };
    }
}
