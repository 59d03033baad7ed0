package koker.kernel;

import java.util.Optional;

/** A system call failed, or the kernel lacks what koker needs; the message is one line for the user. */
public final class KernelException extends KokerException {
    private static final long serialVersionUID = 1;
    private final Errno errno;

    KernelException(String message) {
        super(message);
        this.errno = null;
    }

    KernelException(String call, Errno errno) {
        super(call + ": " + errno.meaning() + " (" + errno + ")");
        this.errno = errno;
    }

    /** The kernel's error, where there was a call to return it. */
    public Optional<Errno> errno() {
        return Optional.ofNullable(errno);
    }
}
