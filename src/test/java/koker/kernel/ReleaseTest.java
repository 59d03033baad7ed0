package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Versions of Linux, as uname(2) has them. */
class ReleaseTest {
    @ParameterizedTest
    @CsvSource({
        "5.12.0, true",
        "5.11.22-generic, false",
        "5.9, false",
        "6.1.0-18-amd64, true",
        "10.0, true",
        "4.19.0, false",
        "5, false",
        "7, true",
        "new, false"
    })
    void someAreAtLeast5_12(String text, boolean expected) {
        assertEquals(expected, Release.parse(text).isAtLeast(5, 12));
    }
}
