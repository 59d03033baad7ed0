package koker.runtime;

import java.util.ArrayList;
import java.util.List;
import koker.spec.RecordCopy;
import koker.spec.Spec;

/**
 * The host's own mount of cgroups, which a container in a user namespace is shown where its cgroup namespace is the host's: nobody may mount
 * them in a namespace that is not his.
 */
final class HostCgroups {
    private HostCgroups() {}

    /** {@code spec} with such mounts. */
    static Spec shown(Spec spec) {
        if (spec.linux().has("cgroup")) {
            return spec;
        }
        var mounts = new ArrayList<Spec.Mount>();
        for (var mount : spec.mounts()) {
            mounts.add("cgroup".equals(mount.type()) ? bound(mount) : mount);
        }
        return RecordCopy.with(spec, "mounts", mounts);
    }

    private static Spec.Mount bound(Spec.Mount mount) {
        var options = new ArrayList<>(mount.options());
        options.add("rbind");
        if (mount.options().contains("ro")) {
            options.add("rro");
        }
        return new Spec.Mount(mount.destination(), "bind", "/sys/fs/cgroup", List.copyOf(options));
    }
}
