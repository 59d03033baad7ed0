package koker.image;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** The archive of a layer, decompressed as it is read, hashed for its diff ID, and kept within limits. */
final class LayerStream extends InputStream {
    private static final int BUFFER = 64 << 10;

    private final Counted stored;
    private final BufferedInputStream buffered;
    private final InputStream archive;
    private final UnpackLimits limits;
    private final MessageDigest hasher;
    private long size;

    /** What {@code stored}, which may be compressed, unpacks to. */
    LayerStream(InputStream stored, MessageDigest hasher, UnpackLimits limits) throws IOException {
        this.stored = new Counted(stored);
        this.buffered = new BufferedInputStream(this.stored, BUFFER);
        this.archive = Compression.open(buffered);
        this.hasher = hasher;
        this.limits = limits;
    }

    /** Reads what follows the archive's end, which belongs to the digests too. */
    void drain() throws IOException {
        var buffer = new byte[BUFFER];
        while (read(buffer, 0, BUFFER) >= 0) {}
        while (buffered.read(buffer) >= 0) {}
    }

    /** How many bytes the archive has had so far. */
    long size() {
        return size;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = archive.read(bytes, offset, length);
        if (n > 0) {
            hasher.update(bytes, offset, n);
            size += n;
            limits.check(stored.count, size);
        }
        return n;
    }

    /** Counts what is read. */
    private static final class Counted extends FilterInputStream {
        private long count;

        private Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            count += one < 0 ? 0 : 1;
            return one;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = super.read(bytes, offset, length);
            count += Math.max(0, n);
            return n;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
