package koker.image;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which files of a tree have been met before, under another name. */
final class HardLinks {
    private final Map<FileId, String> names = new HashMap<>();

    private record FileId(long device, long inode) {}

    /** The name under which it was met first, unless that is now. */
    Optional<String> first(FileStatus status, String name) {
        return status.isFolder() || status.links() < 2
                ? Optional.empty()
                : Optional.ofNullable(names.putIfAbsent(new FileId(status.device(), status.inode()), name));
    }
}
