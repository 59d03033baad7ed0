package koker.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What has no place in a header is said as pax(1) has it. */
class PaxRecordsTest {
    private static String text(PaxRecords records) {
        return new String(records.bytes(), StandardCharsets.ISO_8859_1);
    }

    private static Attributes at(long seconds, int nanos) {
        return new Attributes(0, 0, 0, seconds, nanos, Map.of());
    }

    @Test
    void whatFitsTheHeaderNeedsNone() {
        assertEquals("", text(new PaxRecords().name("path", "a", 99).with(at(5, 0))));
    }

    @ParameterizedTest
    @CsvSource({"5, 1, 5.000000001", "5, 500000000, 5.5", "-2, 500000000, -1.5", "-1, 999999999, -0.000000001"})
    void timesHaveNanoseconds(long seconds, int nanos, String expected) {
        var record = " mtime=" + expected + "\n";
        assertEquals(record.length() + 2 + record, text(new PaxRecords().with(at(seconds, nanos))));
    }

    /** The length counts itself: with one more byte it gets one more digit, and so is two more. */
    @ParameterizedTest
    @CsvSource({"90, 99", "91, 101", "92, 102", "989, 999", "990, 1001", "991, 1002"})
    void aRecordSaysHowLongItIs(int nameLength, int length) {
        var record = text(new PaxRecords().name("path", "n".repeat(nameLength), 1));
        assertEquals(length, record.length());
        assertEquals(length + " path=", record.substring(0, record.indexOf('=') + 1));
    }

    @Test
    void namesThatAreNoTextAreSaidToBeNone() {
        assertEquals("11 path=\u00c3\u00a9\n", text(new PaxRecords().name("path", "\u00c3\u00a9", 99)));
        assertEquals("21 hdrcharset=BINARY\n9 path=\u00e9\n", text(new PaxRecords().name("path", "\u00e9", 99)));
    }
}
