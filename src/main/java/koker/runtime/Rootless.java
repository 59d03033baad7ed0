package koker.runtime;

import koker.spec.Spec;
import koker.spec.SpecException;

/** What a user who is not root can give a container, and cannot (user_namespaces(7)). */
final class Rootless {
    private Rootless() {}

    /**
     * {@code spec} as such a user can give it.
     *
     * @throws SpecException if it asks for more
     */
    static Spec of(Spec spec) {
        if (!spec.linux().has("user")) {
            throw new SpecException("rootless container requires user namespaces: without root's rights, all others"
                    + " can only be made in one; see: koker oci spec --rootless");
        }
        if (!spec.process().user().additionalGids().isEmpty()) {
            throw new SpecException("cannot set any additional groups in a rootless container: "
                    + spec.process().user().additionalGids());
        }
        if (!spec.hooks().startContainer().isEmpty()) {
            throw new SpecException("hooks.startContainer is not supported for a user who is not root: the process has"
                    + " given up its rights by then, and the kernel lets no other process of the user join it");
        }
        return HostCgroups.shown(spec);
    }
}
