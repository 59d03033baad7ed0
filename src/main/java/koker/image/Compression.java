package koker.image;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;

/** How an archive is compressed: told by its first bytes, as media types say "tar" of what is compressed, and the other way round. */
enum Compression {
    NONE(""),
    GZIP("+gzip"),
    ZSTD("+zstd");

    private static final int BUFFER = 64 << 10;
    private static final int MAGIC = 4;
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int BZIP2_MAGIC = 0x425a68;
    private static final int XZ_MAGIC = 0xfd377a58;
    private static final int ZSTD_MAGIC = 0x28b52ffd;
    private static final int ZSTD_SKIPPABLE = 0x502a4d18;

    private final String suffix;

    Compression(String suffix) {
        this.suffix = suffix;
    }

    /** What the next bytes of {@code stored} are, which can be marked. */
    static Compression of(InputStream stored) throws IOException {
        stored.mark(MAGIC);
        byte[] magic = stored.readNBytes(MAGIC);
        stored.reset();
        int first = magic.length < MAGIC ? 0 : ByteBuffer.wrap(magic).getInt();
        if (first >>> 16 == GZIP_MAGIC) {
            return GZIP;
        }
        if (first == ZSTD_MAGIC || (first & 0xf0ffffff) == ZSTD_SKIPPABLE) {
            return ZSTD;
        }
        if (first == XZ_MAGIC || first >>> 8 == BZIP2_MAGIC) {
            throw new IOException("it is compressed with xz or bzip2, which koker does not read; decompress it first");
        }
        return NONE;
    }

    /** The archive in {@code stored}, uncompressed. */
    static InputStream open(BufferedInputStream stored) throws IOException {
        return switch (of(stored)) {
            case NONE -> stored;
            case GZIP -> new GZIPInputStream(stored, BUFFER);
            case ZSTD -> new ZstdInputStream(new ZstdFrames(stored));
        };
    }

    /** The media type of a layer that is compressed so (OCI image-spec 1.1, layer.md). */
    String layerType() {
        return "application/vnd.oci.image.layer.v1.tar" + suffix;
    }
}
