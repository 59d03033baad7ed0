package koker.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A blob that is on its way, read from the file that it is written to as that grows: the file is the buffer between the two. */
final class BlobFollower extends BlobStream {
    private final PartialBlob partial;
    private final int beginning;
    private final FileChannel channel;
    private long at;

    BlobFollower(PartialBlob partial, Path file) throws IOException {
        this.partial = partial;
        this.beginning = partial.beginning();
        this.channel = FileChannel.open(file);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            long there = partial.await(at, beginning);
            if (there == at) {
                return -1;
            }
            int n = channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, there - at)), at);
            at += Math.max(0, n);
            return n;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    void verify() throws IOException {
        try {
            partial.awaitTruth(beginning);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Whether what was read has been taken back since. */
    boolean isStale() {
        return partial.beginning() != beginning;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
