package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import koker.trace.Trace;
import org.junit.jupiter.api.Test;

class RetriesTest {
    private static final Instant NOW = Instant.parse("2025-01-01T00:00:00Z");

    private final Retries retries = new Retries(new Trace(Trace.Detail.QUIET));

    @Test
    void waitsTwiceAsLongEachTimeButNotForEver() {
        assertEquals(Duration.ofMillis(500), Retries.delay(1, Optional.empty(), 0));
        assertEquals(Duration.ofMillis(1000), Retries.delay(2, Optional.empty(), 0));
        assertEquals(Duration.ofMillis(1500), Retries.delay(2, Optional.empty(), 1));
        assertEquals(Duration.ofSeconds(30), Retries.delay(50, Optional.empty(), 0));
        assertEquals(Duration.ofSeconds(7), Retries.delay(1, Optional.of(Duration.ofSeconds(7)), 1));
    }

    @Test
    void readsRetryAfter() {
        assertEquals(Optional.of(Duration.ofSeconds(120)), Retries.wish(Optional.of("120"), NOW));
        assertEquals(
                Optional.of(Duration.ofSeconds(90)), Retries.wish(Optional.of("Wed, 1 Jan 2025 00:01:30 GMT"), NOW));
        assertEquals(Optional.of(Duration.ZERO), Retries.wish(Optional.of("Tue, 31 Dec 2024 00:00:00 GMT"), NOW));
        assertEquals(Optional.empty(), Retries.wish(Optional.of("soon"), NOW));
        assertEquals(Optional.empty(), Retries.wish(Optional.of("-1"), NOW));
        assertEquals(Optional.empty(), Retries.wish(Optional.empty(), NOW));
    }

    @Test
    void triesAgainAndGivesUp() {
        var attempts = new AtomicInteger();
        var result = retries.until("x", () -> {
            if (attempts.incrementAndGet() < 3) {
                throw new Retries.Unavailable("busy", Optional.of(Duration.ZERO));
            }
            return "done";
        });
        assertEquals("done", result);
        var failure = assertThrows(
                RegistryException.class, () -> new Retries(new Trace(Trace.Detail.QUIET)).until("cannot do it", () -> {
                    throw new Retries.Unavailable("busy", Optional.of(Duration.ZERO));
                }));
        assertEquals("cannot do it: busy (5 times); try again later", failure.getMessage());
    }

    @Test
    void saysWhatJavaDoesNot() {
        var unknown = new ConnectException();
        unknown.initCause(new ConnectException().initCause(new UnresolvedAddressException()));
        assertEquals("no such host", RegistryException.reason(unknown));
        assertEquals("Connection refused", RegistryException.reason(new ConnectException()));
    }

    @Test
    void doesNotTryWhatWillNotChange() {
        var attempts = new AtomicInteger();
        assertThrows(
                RegistryException.class,
                () -> retries.until("x", () -> {
                    attempts.incrementAndGet();
                    throw new ConnectException();
                }));
        assertThrows(
                RegistryException.class,
                () -> retries.until("x", () -> {
                    attempts.incrementAndGet();
                    throw new Retries.Unavailable("tomorrow", Optional.of(Duration.ofHours(9)));
                }));
        assertEquals(2, attempts.get());
    }

    @Test
    void whatGetsOnMayFailAgain() throws IOException {
        for (var i = 0; i < 2 * Retries.MAX_FAILURES; i++) {
            retries.gotOn();
            retries.pause("x", new Retries.Unavailable("busy", Optional.of(Duration.ZERO)));
        }
    }
}
