package koker.runtime;

import koker.spec.Spec;
import koker.spec.SpecException;

/** What somebody without root's rights on the host can give a container, and cannot (user_namespaces(7)). */
final class Rootless {
    private Rootless() {}

    /**
     * {@code spec} as {@code caller} can give it.
     *
     * @throws SpecException if it asks for more
     */
    static Spec of(Spec spec, Caller caller) {
        if (caller == Caller.USER) {
            refuse(spec);
        }
        var groups = spec.process().user().additionalGids();
        if (!groups.isEmpty() && caller.keepsGroups()) {
            throw new SpecException("cannot set any additional groups in a rootless container: " + groups);
        }
        return HostCgroups.shown(spec);
    }

    private static void refuse(Spec spec) {
        if (!spec.linux().has("user")) {
            throw new SpecException("rootless container requires user namespaces: without root's rights, all others"
                    + " can only be made in one; see: koker oci spec --rootless");
        }
        if (!spec.hooks().startContainer().isEmpty()) {
            throw new SpecException("hooks.startContainer is not supported for a user who is not root: the process has"
                    + " given up its rights by then, and the kernel lets no other process of the user join it");
        }
    }
}
