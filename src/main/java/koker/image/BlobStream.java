package koker.image;

import java.io.IOException;
import java.io.InputStream;

/** The bytes of a blob, which count only when all have been read and are what its digest says. */
abstract sealed class BlobStream extends InputStream permits BlobFile, BlobFollower {
    /**
     * To be asked at the end.
     *
     * @throws IOException if it cannot be found out
     * @throws ImageException unless they are true
     */
    abstract void verify() throws IOException;

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] bytes, int offset, int length) throws IOException;

    @Override
    public abstract void close() throws IOException;
}
