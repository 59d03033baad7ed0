package koker.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** A blob on its way into the store. What an interrupted one had already got is still there, and counted. */
public final class PartialBlob implements AutoCloseable {
    private static final int BUFFER = 128 << 10;

    private final Descriptor blob;
    private final FileChannel channel;
    private MessageDigest hasher;
    private long position;

    private PartialBlob(Descriptor blob, FileChannel channel) {
        this.blob = blob;
        this.channel = channel;
        this.hasher = blob.digest().hasher();
    }

    /** Where the bytes of a blob come from. */
    @FunctionalInterface
    public interface Source {
        /** Appends the bytes from {@link #position} on, or {@linkplain #restart restarts} and appends them all. */
        void fill(PartialBlob partial);
    }

    /** Goes on with {@code file}, or begins it. */
    static PartialBlob open(Descriptor blob, Path file) throws IOException {
        var channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var partial = new PartialBlob(blob, channel);
        try (var before = Files.newInputStream(file)) {
            var buffer = new byte[BUFFER];
            for (int n; (n = before.read(buffer)) > 0; ) {
                partial.hasher.update(buffer, 0, n);
                partial.position += n;
            }
            if (partial.position > blob.size()) {
                partial.restart();
            }
            return partial;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** How many bytes are there. */
    public long position() {
        return position;
    }

    /** How many there will be. */
    public long size() {
        return blob.size();
    }

    /** Adds bytes; more than the blob has are refused before they are written. */
    public void append(byte[] bytes, int length) {
        if (position + length > blob.size()) {
            throw new ImageException(blob.digest() + " is refused: it is longer than the " + blob.size()
                    + " bytes that its manifest says; tell those who run the registry");
        }
        try {
            var buffer = ByteBuffer.wrap(bytes, 0, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer, position + buffer.position());
            }
        } catch (IOException e) {
            throw ImageException.because("cannot store " + blob.digest(), e);
        }
        hasher.update(bytes, 0, length);
        position += length;
    }

    /** Forgets what is there. */
    public void restart() {
        try {
            channel.truncate(0);
        } catch (IOException e) {
            throw ImageException.because("cannot store " + blob.digest(), e);
        }
        hasher = blob.digest().hasher();
        position = 0;
    }

    /** Whether it is what its descriptor says: every byte, and no other. */
    boolean isWhole() {
        return position == blob.size() && actual().equals(blob.digest());
    }

    /** The digest of what is there. */
    Digest actual() {
        try {
            return blob.digest().sibling((MessageDigest) hasher.clone());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own hashers can be cloned", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
