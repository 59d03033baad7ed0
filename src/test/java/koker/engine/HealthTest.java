package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import koker.image.HealthCheck;
import koker.process.ProcessId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What checks come to, and what the user and the image together say of them. */
class HealthTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final HealthCheck CHECK =
            new HealthCheck(List.of("CMD", "x"), SECOND, 0, 10 * SECOND, 0, 2).complete();
    private static final Health NEW = new Health(new ProcessId(1, 1), Health.STARTING, 0, List.of());

    private static Health after(Health health, String exitCodes, long at) {
        var next = health;
        for (var exitCode : exitCodes.split(" ")) {
            next = next.after(new Health.Check(at, at, Integer.parseInt(exitCode), ""), CHECK, 0);
        }
        return next;
    }

    @ParameterizedTest
    @CsvSource({
        "0, healthy, 0",
        "1, starting, 1",
        "1 1, unhealthy, 2",
        "1 0 1, healthy, 1",
        "0 1 1, unhealthy, 2",
        "-1 137 1, unhealthy, 3",
        "1 1 0, healthy, 0"
    })
    void soManyFailuresInARow(String exitCodes, String status, int streak) {
        var health = after(NEW, exitCodes, 11_000);
        assertEquals(status, health.status());
        assertEquals(streak, health.failingStreak());
    }

    @Test
    void failuresInTheStartPeriodCountOnceItWasWell() {
        assertEquals(0, after(NEW, "1 1 1", 9_999).failingStreak());
        assertEquals(Health.STARTING, after(NEW, "1 1 1", 9_999).status());
        assertEquals(Health.UNHEALTHY, after(NEW, "0 1 1", 9_999).status());
        assertEquals(
                Health.UNHEALTHY,
                after(after(NEW, "1 1 1", 9_999), "1 1", 10_000).status());
    }

    @Test
    void theLastFiveAreKept() {
        var log = after(NEW, "1 2 3 4 5 6 7", 0).log();
        assertEquals(
                List.of(3, 4, 5, 6, 7), log.stream().map(Health.Check::exitCode).toList());
    }

    @Test
    void theStartIntervalIsForTheStartPeriodAlone() {
        assertEquals(Duration.ofSeconds(5), Health.next(CHECK, true, 9_999));
        assertEquals(Duration.ofSeconds(1), Health.next(CHECK, true, 10_000));
        assertEquals(Duration.ofSeconds(1), Health.next(CHECK, false, 0));
    }

    @ParameterizedTest
    @CsvSource({"30s, 30000", "1m30s, 90000", "500ms, 500", "0, 0", "1.5h, 5400000", "0s, 0"})
    void lengthsOfTime(String text, long millis) {
        assertEquals(Duration.ofMillis(millis), TimeSpan.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-1s", "1d", "1s2", "0x1s", "1 s"})
    void noLengthsOfTime(String text) {
        assertThrows(IllegalArgumentException.class, () -> TimeSpan.parse(text));
        assertThrows(IllegalArgumentException.class, () -> TimeSpan.positive(text));
    }

    @Test
    void whatTheUserLeavesOpenIsAsTheImageHasIt() {
        var image = new HealthCheck(List.of("CMD", "own"), 7 * SECOND, 0, 0, 0, 0);
        assertEquals(Optional.of(image.complete()), HealthOptions.NONE.of(image));
        assertEquals(Optional.empty(), HealthOptions.NONE.of(HealthCheck.UNKNOWN));
        assertEquals(Optional.empty(), HealthOptions.NONE.of(new HealthCheck(List.of("NONE"), SECOND, 0, 0, 0, 0)));
        var options = new HealthOptions(
                false,
                Optional.of("a b"),
                Optional.empty(),
                Optional.of(Duration.ofSeconds(2)),
                Optional.empty(),
                Optional.empty(),
                Optional.of(9));
        var both = options.of(image).orElseThrow();
        assertEquals(new HealthCheck(List.of("CMD-SHELL", "a b"), 7 * SECOND, 2 * SECOND, 0, 5 * SECOND, 9), both);
        assertEquals(Optional.of(List.of("/bin/sh", "-c", "a b")), both.command());
    }

    @ParameterizedTest
    @ValueSource(strings = {"CMD", "CMD-SHELL", "CMD-SHELL,a,b", "ASK,x"})
    void testsOfNoKnownKind(String words) {
        var image = new HealthCheck(List.of(words.split(",")), 0, 0, 0, 0, 0);
        assertThrows(EngineException.class, () -> HealthOptions.NONE.of(image));
    }

    @Test
    void aLongRunEndsTheWaiting() {
        assertEquals(new Restarts(4, 4), Restarts.after(end(9_999, 3, 3)));
        assertEquals(new Restarts(4, 1), Restarts.after(end(10_000, 3, 3)));
        assertEquals(Duration.ofMillis(100), RestartPolicy.delay(0));
        assertEquals(Duration.ofMillis(51_200), RestartPolicy.delay(9));
        assertEquals(Duration.ofMillis(51_200), RestartPolicy.delay(100));
    }

    private static State.End end(long lasted, int restarts, int quickEnds) {
        return new State.End(1, 1000, 1000 + lasted, false, restarts, quickEnds, false, false, null, null);
    }
}
