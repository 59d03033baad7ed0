package koker.cgroup;

/** A limit that the host's cgroups cannot set; the message is one line for the user. */
public final class CgroupException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CgroupException(String message) {
        super(message);
    }
}
