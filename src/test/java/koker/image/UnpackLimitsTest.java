package koker.image;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackLimitsTest {
    @Test
    void reads() {
        assertEquals(new UnpackLimits(10 << 20, 500, 7), UnpackLimits.parse("ratio=500,size=10m,entries=7"));
        assertEquals(new UnpackLimits(1L << 31, 200, 2_000_000), UnpackLimits.parse("size=2g"));
        assertEquals(new UnpackLimits(64L << 30, 200, 3 << 10), UnpackLimits.parse("entries=3k"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "size", "size=", "size=0", "size=-1", "size=1t", "files=3", "size=1m,", "ratio=99999999"})
    void refuses(String text) {
        assertThrows(ImageException.class, () -> UnpackLimits.parse(text));
    }

    @Test
    void aSmallLayerMayHaveAnyRatio() {
        var limits = new UnpackLimits(1L << 40, 200, 1);
        assertDoesNotThrow(() -> limits.check(1, 1L << 30));
        assertDoesNotThrow(() -> limits.check(1 << 24, 3L << 30));
        assertThrows(ImageException.class, () -> limits.check(1 << 23, 3L << 30));
    }

    @Test
    void neitherSizeNorEntriesMayBeExceeded() {
        var limits = new UnpackLimits(10, 200, 3);
        assertDoesNotThrow(() -> limits.check(1, 10));
        assertThrows(ImageException.class, () -> limits.check(1, 11));
        assertDoesNotThrow(() -> limits.check(3));
        assertThrows(ImageException.class, () -> limits.check(4));
    }
}
