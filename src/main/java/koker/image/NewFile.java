package koker.image;

import java.util.Arrays;
import koker.kernel.Calls;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/** A file that is being filled, from its beginning to its end. */
final class NewFile implements AutoCloseable {
    private final Kernel kernel;
    private final int descriptor;
    private long written;

    /** The open, empty file {@code descriptor}. */
    NewFile(Kernel kernel, int descriptor) {
        this.kernel = kernel;
        this.descriptor = descriptor;
    }

    /** How many bytes were written. */
    long written() {
        return written;
    }

    /** Writes the first {@code length} of {@code bytes}. */
    void write(byte[] bytes, int length) {
        int done = (int) kernel.transfer(Calls.write(descriptor, bytes, length));
        while (done < length) {
            var rest = Arrays.copyOfRange(bytes, done, length);
            done += (int) kernel.transfer(Calls.write(descriptor, rest, rest.length));
        }
        written += length;
    }

    /** Goes on writing at {@code offset}; what is between is a hole. */
    void seek(long offset) {
        kernel.call(FileCalls.seek(descriptor, offset));
    }

    /** Gives it the length that it is to have, with a hole at its end. */
    void setLength(long length) {
        kernel.call(FileCalls.setLength(descriptor, length));
    }

    /** All is written: gives it its attributes. */
    void finish(Attributes attributes) {
        attributes.give(kernel, descriptor);
        kernel.call(FileCalls.setTime(descriptor, attributes.seconds(), attributes.nanos()));
    }

    @Override
    public void close() {
        kernel.call(Calls.close(descriptor));
    }
}
