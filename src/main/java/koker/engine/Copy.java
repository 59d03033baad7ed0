package koker.engine;

import static koker.trace.Trace.fields;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import koker.image.ImageException;
import koker.image.TreeCopy;
import koker.image.TreeEntry;
import koker.image.TreeRoot;
import koker.kernel.Calls;
import koker.kernel.FileCalls;
import koker.process.Terminal;

/** Copies files between a container and the host, by the rules that Docker has for what is copied where. */
final class Copy {
    private static final int LINKS = 40;
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;

    private final Engine engine;
    private final ContainerRoot container;
    private final CopyOptions options;

    Copy(Engine engine, ContainerRoot container, CopyOptions options) {
        this.engine = engine;
        this.container = container;
        this.options = options;
    }

    /** Copies; one of the two paths is in the container. */
    void run() throws IOException {
        try {
            copy();
        } catch (ImageException e) {
            throw new EngineException(
                    "cannot copy " + options.source() + " to " + options.target() + ": " + e.getMessage());
        }
    }

    private void copy() throws IOException {
        var source = options.source();
        var target = options.target();
        if (target.isStream()) {
            refuseTerminal(STANDARD_OUTPUT, "redirect the output");
            try (var output = OutputFile.standard()) {
                tell(container.whole(root -> write(root, output)));
                output.finish();
            }
        } else if (source.isStream()) {
            refuseTerminal(STANDARD_INPUT, "redirect the input");
            tell(container.whole(this::read));
        } else if (source.isContainer()) {
            tell(container.whole(inside -> onHost(host -> copy(inside, host, copier(inside.apart(), false)))));
        } else {
            tell(container.whole(inside -> onHost(host -> copy(host, inside, copier(Set.of(), true)))));
        }
    }

    private TreeCopy copier(Set<Long> apart, boolean devices) {
        return new TreeCopy(engine.kernel(), engine.trace(), apart, options.keepOwners(), devices);
    }

    private interface Work<T> {
        T on(TreeRoot root);
    }

    private <T> T onHost(Work<T> work) {
        engine.trace().heading("Open root of host", fields());
        int root = (int) engine.kernel().call(FileCalls.open("/"));
        try {
            return work.on(new TreeRoot(engine.kernel(), root, Set.of()));
        } finally {
            engine.kernel().call(Calls.close(root));
        }
    }

    private TreeCopy.Amount write(TreeRoot root, OutputFile output) {
        var source = options.source();
        try (var original = original(root)) {
            var name = source.isContents() ? "" : TreeRoot.path(source.name());
            return copier(root.apart(), true).write(original, name, output.stream());
        } catch (IOException e) {
            throw new EngineException("cannot write to standard output: " + EngineException.reason(e));
        }
    }

    private TreeCopy.Amount read(TreeRoot root) {
        var path = TreeRoot.path(options.target().absolute());
        try (var place = root.find(path, true).orElseThrow(() -> missing(options.target()))) {
            if (!place.isFolder()) {
                throw new EngineException(options.target() + " is no folder; what is in an archive needs one");
            }
        }
        try (var in = new FileInputStream(FileDescriptor.in)) {
            return copier(Set.of(), true).read(in, root, path);
        } catch (IOException e) {
            throw new EngineException("cannot read standard input: " + EngineException.reason(e));
        }
    }

    private TreeCopy.Amount copy(TreeRoot from, TreeRoot to, TreeCopy copier) {
        try (var original = original(from);
                var place = place(to)) {
            var source = options.source();
            var target = options.target();
            if (place.name().isEmpty()) {
                var contents = original.isFolder() && source.isContents();
                return copier.copy(original, place.folder(), contents ? "" : TreeRoot.path(source.name()));
            }
            if (place.taken() && original.isFolder()) {
                throw new EngineException("cannot copy the folder " + source + " to " + target + ", which is none");
            }
            if (target.isFolder() && place.taken()) {
                throw new EngineException(target + " is no folder");
            }
            if (target.isFolder() && !original.isFolder()) {
                throw new EngineException(
                        "there is no folder " + target + "; make it, or leave out the slash at the end");
            }
            return copier.copy(original, place.folder(), place.name());
        }
    }

    private TreeEntry original(TreeRoot root) {
        var source = options.source();
        var follow = options.followLink() || source.isFolder();
        return root.find(TreeRoot.path(source.absolute()), follow).orElseThrow(() -> missing(source));
    }

    /**
     * Where the copy goes.
     *
     * @param folder the folder
     * @param name what it is called there; empty if it keeps its name
     * @param taken whether there is something of that name already
     */
    private record Place(TreeEntry folder, String name, boolean taken) implements AutoCloseable {
        @Override
        public void close() {
            folder.close();
        }
    }

    /** Follows links, even to where there is nothing yet, as a program that writes to that path would. */
    private Place place(TreeRoot root) {
        var target = options.target();
        var path = TreeRoot.path(target.absolute());
        for (var i = 0; i < LINKS; i++) {
            var there = root.find(path, true);
            if (there.isPresent() && there.get().isFolder()) {
                return new Place(there.get(), "", true);
            }
            there.ifPresent(TreeEntry::close);
            var end = path.endsWith("/.") ? path.length() - 2 : path.length();
            var slash = path.lastIndexOf('/', end - 1);
            var parent = path.substring(0, slash + 1);
            var link = target(root, path.substring(0, end));
            if (link.isEmpty()) {
                var folder = root.find(parent, true).filter(found -> isFolder(found));
                return new Place(
                        folder.orElseThrow(() -> new EngineException("there is no folder to copy " + target + " to")),
                        path.substring(slash + 1, end),
                        there.isPresent());
            }
            path = link.get().startsWith("/") ? link.get() : parent + link.get();
        }
        throw new EngineException(target + " is a link to a link to a link, without end");
    }

    private static boolean isFolder(TreeEntry entry) {
        if (!entry.isFolder()) {
            entry.close();
        }
        return entry.isFolder();
    }

    private static Optional<String> target(TreeRoot root, String path) {
        var found = root.find(path, false);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (var entry = found.get()) {
            return entry.isLink() ? Optional.of(entry.target()) : Optional.empty();
        }
    }

    private static EngineException missing(CopyPath path) {
        return new EngineException(path.isFolder() ? "there is no folder " + path : "no such file or folder: " + path);
    }

    private void refuseTerminal(int descriptor, String better) {
        if (Terminal.is(engine.kernel(), descriptor)) {
            throw new EngineException("an archive is nothing for a terminal; " + better);
        }
    }

    private void tell(TreeCopy.Amount amount) {
        if (!options.quiet()) {
            engine.trace()
                    .info(
                            "Copied",
                            fields("to", options.target(), "entries", amount.entries(), "bytes", amount.bytes()));
        }
    }
}
