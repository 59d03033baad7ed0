package koker.cgroup;

import koker.kernel.KokerException;

/** A limit that the host's cgroups cannot set; the message is one line for the user. */
public final class CgroupException extends KokerException {
    private static final long serialVersionUID = 1;

    CgroupException(String message) {
        super(message);
    }
}
