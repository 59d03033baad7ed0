package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TagsTest {
    @Test
    void numbersAreComparedAsNumbers() {
        var sorted = List.of(
                "1",
                "1.9",
                "1.9.1",
                "1.10",
                "1.10-alpine",
                "2",
                "3.9",
                "3.18",
                "20240101",
                "99999999999999999999",
                "edge",
                "latest",
                "v2",
                "v10");
        assertEquals(sorted, sorted.reversed().stream().sorted(Tags::compare).toList());
    }
}
