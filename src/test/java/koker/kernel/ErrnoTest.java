package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which error a number stands for. */
class ErrnoTest {
    @ParameterizedTest
    @CsvSource({"-2, ENOENT", "-132, ERFKILL", "-524, ENOTSUPP", "-400, EIO", "-525, EIO", "-4095, EIO"})
    void numbersStandForErrors(long result, Errno errno) {
        assertEquals(errno, Errno.of(result));
    }
}
