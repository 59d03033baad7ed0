package koker.image;

import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/** A plain file that is read. It may change meanwhile; its size is what it was when it was found. */
final class OpenFile implements AutoCloseable {
    private final Kernel kernel;
    private final int descriptor;
    private final long size;

    OpenFile(Kernel kernel, int descriptor, long size) {
        this.kernel = kernel;
        this.descriptor = descriptor;
        this.size = size;
    }

    long size() {
        return size;
    }

    /** Fills {@code room} from {@code offset} on, and returns how many bytes that were: 0 at the end. */
    int read(long offset, byte[] room) {
        kernel.transfer(FileCalls.seek(descriptor, offset));
        return (int) kernel.transfer(Calls.read(descriptor, room));
    }

    /** The next byte from {@code offset} on that is in no hole; the size if there is none. */
    long dataFrom(long offset) {
        long data = kernel.transfer(FileCalls.seekData(descriptor, offset).tolerating(Errno.ENXIO, Errno.EINVAL));
        return data == -Errno.ENXIO.number() ? size : data < 0 ? offset : Math.min(data, size);
    }

    /** Where the data at {@code offset} end: at a hole, or at the end. */
    long holeFrom(long offset) {
        long hole = kernel.transfer(FileCalls.seekHole(descriptor, offset).tolerating(Errno.ENXIO, Errno.EINVAL));
        return hole < 0 ? size : Math.min(hole, size);
    }

    @Override
    public void close() {
        kernel.call(Calls.close(descriptor));
    }
}
