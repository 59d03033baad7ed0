package koker.image;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Set;

/**
 * Goes through a folder and all that is in it, each folder before what it holds, in the order of the names' bytes. It takes as many
 * descriptors for a deep tree as for a flat one, and what vanishes meanwhile is not there.
 *
 * @param top where to begin
 * @param apart the device numbers of file systems that are not gone into
 */
record TreeWalk(TreeEntry top, Set<Long> apart) {
    /** Who is shown the entries. */
    @FunctionalInterface
    interface Visitor {
        /** An entry; {@code path} is its path from the top, and empty for the top itself. */
        void visit(String path, TreeEntry entry) throws IOException;
    }

    /** Shows {@code visitor} all entries. */
    void run(Visitor visitor) throws IOException {
        visitor.visit("", top);
        if (!top.isFolder()) {
            return;
        }
        var pending = new ArrayDeque<String>();
        push(pending, "", top);
        while (!pending.isEmpty()) {
            var path = pending.pop();
            var found = top.below(path);
            if (found.isEmpty()) {
                continue;
            }
            try (var entry = found.get()) {
                visitor.visit(path, entry);
                if (entry.isFolder() && !isApart(entry)) {
                    push(pending, path + "/", entry);
                }
            }
        }
    }

    /** Whoever asked for what is in such a file system gets it: then the top is already there. */
    private boolean isApart(TreeEntry entry) {
        return entry.status().device() != top.status().device()
                && apart.contains(entry.status().device());
    }

    private static void push(ArrayDeque<String> pending, String prefix, TreeEntry folder) {
        for (var name : folder.names().reversed()) {
            pending.push(prefix + name);
        }
    }
}
