package koker.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** What a container's /etc/passwd says, passwd(5). */
final class Accounts {
    /** What is read at most; nobody else's file is read to its end for that. */
    private static final int MOST = 1 << 20;

    private Accounts() {}

    /** The home of the user {@code uid} in the container whose root is {@code root}; "/" if nothing says so. */
    static String home(Path root, long uid) {
        var file = root.resolve("etc/passwd");
        // A link could lead out of the root.
        if (Files.isSymbolicLink(root.resolve("etc")) || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return "/";
        }
        try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            var text = new String(in.readNBytes(MOST), StandardCharsets.ISO_8859_1);
            for (var line : text.split("\n")) {
                // name:password:uid:gid:comment:home:shell
                var fields = line.split(":", -1);
                if (fields.length > 5 && fields[2].equals(Long.toString(uid)) && fields[5].startsWith("/")) {
                    return new String(fields[5].getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                }
            }
            return "/";
        } catch (IOException e) {
            return "/";
        }
    }
}
