package koker.process;

import java.util.Arrays;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;

/** Moves what a container and its user say to each other from one descriptor to another; it is not shown, as it would drown what is. */
public record Transfer(Kernel kernel) {
    /** Reads what there is, and returns how many bytes; less than 1 at the end: a terminal whose other end is closed reads EIO. */
    public int read(int from, byte[] buffer) {
        var call = Calls.read(from, buffer).tolerating(Errno.EIO, Errno.EINTR);
        var count = kernel.transfer(call);
        while (count == -Errno.EINTR.number()) {
            count = kernel.transfer(call);
        }
        return (int) count;
    }

    /** Writes all of {@code count} bytes, and returns true; or false if nobody reads any more. */
    public boolean write(int to, byte[] bytes, int count) {
        var rest = bytes;
        var left = count;
        while (left > 0) {
            var call = Calls.write(to, rest, left).tolerating(Errno.EPIPE, Errno.EIO, Errno.EINTR);
            var written = (int) kernel.transfer(call);
            if (written < 0 && written != -Errno.EINTR.number()) {
                return false;
            }
            if (written > 0) {
                left -= written;
                rest = Arrays.copyOfRange(rest, written, written + left);
            }
        }
        return true;
    }

    public void close(int descriptor) {
        kernel.transfer(Calls.close(descriptor));
    }
}
