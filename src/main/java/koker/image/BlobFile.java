package koker.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/** A blob of the store, read. */
final class BlobFile extends BlobStream {
    private final Path file;
    private final Digest digest;
    private final MessageDigest hasher;
    private final InputStream in;

    BlobFile(Path file, Descriptor blob) throws IOException {
        if (Files.size(file) != blob.size()) {
            throw damaged(file + " has " + Files.size(file) + " bytes instead of " + blob.size());
        }
        this.file = file;
        this.digest = blob.digest();
        this.hasher = digest.hasher();
        this.in = Files.newInputStream(file);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        if (n > 0) {
            hasher.update(bytes, offset, n);
        }
        return n;
    }

    @Override
    void verify() {
        var actual = digest.sibling(hasher);
        if (!actual.equals(digest)) {
            throw damaged(file + " has the digest " + actual);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private static ImageException damaged(String why) {
        return new ImageException(why + "; remove the image and pull it again");
    }
}
