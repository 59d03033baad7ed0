package koker.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Zstandard without the frames that are to be skipped (RFC 8878, sections 3.1.1 and 3.1.2), at which the library gives
 * up. Images have such frames where parts of a layer can be fetched alone ("zstd:chunked").
 */
final class ZstdFrames extends InputStream {
    private static final int FRAME = 0xfd2fb528;
    private static final int SKIPPABLE = 0x184d2a50;
    private static final int MAGIC = 4;
    private static final int LONGEST_HEADER = 18;
    private static final int BLOCK_HEADER = 3;
    private static final int CHECKSUM = 4;
    private static final int REPEATED_BYTE = 1;

    private final InputStream in;
    private final byte[] header = new byte[LONGEST_HEADER];
    private int at;
    private int end;
    private int block;
    private boolean inFrame;
    private boolean lastBlock;
    private boolean hasChecksum;

    ZstdFrames(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (at == end && block == 0) {
            if (!next()) {
                return -1;
            }
        }
        if (at < end) {
            int n = Math.min(length, end - at);
            System.arraycopy(header, at, bytes, offset, n);
            at += n;
            return n;
        }
        int n = in.read(bytes, offset, Math.min(length, block));
        if (n < 0) {
            throw new EOFException("the archive is cut off");
        }
        block -= n;
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Reads the header of what comes next; false at the end. */
    private boolean next() throws IOException {
        at = 0;
        end = 0;
        if (!inFrame) {
            return frame();
        }
        if (lastBlock) {
            inFrame = false;
            if (hasChecksum) {
                take(CHECKSUM);
            }
            return true;
        }
        take(BLOCK_HEADER);
        int fields = number(BLOCK_HEADER);
        lastBlock = (fields & 1) != 0;
        block = (fields >> 1 & 3) == REPEATED_BYTE ? 1 : fields >> 3;
        return true;
    }

    private boolean frame() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        header[end++] = (byte) first;
        take(MAGIC - 1);
        int magic = number(MAGIC);
        if ((magic & ~0xf) == SKIPPABLE) {
            end = 0;
            take(MAGIC);
            in.skipNBytes(Integer.toUnsignedLong(number(MAGIC)));
            end = 0;
            return true;
        }
        if (magic != FRAME) {
            throw new IOException("the archive is damaged: there is no frame where one must be");
        }
        take(1);
        int descriptor = header[MAGIC];
        boolean singleSegment = (descriptor & 0x20) != 0;
        int contentSize =
                switch (descriptor >> 6 & 3) {
                    case 0 -> singleSegment ? 1 : 0;
                    case 1 -> 2;
                    case 2 -> 4;
                    default -> 8;
                };
        int dictionary = (1 << (descriptor & 3)) >> 1;
        take((singleSegment ? 0 : 1) + dictionary + contentSize);
        hasChecksum = (descriptor & 4) != 0;
        lastBlock = false;
        inFrame = true;
        return true;
    }

    private void take(int count) throws IOException {
        if (in.readNBytes(header, end, count) < count) {
            throw new EOFException("the archive is cut off");
        }
        end += count;
    }

    private int number(int count) {
        int number = 0;
        for (int i = 0; i < count; i++) {
            number |= (header[i] & 0xff) << 8 * i;
        }
        return number;
    }
}
