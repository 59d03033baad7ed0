package koker.runtime;

import java.util.ArrayList;
import koker.spec.RecordCopy;
import koker.spec.Spec;

/** Where mounts go, as paths that begin with a slash and have no "." or ".." in them. */
final class Destinations {
    private Destinations() {}

    /** The same with such paths; older engines write relative ones, which count from the root (config.md, mounts). */
    static Spec clean(Spec spec) {
        var mounts = new ArrayList<Spec.Mount>();
        var changed = false;
        for (var mount : spec.mounts()) {
            var clean = clean(mount.destination());
            changed |= !clean.equals(mount.destination());
            mounts.add(clean.equals(mount.destination()) ? mount : RecordCopy.with(mount, "destination", clean));
        }
        return changed ? RecordCopy.with(spec, "mounts", mounts) : spec;
    }

    private static String clean(String path) {
        var parts = new ArrayList<String>();
        for (var part : path.split("/")) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.removeLast();
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return "/" + String.join("/", parts);
    }
}
