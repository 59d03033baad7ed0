package koker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Times and sizes are written as Docker writes them. */
class HumanReadableTest {
    @ParameterizedTest
    @CsvSource({
        "PT-5S, Less than a second ago",
        "PT0.5S, Less than a second ago",
        "PT1S, 1 second ago",
        "PT59S, 59 seconds ago",
        "PT60S, About a minute ago",
        "PT59M, 59 minutes ago",
        "PT60M, About an hour ago",
        "PT1H29M, About an hour ago",
        "PT1H31M, 2 hours ago",
        "PT47H, 47 hours ago",
        "P2D, 2 days ago",
        "P13D, 13 days ago",
        "P14D, 2 weeks ago",
        "P59D, 8 weeks ago",
        "P60D, 2 months ago",
        "P729D, 24 months ago",
        "P730D, 2 years ago",
    })
    void agesAreInTheLargestUnitOfWhichThereAreTwo(Duration age, String expected) {
        var now = Instant.parse("2026-01-01T00:00:00Z");
        assertEquals(expected, HumanReadable.age(now.minus(age), now));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0B",
        "999, 999B",
        "1000, 1kB",
        "1049, 1.05kB",
        "9994, 9.99kB",
        "9995, 10kB",
        "99949, 99.9kB",
        "99950, 100kB",
        "999499, 999kB",
        "999500, 1MB",
        "4260000, 4.26MB",
        "1500000000, 1.5GB",
        "9223372036854775807, 9.22EB",
    })
    void sizesHaveThreeDigits(long bytes, String expected) {
        assertEquals(expected, HumanReadable.size(bytes));
    }
}
