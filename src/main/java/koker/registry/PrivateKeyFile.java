package koker.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;

/** Reads private keys in PEM form: PKCS #8, and the older forms of RSA (PKCS #1) and of elliptic curves (SEC 1), which Java does not know. */
final class PrivateKeyFile {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END ");
    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int SEQUENCE = 0x30;

    private PrivateKeyFile() {}

    /** The key in {@code file}, whose other half is {@code publicKey}. */
    static PrivateKey read(Path file, PublicKey publicKey) {
        try {
            var pem = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            if (pem.find()) {
                var bytes = Base64.getMimeDecoder().decode(pem.group(2));
                var pkcs8 = pem.group(1).isEmpty() ? bytes : wrap(bytes, publicKey);
                return KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            }
        } catch (IOException e) {
            throw new RegistryException("cannot read " + file + ": " + RegistryException.reason(e), e);
        } catch (GeneralSecurityException | RuntimeException e) {
            // Not in Java's words, which may have a piece of the key in them.
            throw new RegistryException(file + " is not the private key of the certificate beside it; replace it", e);
        }
        throw new RegistryException(
                file + " has no private key in PEM form, or an encrypted one; koker reads plain ones");
    }

    /** The older forms are PKCS #8 (RFC 5208, section 5) but for its head, and what is in that is in the public key, too. */
    private static byte[] wrap(byte[] key, PublicKey publicKey) {
        var subject = ByteBuffer.wrap(publicKey.getEncoded());
        skipHead(subject);
        var start = subject.position();
        var length = skipHead(subject);
        var algorithm = new byte[subject.position() + length - start];
        subject.get(start, algorithm);
        return der(SEQUENCE, der(INTEGER, new byte[1]), algorithm, der(OCTETS, key));
    }

    /** Skips an element's type and length, and returns the length (ITU-T X.690, section 8.1). */
    private static int skipHead(ByteBuffer der) {
        der.get();
        var length = der.get() & 0xff;
        if (length < 0x80) {
            return length;
        }
        var longer = 0;
        for (var i = length & 0x7f; i > 0; i--) {
            longer = longer << 8 | der.get() & 0xff;
        }
        return longer;
    }

    private static byte[] der(int type, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var element = new ByteArrayOutputStream();
        element.write(type);
        if (content.size() >= 0x80) {
            element.write(content.size() < 0x100 ? 0x81 : 0x82);
        }
        if (content.size() >= 0x100) {
            element.write(content.size() >> 8);
        }
        element.write(content.size());
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }
}
