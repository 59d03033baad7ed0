package koker.process;

import java.util.Arrays;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;

/** Moves what a container and its user say to each other from one descriptor to another; it is not shown, as it would drown what is. */
public record Transfer(Kernel kernel) {
    /** Reads what there is, and returns how many bytes; less than 1 at the end: a terminal whose other end is closed reads EIO. */
    public int read(int from, byte[] buffer) {
        var call = Calls.read(from, buffer).tolerating(Errno.EIO, Errno.EINTR, Errno.EAGAIN);
        var count = kernel.transfer(call);
        while (isLater(count, from, true)) {
            count = kernel.transfer(call);
        }
        return (int) count;
    }

    /** Writes all of {@code count} bytes, and returns true; or false if nobody reads any more. */
    public boolean write(int to, byte[] bytes, int count) {
        var rest = bytes;
        var left = count;
        while (left > 0) {
            var call = Calls.write(to, rest, left).tolerating(Errno.EPIPE, Errno.EIO, Errno.EINTR, Errno.EAGAIN);
            var written = (int) kernel.transfer(call);
            if (written < 0 && !isLater(written, to, false)) {
                return false;
            }
            if (written > 0) {
                left -= written;
                rest = Arrays.copyOfRange(rest, written, written + left);
            }
        }
        return true;
    }

    /**
     * Whether a call that returned {@code result} is to be made again, which can be done now: whoever started koker, and has the same streams, may
     * want never to wait for them.
     */
    private boolean isLater(long result, int descriptor, boolean input) {
        if (result == -Errno.EAGAIN.number()) {
            kernel.transfer(Calls.awaitReady(descriptor, input).tolerating(Errno.EINTR));
            return true;
        }
        return result == -Errno.EINTR.number();
    }

    public void close(int descriptor) {
        kernel.transfer(Calls.close(descriptor));
    }
}
