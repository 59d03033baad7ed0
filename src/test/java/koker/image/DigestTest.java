package koker.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {
    @Test
    void readsWhatItWrites() {
        for (var text : new String[] {"sha256:" + "0a".repeat(32), "sha512:" + "f9".repeat(64)}) {
            assertEquals(text, Digest.parse(text).toString());
        }
    }

    @Test
    void hashes() {
        assertEquals(
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                TestLayout.digest(new byte[0]).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256", "sha256:", "sha256:0", "md5:00", "sha1:../../../x", ":", "SHA256:00"})
    void refusesWhatIsNoDigest(String text) {
        assertThrows(ImageException.class, () -> Digest.parse(text));
    }

    @Test
    void refusesWhatCouldLeaveTheBlobFolder() {
        assertThrows(ImageException.class, () -> new Digest("sha256", "../".repeat(21) + "x"));
        assertThrows(ImageException.class, () -> new Digest("sha256", "A".repeat(64)));
    }
}
