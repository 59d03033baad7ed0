package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import koker.kernel.Calls;
import koker.kernel.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lines of the log: their form, and how many there are at each level of detail. */
class TraceTest {
    private static final String TIME = "(1[0-2]|[1-9]):[0-5][0-9](AM|PM) ";

    /** The lines on standard error that {@code action} leads to. */
    private static List<String> lines(Runnable action) {
        var error = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true));
        try {
            action.run();
        } finally {
            System.setErr(error);
        }
        return bytes.toString().lines().toList();
    }

    private static void tell(Trace trace) {
        trace.info("A story", Trace.fields("id", "x"));
        trace.warn("A warning", Map.of());
        trace.debug("A file", Map.of());
        trace.heading("Change folder", Trace.fields("path", "/a b"));
        var event = new Event(Calls.chdir("/a b"), Event.Side.HOST, -2, 0, 1999, _ -> 0);
        trace.accept(event);
        trace.accept(event);
    }

    @ParameterizedTest
    @EnumSource(Trace.Detail.class)
    void eachLevelTellsItsShare(Trace.Detail detail) {
        var levels = lines(() -> tell(new Trace(detail))).stream()
                .filter(line -> line.matches(TIME + ".*"))
                .map(line -> line.split(" ")[1])
                .toList();
        assertEquals(
                switch (detail) {
                    case QUIET -> List.of();
                    case STORY -> List.of("INF", "WRN");
                    case DEBUG, EXPLAINED -> List.of("INF", "WRN", "DBG", "DBG", "DBG");
                },
                levels);
    }

    @Test
    void whatAStepIsForIsSaidOnceBelowItsFirstCall() {
        var margin = "        ";
        var lines = lines(() -> {
            var trace = new Trace(Trace.Detail.EXPLAINED);
            tell(trace);
            trace.heading("Change folder", Trace.fields("path", "/c"));
            trace.accept(new Event(Calls.chdir("/c"), Event.Side.HOST, 0, 0, 1, _ -> 0));
        });
        assertTrue(lines.get(3).contains("DBG Change folder"), lines::toString);
        assertTrue(lines.get(4).startsWith(margin + "The process goes to /a b,"), lines::toString);
        assertEquals(margin + "Without it: the command would start in /.", lines.get(5));
        assertEquals(margin + "Read on: chdir(2)", lines.get(6));
        assertTrue(lines.get(7).contains("DBG Change folder"), lines::toString);
        // A second one: its values, but not the rest again.
        assertTrue(lines.get(8).contains("DBG Change folder path=/c"), lines::toString);
        assertTrue(lines.get(9).startsWith(margin + "The process goes to /c,"), lines::toString);
        assertEquals(10, lines.size());
    }

    @Test
    void aCallIsShownWithItsHeadingOnceItsResultAndItsTime() {
        var lines = lines(() -> tell(new Trace(Trace.Detail.DEBUG)));
        var call = "call=\"chdir\\(\\\\\\\\\"/a b\\\\\\\\\"\\)\" ret=\"-1 ENOENT\" us=1".replace("\\\\\\\\", "\\\\");
        assertTrue(lines.get(3).matches(TIME + "DBG Change folder path=\"/a b\" " + call), lines.get(3));
        assertTrue(lines.get(4).matches(TIME + "DBG Change folder " + call), lines.get(4));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            plain     | plain
            /a/b,c:d  | /a/b,c:d
            ``        | ""
            a b       | "a b"
            a=b       | "a=b"
            a"b       | "a\\"b"
            a\\b      | "a\\\\b"
            größe     | größe
            """)
    void aValueIsQuotedWhereItCouldBeMisread(String value, String shown) {
        assertTrue(new Line(new TimeOfDay(), "INF", "Text")
                .field("name", value)
                .toString()
                .endsWith(" INF Text name=" + shown));
    }

    @ParameterizedTest
    @CsvSource({"10, x0a", "27, x1b", "9, x09", "127, x7f", "13, x0d"})
    void noControlCharacterReachesTheTerminal(int character, String escaped) {
        var line = new Line(new TimeOfDay(), "INF", "Text")
                .field("name", "a" + (char) character + "b")
                .toString();
        assertTrue(line.endsWith("name=\"a\\" + escaped + "b\""), line);
    }
}
