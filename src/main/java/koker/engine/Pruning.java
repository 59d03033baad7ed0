package koker.engine;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Removes the containers that do not run, and counts what that gives back. */
final class Pruning {
    private final Engine engine;
    private final Cleaner cleaner;
    private final List<PruneFilter> filters;
    private final List<String> ids = new ArrayList<>();
    private long bytes;

    Pruning(Engine engine, Cleaner cleaner, List<PruneFilter> filters) {
        this.engine = engine;
        this.cleaner = cleaner;
        this.filters = filters;
    }

    /** Removes those of {@code folders} that neither run nor are just made or about to be started again. */
    PrunedContainers of(List<ContainerFolder> folders) throws IOException {
        for (var folder : folders) {
            var lock = ContainerLock.holdIfThere(engine, folder);
            if (lock.isPresent()) {
                try (var _ = lock.get()) {
                    prune(folder);
                } catch (EngineException e) {
                    engine.trace().warn(e.getMessage(), Map.of()); // one that is damaged does not keep the others
                }
            }
        }
        return new PrunedContainers(List.copyOf(ids), bytes);
    }

    private void prune(ContainerFolder folder) throws IOException {
        var container = Container.of(folder, engine);
        if (container.isAlive()
                || Attendance.isHeld(engine.kernel(), engine.home().attended(), folder.id())
                || !filters.stream().allMatch(filter -> filter.holds(container))) {
            return;
        }
        var size = size(folder);
        cleaner.discard(folder, container.state());
        ids.add(folder.id());
        bytes += size;
    }

    private static long size(ContainerFolder folder) throws IOException {
        var counter = new Counter();
        Files.walkFileTree(folder.path(), counter);
        return counter.bytes;
    }

    /** Counts the bytes of files; of those that it cannot look at, none. */
    private static final class Counter extends SimpleFileVisitor<Path> {
        private long bytes;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
        }
    }
}
