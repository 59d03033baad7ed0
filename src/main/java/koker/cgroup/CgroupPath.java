package koker.cgroup;

import java.util.ArrayList;
import java.util.List;

/** Paths of cgroups: they begin with a slash, and are counted from the root of a hierarchy. */
final class CgroupPath {
    private CgroupPath() {}

    /** The cgroups between the root and {@code path}, the topmost first. */
    static List<String> above(String path) {
        var all = new ArrayList<String>();
        for (var slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
            all.add(path.substring(0, slash));
        }
        return all;
    }
}
