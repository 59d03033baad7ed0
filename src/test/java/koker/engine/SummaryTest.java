package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private static Summary of(String... command) {
        return new Summary("1f", "", "a:1", List.of(command), 1, 2, 3, -1, 5, true, false, true, false);
    }

    @Test
    void aLineIsReadAsItWasWritten() {
        for (var summary : List.of(of(), of(""), of("sh", "-c", " a \t b", "", "ü"), of("", ""))) {
            assertEquals(Optional.of(summary), summary.line().flatMap(Summary::parse));
        }
    }

    @Test
    void whatDoesNotFitIntoALineIsNotWritten() {
        assertEquals(Optional.empty(), of("a\nb").line());
        assertEquals(Optional.empty(), of("a\u001fb").line());
    }

    @Test
    void otherLinesAreNotRead() {
        assertEquals(Optional.empty(), Summary.parse(""));
        assertEquals(Optional.empty(), Summary.parse("1f\u001fname"));
    }
}
