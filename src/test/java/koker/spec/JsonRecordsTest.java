package koker.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRecordsTest {
    record Inner(String text, List<Long> numbers) {}

    record Outer(
            boolean truth,
            int small,
            Long big,
            Integer none,
            Inner inner,
            List<Inner> inners,
            Set<String> words,
            Map<String, String> pairs) {}

    private static final Outer FULL = new Outer(
            true,
            -1,
            1L << 40,
            null,
            new Inner("a \"quoted\" é\n", List.of(1L, 2L)),
            List.of(new Inner(null, List.of())),
            Set.of("x"),
            Map.of("k", "v"));

    @Test
    void whatIsWrittenIsReadAgain() {
        assertEquals(FULL, JsonRecords.read(JsonRecords.write(FULL), Outer.class));
    }

    @Test
    void oneMemberIsOneLine() {
        assertEquals("{\n  \"text\": \"a<b\",\n  \"numbers\": []\n}\n", JsonRecords.write(new Inner("a<b", List.of())));
    }

    @Test
    void absentMembersAreNullOrZero() {
        var absent = new Outer(false, 0, null, null, null, null, null, null);
        assertEquals(absent, JsonRecords.read("{\"inner\": null, \"truth\": null}", Outer.class));
    }

    @Test
    void unknownMembersAreLeftOut() {
        assertEquals(new Inner("a", null), JsonRecords.read("{\"text\": \"a\", \"more\": [1]}", Inner.class));
    }

    @Test
    void nothingIsNull() {
        assertNull(JsonRecords.read("", Inner.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"inner\": 5}", "{\"inner\": {\"numbers\": 5}}", "{\"small\": \"x\"}", "{\"big\": {}}"})
    void wrongTypesAreNamed(String json) {
        var problem = assertThrows(JsonParseException.class, () -> JsonRecords.read(json, Outer.class));
        assertTrue(
                problem.getMessage().matches("(inner|inner\\.numbers|small|big): expected .*"), problem.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "{} {}", "7"})
    void whatIsNoObjectIsRefused(String json) {
        assertThrows(JsonParseException.class, () -> JsonRecords.read(json, Inner.class));
    }
}
