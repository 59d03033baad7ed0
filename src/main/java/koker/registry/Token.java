package koker.registry;

import com.google.gson.JsonParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import koker.image.Json;

/** What lets its bearer in, for a while (distribution, docs/spec/auth/token.md, "Token Response Fields"). */
record Token(String value, Instant expires) {
    private static final long SHORTEST_LIFE = 60;
    private static final Duration MARGIN = Duration.ofSeconds(10);

    /**
     * Reads a token server's reply, which came at {@code now}.
     *
     * @throws JsonParseException if there is no token in it
     */
    static Token of(Json reply, Instant now) {
        var value = reply.text("token").isEmpty() ? reply.text("access_token") : reply.text("token");
        if (!value.matches("[\\x21-\\x7e]+")) {
            throw new JsonParseException("there is no token in it");
        }
        var life = reply.has("expires_in") ? Math.max(SHORTEST_LIFE, reply.number("expires_in")) : SHORTEST_LIFE;
        return new Token(value, issued(reply, now).plusSeconds(Math.min(life, Integer.MAX_VALUE)));
    }

    boolean isGood(Instant now) {
        return now.plus(MARGIN).isBefore(expires);
    }

    String header() {
        return "Bearer " + value;
    }

    @Override
    public String toString() {
        return "a token until " + expires;
    }

    private static Instant issued(Json reply, Instant now) {
        try {
            var issued = reply.text("issued_at").isEmpty() ? now : Instant.parse(reply.text("issued_at"));
            // Its clock may be another: a token is never taken for older than a moment, nor from the future.
            return issued.isAfter(now) || Duration.between(issued, now).getSeconds() > SHORTEST_LIFE / 2 ? now : issued;
        } catch (DateTimeParseException e) {
            return now;
        }
    }
}
