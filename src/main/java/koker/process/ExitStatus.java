package koker.process;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;

/** How a process ended, as a shell has it: its own status, or 128 and the number of the signal that ended it. */
public final class ExitStatus {
    private static final int CODE = 8;
    private static final int STATUS = 24;
    private static final int CLD_EXITED = 1;
    private static final int SIGNALLED = 128;

    private ExitStatus() {}

    /** Waits for the child {@code pid}, and returns its status. */
    public static int await(Kernel kernel, int pid) {
        var info = new byte[128];
        while (kernel.call(Calls.waitid(pid, info).tolerating(Errno.EINTR)) < 0) {
            // a signal came, which another thread passes on
        }
        return of(ByteBuffer.wrap(info));
    }

    /** The status that the siginfo_t at the start of {@code bytes} tells of, as waitid(2) fills it. */
    public static int of(ByteBuffer bytes) {
        var value = bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(STATUS) & 0xff;
        return bytes.getInt(CODE) == CLD_EXITED ? value : SIGNALLED + value;
    }
}
