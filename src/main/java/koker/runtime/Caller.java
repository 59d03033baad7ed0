package koker.runtime;

import java.io.UncheckedIOException;
import koker.kernel.Credentials;

/** Whose rights a container is made with (user_namespaces(7)). */
public enum Caller {
    /** Root's. */
    ROOT,

    /** Those of root in a user namespace that is there, as Podman has it for its users: all rights in it, and none outside. */
    ROOT_INSIDE,

    /** Those of a user who first has to make a user namespace to have any. */
    USER;

    /** Whether its processes have to keep the further groups that it has, and can get no others. */
    boolean keepsGroups() {
        return this == USER || this == ROOT_INSIDE && Credentials.keepGroups();
    }

    /**
     * Whoever runs koker.
     *
     * @throws UncheckedIOException if /proc does not tell
     */
    public static Caller self() {
        if (!Credentials.own().isRoot()) {
            return USER;
        }
        return Credentials.areInside() ? ROOT_INSIDE : ROOT;
    }
}
