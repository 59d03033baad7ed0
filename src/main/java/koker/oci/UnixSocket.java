package koker.oci;

import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.kernel.KernelException;

/**
 * A socket with a name, at which somebody waits for a descriptor of koker's, unix(7).
 *
 * @param name what those who give it to koker call it
 */
record UnixSocket(Kernel kernel, String name, String path) {
    /**
     * Sends {@code descriptor}, which is closed in any case, with {@code text}.
     *
     * @param what it is
     * @throws OciException if nobody takes it
     */
    void send(String what, String text, int descriptor) {
        var socket = Optional.<Integer>empty();
        try {
            socket = Optional.of((int) kernel.call(Calls.localSocket()));
            kernel.call(Calls.connect(socket.get(), path));
            kernel.call(Calls.sendDescriptor(socket.get(), text, descriptor));
        } catch (KernelException | IllegalArgumentException e) {
            throw new OciException(name + " " + path + " does not take the " + what + ": " + e.getMessage(), e);
        } finally {
            socket.ifPresent(open -> kernel.call(Calls.close(open)));
            kernel.call(Calls.close(descriptor));
        }
    }
}
