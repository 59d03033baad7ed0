package koker.engine;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    private final Engine engine;
    private final Directory directory;
    private final Path file;

    ContainerList(Engine engine, Directory directory) {
        this.engine = engine;
        this.directory = directory;
        this.file = engine.home().run().resolve("list");
    }

    /** A line as it was kept: for which time of the container's folder, in milliseconds. */
    private record Kept(long time, String line) {}

    /** All containers; those that are removed meanwhile, or damaged, are left out, the latter with a warning. */
    List<Container> containers() throws IOException {
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
            var summary = old != null && old.time() == time ? Summary.parse(old.line()) : Optional.<Summary>empty();
            if (summary.isEmpty()) {
                summary = read(folder);
                if (summary.isEmpty()) {
                    continue;
                }
                if (time < now - RESOLUTION) {
                    summary.get().line().ifPresent(line -> read.put(id, new Kept(time, line)));
                }
            }
            // Its process is there as long as somebody looks after it who could reap it.
            var alive = attended.contains(id)
                    && processes.contains(Integer.toString(summary.get().pid()));
            all.add(Container.of(folder, summary.get(), alive, engine));
        }
        if (!read.isEmpty()) {
            all.forEach(container -> {
                if (kept.containsKey(container.id())) {
                    read.putIfAbsent(container.id(), kept.get(container.id()));
                }
            });
            keep(read);
        }
        return all;
    }

    private Optional<Summary> read(ContainerFolder folder) {
        try {
            return folder.described()
                    ? Optional.of(Summary.of(folder.read()))
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
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return kept;
        }
        for (int from = 0, to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) {
            var space = text.indexOf(' ', from);
            var line = text.substring(space + 1, to);
            kept.put(
                    line.substring(0, line.indexOf(Summary.SEPARATOR)),
                    new Kept(Long.parseLong(text, from, space, 10), line));
        }
        return kept;
    }

    private void keep(Map<String, Kept> lines) throws IOException {
        var text = new StringBuilder();
        lines.values()
                .forEach(kept ->
                        text.append(kept.time()).append(' ').append(kept.line()).append('\n'));
        var next = file.resolveSibling("list." + ProcessHandle.current().pid());
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Set<String> names(File folder) {
        var names = folder.list();
        return names == null ? Set.of() : new HashSet<>(List.of(names));
    }
}
