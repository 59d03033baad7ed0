package koker.oci;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import koker.trace.Recording;

/**
 * A folder that gets a recording of each command.
 *
 * @param path where it is
 * @param trusted whether the one who named it may name any: what runs koker may, and an annotation may not, as some engines copy annotations
 *     from images
 */
record TraceFolder(Path path, boolean trusted) {
    private static final Set<PosixFilePermission> OWN = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    /**
     * Begins to record {@code command} in a new file of its own: there may be many of a kind, at the same time.
     *
     * @param name what the file is called, but for a number and the ending
     * @throws OciException if the folder is not one for this
     */
    Recording begin(String name, String version, List<String> command) throws IOException {
        if (trusted) {
            Files.createDirectories(path);
        } else if (!path.isAbsolute() || !Files.isDirectory(path)) {
            throw refusal();
        }
        // Whatever happens to the path meanwhile: this is the folder.
        try (var stream = Files.newDirectoryStream(path)) {
            if (!(stream instanceof SecureDirectoryStream<Path> folder)) {
                throw refusal();
            }
            if (!trusted) {
                check(folder);
            }
            for (var number = 1; ; number++) {
                var file = Path.of(number == 1 ? name + ".jsonl" : name + "-" + number + ".jsonl");
                try {
                    var channel = folder.newByteChannel(
                            file,
                            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS),
                            Recording.PRIVATE);
                    return Recording.begin(path.resolve(file), channel, version, command);
                } catch (FileAlreadyExistsException _) {
                    // That of an earlier command.
                }
            }
        }
    }

    /** A folder that only koker's user may enter was made for something private; no folder is made for an annotation. */
    private void check(SecureDirectoryStream<Path> folder) throws IOException {
        var attributes =
                folder.getFileAttributeView(PosixFileAttributeView.class).readAttributes();
        var owner = Files.getOwner(Path.of("/proc/self"));
        if (!attributes.owner().equals(owner) || !OWN.containsAll(attributes.permissions())) {
            throw refusal();
        }
    }

    private OciException refusal() {
        return new OciException("the annotation " + Settings.TRACES + " names " + path
                + ", which is no folder for recordings: that must be there, belong to koker's user, and be closed to all others; "
                + "make it by install -d -m 700, or leave the annotation away");
    }
}
