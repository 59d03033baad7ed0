package koker.image;

import static koker.image.ImageException.quote;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name of a content: the hash of its bytes (OCI image-spec 1.1, descriptor.md, "Digests").
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex the hash, in lower-case hexadecimal digits
 */
public record Digest(String algorithm, String hex) {
    public Digest {
        int length =
                switch (algorithm) {
                    case "sha256" -> 64;
                    case "sha512" -> 128;
                    default ->
                        throw new ImageException("invalid digest: algorithm " + quote(algorithm)
                                + " is not supported; use sha256 or sha512");
                };
        if (hex.length() != length || !isHex(hex)) {
            throw new ImageException("invalid digest " + quote(algorithm + ":" + hex) + ": " + algorithm + " is "
                    + length + " lower-case hexadecimal digits");
        }
    }

    /** Reads {@code sha256:<hex>}. */
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new ImageException("invalid digest " + quote(text) + ": it has no algorithm, as in sha256:<hex>");
        }
        return new Digest(text.substring(0, colon), text.substring(colon + 1));
    }

    /** The SHA-256 digest of {@code bytes}. */
    public static Digest sha256(byte[] bytes) {
        var model = new Digest("sha256", "0".repeat(64));
        var hasher = model.hasher();
        hasher.update(bytes);
        return model.sibling(hasher);
    }

    /** The digest that {@code hasher}, one of this algorithm's, has come to. */
    public Digest sibling(MessageDigest hasher) {
        return new Digest(algorithm, HexFormat.of().formatHex(hasher.digest()));
    }

    /** The first twelve digits, which are enough for people. */
    public String brief() {
        return hex.substring(0, 12);
    }

    /** A new hasher of this digest's algorithm. */
    public MessageDigest hasher() {
        try {
            return MessageDigest.getInstance(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-2", e);
        }
    }

    /** Whether {@code text} is hexadecimal digits in lower case, and nothing else. */
    static boolean isHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    // The equals that Java makes for a record takes 8 ms when first called, a tenth of the time koker has to start.
    @Override
    public boolean equals(Object other) {
        return other instanceof Digest(String otherAlgorithm, String otherHex)
                && hex.equals(otherHex)
                && algorithm.equals(otherAlgorithm);
    }

    @Override
    public int hashCode() {
        return hex.hashCode();
    }

    /** As it is written everywhere: {@code sha256:<hex>}. */
    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
