package koker.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import koker.plan.MountStep;
import koker.spec.SpecException;

/** What lies in a folder of a container's root, and is to be copied into the tmpfs that hides it. */
final class HiddenFiles {
    private static final int MOST = 10_000;

    private HiddenFiles() {}

    /**
     * All that is in {@code target} below {@code root}; nothing if it is not there, or behind a symbolic link.
     *
     * @throws SpecException if it is too much, or cannot be read
     */
    static List<MountStep.MountCopy.Entry> list(Path root, String target) {
        var folder = root;
        for (var part : target.substring(1).split("/")) {
            folder = folder.resolve(part);
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                return List.of();
            }
        }
        var entries = new ArrayList<MountStep.MountCopy.Entry>();
        add(folder, "", entries);
        return entries;
    }

    private static void add(Path folder, String prefix, List<MountStep.MountCopy.Entry> entries) {
        try (var files = Files.newDirectoryStream(folder)) {
            for (var file : files) {
                var path = prefix + file.getFileName();
                if (entries.size() >= MOST) {
                    throw new SpecException("mount option tmpcopyup: more than " + MOST + " files are in " + folder);
                }
                var all = Files.readAttributes(file, "unix:mode,uid,gid,size", LinkOption.NOFOLLOW_LINKS);
                var isLink = Files.isSymbolicLink(file);
                entries.add(new MountStep.MountCopy.Entry(
                        path,
                        (int) all.get("mode"),
                        Integer.toUnsignedLong((int) all.get("uid")),
                        Integer.toUnsignedLong((int) all.get("gid")),
                        isLink ? Files.readSymbolicLink(file).toString() : "",
                        (long) all.get("size")));
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    add(file, path + "/", entries);
                }
            }
        } catch (IOException e) {
            throw new SpecException("mount option tmpcopyup: " + folder + " cannot be read: " + e.getMessage());
        }
    }
}
