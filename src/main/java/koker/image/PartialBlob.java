package koker.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * A blob on its way into the store. What an interrupted one had already got is still there, and counted. One thread writes
 * it; another may {@linkplain #follow follow}.
 */
public final class PartialBlob implements AutoCloseable {
    private static final int BUFFER = 128 << 10;

    private final Descriptor blob;
    private final FileChannel channel;
    private final Path file;
    private MessageDigest hasher;
    private long position;

    /** How often it was begun. */
    private int beginning;

    private State state = State.COMING;

    private enum State {
        COMING,
        TRUE,
        GIVEN_UP
    }

    private PartialBlob(Descriptor blob, Path file, FileChannel channel) {
        this.blob = blob;
        this.file = file;
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
        var partial = new PartialBlob(blob, file, channel);
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
    public synchronized long position() {
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
        synchronized (this) {
            position += length;
            notifyAll();
        }
    }

    /** Forgets what is there. */
    public void restart() {
        try {
            channel.truncate(0);
        } catch (IOException e) {
            throw ImageException.because("cannot store " + blob.digest(), e);
        }
        hasher = blob.digest().hasher();
        synchronized (this) {
            position = 0;
            beginning++;
            notifyAll();
        }
    }

    /** Its bytes, read while they come. */
    BlobFollower follow() throws IOException {
        return new BlobFollower(this, file);
    }

    synchronized int beginning() {
        return beginning;
    }

    /** Waits for bytes beyond {@code at}, or the end, and returns how many there are then. */
    synchronized long await(long at, int since) throws IOException, InterruptedException {
        while (position == at && at < blob.size() && state == State.COMING && beginning == since) {
            wait();
        }
        refuseStale(since);
        if (position == at && at < blob.size()) {
            throw new EOFException(blob.digest() + " did not come");
        }
        return position;
    }

    /** Waits until it is known whether the bytes are true, and refuses them if not. */
    synchronized void awaitTruth(int since) throws IOException, InterruptedException {
        while (state == State.COMING && beginning == since) {
            wait();
        }
        refuseStale(since);
        if (state != State.TRUE) {
            throw new EOFException(blob.digest() + " did not come");
        }
    }

    private void refuseStale(int since) throws IOException {
        if (beginning != since) {
            throw new IOException(blob.digest() + " begins again");
        }
    }

    /** Tells who waits for it that the bytes are true. */
    synchronized void accept() {
        state = State.TRUE;
        notifyAll();
    }

    /** Whether it is what its descriptor says: every byte, and no other. */
    public boolean isWhole() {
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
        synchronized (this) {
            if (state == State.COMING) {
                state = State.GIVEN_UP;
                notifyAll();
            }
        }
        channel.close();
    }
}
