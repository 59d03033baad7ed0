package koker.it;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits until something is so, with a limit. */
final class Poll {
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final Duration PAUSE = Duration.ofMillis(5);

    private Poll() {}

    /** Waits until {@code condition} holds; fails, and says that {@code what} did not happen, if it does not. */
    static void until(String what, Callable<Boolean> condition) {
        get(what, () -> condition.call() ? Optional.of(true) : Optional.empty());
    }

    /** Waits until {@code source} has something, and returns it. */
    static <T> T get(String what, Callable<Optional<T>> source) {
        var deadline = Instant.now().plus(LIMIT);
        while (true) {
            try {
                var found = source.call();
                if (found.isPresent()) {
                    return found.get();
                }
            } catch (Exception e) {
                throw new AssertionError(what, e);
            }
            if (Instant.now().isAfter(deadline)) {
                return fail("did not happen within " + LIMIT + ": " + what);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
