package koker.engine;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The containers of a host as they are at this moment, with a line kept for each that has not changed since it was last listed. Whatever
 * is written of a container is written by a rename or to a new file, so its folder's time tells.
 */
final class ContainerList {
    /** Milliseconds after a change in which there may be another with the same time. */
    private static final long RESOLUTION = 100;
    /** Milliseconds that nobody needs to write a list. */
    private static final long STALE = 60_000;

    private final Engine engine;
    private final Directory directory;
    private final Path file;

    ContainerList(Engine engine, Directory directory) {
        this.engine = engine;
        this.directory = directory;
        this.file = engine.home().root().resolve("containers.list");
    }

    /** A line as it was kept: for which time of the container's folder, in milliseconds. */
    private record Kept(long time, String line, Summary summary) {}

    /**
     * All containers, the youngest first; those that are removed meanwhile, or damaged, are left out, the latter with a warning.
     *
     * @param brief whether no more will be asked for than what a line has: then one that is removed a moment later cannot be missed
     */
    List<Container> containers(boolean brief) throws IOException {
        var now = System.currentTimeMillis();
        var kept = kept();
        var processes = names(new File("/proc"));
        var attended = names(engine.home().attended().toFile());
        var all = new ArrayList<Container>();
        var read = new HashMap<String, Kept>();
        for (var id : names(engine.home().containers().toFile())) {
            var folder = directory.folder(id);
            var time = folder.path().toFile().lastModified();
            var old = kept.get(id);
            if (!brief || old == null || old.time() != time || old.summary().checked()) {
                var container = read(folder);
                if (container.isPresent()) {
                    all.add(container.get());
                    if (time < now - RESOLUTION && (old == null || old.time() != time)) {
                        var summary = Summary.of(container.get().state());
                        summary.line().ifPresent(line -> read.put(id, new Kept(time, line, summary)));
                    }
                }
                continue;
            }
            // Its process is there as long as somebody looks after it who could reap it.
            var alive = attended.contains(id)
                    && processes.contains(Integer.toString(old.summary().pid()));
            all.add(Container.of(folder, old.summary(), alive, engine));
        }
        if (!read.isEmpty()) {
            all.forEach(container -> {
                if (kept.containsKey(container.id())) {
                    read.putIfAbsent(container.id(), kept.get(container.id()));
                }
            });
            keep(read);
        }
        all.sort((one, other) -> Long.compare(other.created(), one.created()));
        return all;
    }

    private Optional<Container> read(ContainerFolder folder) {
        try {
            return folder.described()
                    ? Optional.of(Container.of(folder, engine))
                    : Optional.empty(); // it is just being made
        } catch (EngineException e) {
            // One that was removed meanwhile, or is damaged, does not hide the others.
            if (folder.exists()) {
                engine.trace().warn(e.getMessage(), Map.of());
            }
            return Optional.empty();
        }
    }

    private Map<String, Kept> kept() throws IOException {
        var kept = new HashMap<String, Kept>();
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8); // whatever it may be
        } catch (NoSuchFileException e) {
            return kept;
        }
        for (int from = 0, to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) {
            var space = text.indexOf(' ', from);
            try {
                var line = text.substring(space + 1, to);
                var time = Long.parseLong(text, from, space, 10);
                Summary.parse(line).ifPresent(summary -> kept.put(summary.id(), new Kept(time, line, summary)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                // Somebody else has written there.
            }
        }
        return kept;
    }

    private void keep(Map<String, Kept> lines) {
        var text = new StringBuilder();
        lines.values()
                .forEach(kept ->
                        text.append(kept.time()).append(' ').append(kept.line()).append('\n'));
        var next = file.resolveSibling("containers.list.new");
        try {
            Files.writeString(next, text, StandardOpenOption.CREATE_NEW);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // Another one writes it, or was killed while it did, or the disk is full: then the next list is no quicker
            // than this one.
            if (next.toFile().lastModified() < System.currentTimeMillis() - STALE) {
                next.toFile().delete();
            }
        }
    }

    private static Set<String> names(File folder) {
        var names = folder.list();
        return names == null ? Set.of() : new HashSet<>(List.of(names));
    }
}
