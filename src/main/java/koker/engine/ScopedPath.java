package koker.engine;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;

/** Paths inside a root that is not this process's own: symbolic links are followed as the container would follow them. */
final class ScopedPath {
    private static final int LINKS = 40;

    private ScopedPath() {}

    /**
     * Where {@code path} leads for a process whose root is the folder {@code root}; never outside it.
     *
     * @throws IOException if links lead in a circle, or cannot be read
     */
    static Path resolve(Path root, String path) throws IOException {
        var names = new ArrayDeque<Path>();
        Path.of(path).forEach(names::add);
        var here = root;
        var links = 0;
        while (!names.isEmpty()) {
            var name = names.removeFirst().toString();
            if (name.equals("..")) {
                here = here.equals(root) ? root : here.getParent();
            } else if (!name.isEmpty() && !name.equals(".")) {
                var next = here.resolve(name);
                if (Files.isSymbolicLink(next)) {
                    if (++links > LINKS) {
                        throw new FileSystemLoopException(path);
                    }
                    var target = Files.readSymbolicLink(next);
                    here = target.isAbsolute() ? root : here;
                    for (var i = target.getNameCount() - 1; i >= 0; i--) {
                        names.addFirst(target.getName(i));
                    }
                } else {
                    here = next;
                }
            }
        }
        return here;
    }
}
