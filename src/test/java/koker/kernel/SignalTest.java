package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {
    @ParameterizedTest
    @CsvSource({
        "SIGTERM, 15, SIGTERM",
        "term, 15, SIGTERM",
        "9, 9, SIGKILL",
        "SIGRTMIN+3, 37, SIGRTMIN+3",
        "rtmin+3, 37, SIGRTMIN+3",
        "37, 37, SIGRTMIN+3",
        "RTMIN, 34, SIGRTMIN+0",
        "SIGRTMAX-27, 37, SIGRTMIN+3",
        "SIGRTMAX, 64, SIGRTMIN+30",
        "64, 64, SIGRTMIN+30"
    })
    void isNamed(String text, long number, String name) {
        var signal = Signal.parse(text);
        assertEquals(number, signal.value());
        assertEquals(name, signal.name());
        assertEquals(signal, Signal.parse(name), "a name that koker writes down can be read again");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SIG",
                "NONE",
                "0",
                "65",
                "-9",
                "09",
                "RTMIN+31",
                "RTMIN-1",
                "RTMAX-31",
                "RTMAX-63",
                "SIGSIGTERM"
            })
    void isUnknown(String text) {
        assertThrows(IllegalArgumentException.class, () -> Signal.parse(text));
    }

    @Test
    void isTheConstantThatHasItsNumber() {
        assertSame(Signal.SIGTERM, Signal.parse("TERM"));
        assertSame(Signal.SIGWINCH, Signal.of(28));
    }
}
