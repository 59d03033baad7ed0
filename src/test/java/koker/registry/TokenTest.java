package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParseException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import koker.image.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenTest {
    private static final Instant NOW = Instant.parse("2025-01-01T00:00:00Z");

    private static Token token(String json) {
        return Token.of(Json.parse(json.getBytes(StandardCharsets.UTF_8)), NOW);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"token":"t"}                                                              | 60
            {"token":"t","expires_in":5}                                               | 60
            {"token":"t","expires_in":300}                                             | 300
            {"token":"t","expires_in":300,"issued_at":"2024-12-31T23:59:50Z"}          | 290
            {"token":"t","expires_in":300,"issued_at":"2024-12-31T12:00:00Z"}          | 300
            {"token":"t","expires_in":300,"issued_at":"2026-01-01T00:00:00Z"}          | 300
            {"token":"t","expires_in":300,"issued_at":"yesterday"}                     | 300
            """)
    void itIsReplacedALittleBeforeItExpires(String json, int life) {
        var token = token(json);
        assertTrue(token.isGood(NOW.plusSeconds(life - 11)));
        assertFalse(token.isGood(NOW.plusSeconds(life - 10)));
    }

    @Test
    void bothNamesOfTheFieldWillDo() {
        assertEquals("Bearer t", token("{\"access_token\":\"t\"}").header());
        assertEquals(
                "Bearer t", token("{\"token\":\"t\",\"access_token\":\"u\"}").header());
    }

    @Test
    void whatIsNoTokenIsNone() {
        assertThrows(JsonParseException.class, () -> token("{}"));
        assertThrows(JsonParseException.class, () -> token("{\"token\":\"a\\nb\"}"));
    }
}
