package koker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import koker.oci.OciException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of options as runc takes them: times as Go has them, and sizes as Docker does. */
class OciValuesTest {
    /** A value of koker's own option is no command. */
    @ParameterizedTest
    @ValueSource(strings = {"--root", "--unpack-limit", "--fail", "--skip", "--trace"})
    void theCommandStandsBehindKokersOwnOptions(String option) {
        assertTrue(Oci.isCalled(option, "value", "oci", "list"));
        assertFalse(Oci.isCalled(option, "oci", "list"));
    }

    @ParameterizedTest
    @CsvSource({
        "5s, PT5S",
        "1m30s, PT1M30S",
        "1.5h, PT1H30M",
        "500us, PT0.0005S",
        "500µs, PT0.0005S",
        "500μs, PT0.0005S",
        ".5ms, PT0.0005S",
        "1ns, PT0.000000001S",
        "1h1m1.1s, PT1H1M1.1S"
    })
    void timesMayHaveSeveralParts(String text, Duration time) {
        assertEquals(time, OciEvents.interval(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "5",
                "0s",
                "s",
                "-5s",
                "5s ",
                "5 s",
                "5sx",
                "x5s",
                "1m-30s",
                "0.1ns",
                "1..5s",
                "3000000h"
            })
    void whatIsNoTimeIsRefused(String text) {
        assertThrows(OciException.class, () -> OciEvents.interval(text), text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "64m, 67108864",
        "64M, 67108864",
        "64MB, 67108864",
        "64MiB, 67108864",
        "64 mib, 67108864",
        "1.5g, 1610612736",
        "2k, 2048",
        "3b, 3",
        "1p, 1125899906842624",
        "0.5, 0"
    })
    void sizesMayHaveUnits(String text, long bytes) {
        assertEquals(bytes, OciUpdate.bytes("memory", text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1", "-1m", "1x", "1  m", "1.m", ".5m", "9223372036854775808", "8192p", "1mm"})
    void whatIsNoSizeIsRefused(String text) {
        var refusal = assertThrows(OciException.class, () -> OciUpdate.bytes("memory", text), text);
        assertEquals("invalid value for memory: " + text, refusal.getMessage());
    }
}
