package koker.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import koker.image.Change.Kind;

/**
 * What is different in a container from its image, told by the upper folder of the overlay alone: what is in there is new, or in place of
 * something of the image; a whiteout stands for what is gone (kernel, filesystems/overlayfs.rst).
 */
final class Changes {
    private static final String OPAQUE = "trusted.overlay.opaque";
    private static final byte[] YES = {'y'};
    private static final Set<String> UNREADABLE = Set.of("trusted.overlay.redirect", "trusted.overlay.metacopy");

    private final TreeEntry upper;
    private final TreeEntry lower;
    private final Set<String> mountPoints;
    private final Set<String> aboveMountPoints = new HashSet<>();
    private final TreeMap<String, Change> changes = new TreeMap<>();

    /** Folders that are the same as in the image, or are there for a mount point's sake: listed if something in them is. */
    private final Map<String, Kind> quiet = new HashMap<>();

    /**
     * The changes in {@code upper}.
     *
     * @param lower the image's root, all layers merged
     * @param mountPoints paths without a slash before them; what was made there to be mounted on is no change
     */
    Changes(TreeEntry upper, TreeEntry lower, Set<String> mountPoints) {
        this.upper = upper;
        this.lower = lower;
        this.mountPoints = mountPoints;
        for (var point : mountPoints) {
            for (int slash = point.lastIndexOf('/'); slash > 0; slash = point.lastIndexOf('/', slash - 1)) {
                aboveMountPoints.add(point.substring(0, slash));
            }
        }
    }

    /** All of them, sorted by their paths. */
    List<Change> list() throws IOException {
        new TreeWalk(upper, Set.of()).run((path, entry) -> {
            if (!path.isEmpty()) {
                look(path, entry);
            }
        });
        return new ArrayList<>(changes.values());
    }

    private void look(String path, TreeEntry entry) {
        var before = before(path);
        if (entry.status().isWhiteout()) {
            if (before.exists()) {
                add(Kind.DELETED, path, true);
            }
        } else if (entry.isFolder()) {
            lookAtFolder(path, entry, before);
        } else if (before.exists()) {
            refuseUnreadable(path, entry);
            add(Kind.CHANGED, path, false);
        } else if (!mountPoints.contains(path) || entry.status().size() > 0) {
            add(Kind.ADDED, path, false);
        }
    }

    private void lookAtFolder(String path, TreeEntry folder, FileStatus before) {
        var names = refuseUnreadable(path, folder);
        if (!before.exists()) {
            if (mountPoints.contains(path) || aboveMountPoints.contains(path)) {
                quiet.put(path, Kind.ADDED);
            } else {
                add(Kind.ADDED, path, false);
            }
        } else if (!before.isFolder()) {
            add(Kind.CHANGED, path, false);
        } else if (names.contains(OPAQUE) && Arrays.equals(folder.xattr(OPAQUE), YES)) {
            add(Kind.CHANGED, path, true);
            addGone(path, folder);
        } else if (isSame(folder.status(), before)) {
            quiet.put(path, Kind.CHANGED);
        } else {
            add(Kind.CHANGED, path, false);
        }
    }

    /** What the image has in a folder that was made anew. */
    private void addGone(String path, TreeEntry folder) {
        var here = new HashSet<>(folder.names());
        var hidden = lower.below(path);
        if (hidden.isPresent()) {
            try (var old = hidden.get()) {
                for (var name : old.names()) {
                    if (!here.contains(name)) {
                        add(Kind.DELETED, path + "/" + name, false);
                    }
                }
            }
        }
    }

    private void add(Kind kind, String path, boolean marked) {
        changes.put(path, new Change(kind, path, marked));
        for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
            var above = path.substring(0, slash);
            if (quiet.containsKey(above)) {
                changes.putIfAbsent(above, new Change(quiet.get(above), above, false));
            }
        }
    }

    private FileStatus before(String path) {
        Optional<TreeEntry> found = lower.below(path);
        if (found.isEmpty()) {
            return FileStatus.NOTHING;
        }
        try (var entry = found.get()) {
            return entry.status();
        }
    }

    /** A folder's time and size say nothing: both change when something in it does. */
    private static boolean isSame(FileStatus folder, FileStatus before) {
        return folder.mode() == before.mode() && folder.uid() == before.uid() && folder.gid() == before.gid();
    }

    private static List<String> refuseUnreadable(String path, TreeEntry entry) {
        var names = entry.xattrNames();
        for (var name : names) {
            if (UNREADABLE.contains(name)) {
                throw new ImageException(EntryName.shown(path) + " refers to the image by " + name
                        + ", which koker does not read; mount overlays with redirect_dir=off and metacopy=off");
            }
        }
        return names;
    }
}
