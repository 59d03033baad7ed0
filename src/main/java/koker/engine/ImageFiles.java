package koker.engine;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/**
 * Files inside a root that is not this process's own: symbolic links are followed as the container would follow them, and never lead outside.
 *
 * @param layers the folders that make up the root, topmost first; one that is mounted is just one
 */
record ImageFiles(List<Path> layers) {
    private static final int LINKS = 40;

    /** Those of the folder {@code root}. */
    static ImageFiles of(Path root) {
        return new ImageFiles(List.of(root));
    }

    /**
     * Where {@code path} leads to in the container, whether something is there or not.
     *
     * @throws IOException if links lead in a circle, or cannot be read
     */
    String place(String path) throws IOException {
        var names = new ArrayDeque<Path>();
        Path.of(path).forEach(names::add);
        var root = Path.of("/");
        var here = root;
        var links = 0;
        while (!names.isEmpty()) {
            var name = names.removeFirst().toString();
            if (name.equals("..")) {
                here = here.equals(root) ? root : here.getParent();
            } else if (!name.isEmpty() && !name.equals(".")) {
                var next = here.resolve(name);
                var file = find(next);
                if (file.isPresent() && Files.isSymbolicLink(file.get())) {
                    if (++links > LINKS) {
                        throw new FileSystemLoopException(path);
                    }
                    var target = Files.readSymbolicLink(file.get());
                    here = target.isAbsolute() ? root : here;
                    for (var i = target.getNameCount() - 1; i >= 0; i--) {
                        names.addFirst(target.getName(i));
                    }
                } else {
                    here = next;
                }
            }
        }
        return here.toString();
    }

    /**
     * The file to which {@code path} leads, whether there is one or not.
     *
     * @throws IOException if links lead in a circle, or cannot be read
     */
    Path file(String path) throws IOException {
        var place = Path.of(place(path));
        var found = find(place);
        return found.isPresent()
                ? found.get()
                : layers.getFirst().resolve(place.toString().substring(1));
    }

    /** What the topmost layer has at {@code place} that has something there, unless one above says that it is gone. */
    private Optional<Path> find(Path place) {
        for (var layer : layers) {
            var here = layer;
            for (var name : place) {
                here = here.resolve(name);
                if (layers.size() > 1 && isWhiteout(here)) {
                    return Optional.empty();
                }
            }
            if (Files.exists(here, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.of(here);
            }
        }
        return Optional.empty();
    }

    /** OverlayFS marks by a device of the number 0 what is gone. */
    private static boolean isWhiteout(Path file) {
        try {
            var attributes = Files.readAttributes(file, "unix:mode,rdev", LinkOption.NOFOLLOW_LINKS);
            return ((int) attributes.get("mode") & 0170000) == 0020000 && (long) attributes.get("rdev") == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
