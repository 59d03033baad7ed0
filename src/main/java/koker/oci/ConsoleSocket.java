package koker.oci;

import java.nio.file.Path;
import java.util.Map;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.kernel.KernelException;
import koker.trace.Trace;

/** The socket at which an engine waits for the outer end of a container's terminal. */
record ConsoleSocket(Path path) {
    /**
     * Gives it away.
     *
     * @throws OciException if nobody takes it
     */
    void send(Kernel kernel, Trace trace, int master) {
        trace.heading("Send terminal", Map.of("path", path));
        try {
            var socket = (int) kernel.call(Calls.localSocket());
            kernel.call(Calls.connect(socket, path.toString()));
            kernel.call(Calls.sendDescriptor(socket, "/dev/ptmx", master));
            kernel.call(Calls.close(socket));
            kernel.call(Calls.close(master));
        } catch (KernelException | IllegalArgumentException e) {
            throw new OciException("the console socket " + path + " does not take the terminal: " + e.getMessage(), e);
        }
    }
}
