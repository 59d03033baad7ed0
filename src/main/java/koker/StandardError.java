package koker;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard error, on which a line is one write(2). Java's own way there, with an encoder and two buffers, takes a line of the trace as long
 * as all that is in the line.
 */
final class StandardError extends PrintStream {
    StandardError() {
        super(new FileOutputStream(FileDescriptor.err));
    }

    @Override
    public void print(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }
}
