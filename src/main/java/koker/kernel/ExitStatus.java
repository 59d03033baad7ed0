package koker.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a process ended.
 *
 * @param exited whether it ended by itself, with the status {@code number}; or by the signal {@code number}
 */
public record ExitStatus(boolean exited, int number) {
    /** The bytes of a siginfo_t, as waitid(2) fills it. */
    private static final int SIZE = 128;

    private static final int CODE = 8;
    private static final int STATUS = 24;
    private static final int CLD_EXITED = 1;
    private static final int SIGNALLED = 128;

    /** Waits for the child {@code pid}, and returns how it ended. */
    public static ExitStatus await(Kernel kernel, int pid) {
        var info = new byte[SIZE];
        while (kernel.call(Calls.waitid(pid, info).tolerating(Errno.EINTR)) < 0) {
            // a signal came, which another thread passes on
        }
        return of(ByteBuffer.wrap(info));
    }

    /** What the siginfo_t at the start of {@code bytes} tells. */
    public static ExitStatus of(ByteBuffer bytes) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        return new ExitStatus(bytes.getInt(CODE) == CLD_EXITED, bytes.getInt(STATUS) & 0xff);
    }

    /** As a shell has it: its own status, or 128 and the number of the signal that ended it. */
    public int code() {
        return exited ? number : SIGNALLED + number;
    }
}
