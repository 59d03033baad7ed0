package koker.oci;

import static koker.trace.Trace.fields;

import java.time.Duration;
import koker.kernel.Calls;
import koker.kernel.Errno;

/** Waits for the end of a container's first process, which was killed. */
final class Ending {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Ending() {}

    /**
     * Waits.
     *
     * @throws OciException if it does not end
     */
    static void await(Means means, State state) {
        if (!state.isAlive()) {
            return;
        }
        var kernel = means.kernel();
        means.trace().heading("Wait for end", fields("pid", state.pid()));
        var process = (int) kernel.call(Calls.pidfdOpen(state.pid()).tolerating(Errno.ESRCH));
        if (process >= 0 && state.isAlive() && kernel.call(Calls.awaitInput(process, PATIENCE)) == 0) {
            throw new OciException("container init still running: process " + state.pid()
                    + " does not end, though it was killed; see what it waits for: cat /proc/" + state.pid()
                    + "/stack");
        }
    }
}
