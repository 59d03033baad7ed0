package koker.registry;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLHandshakeException;
import koker.trace.Trace;

/** Patience with a registry that is out of breath: how often a request is made again, and after what time. */
final class Retries {
    static final int MAX_FAILURES = 5;
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LONGEST_WISH = Duration.ofMinutes(2);

    private final Trace trace;
    private int failures;

    Retries(Trace trace) {
        this.trace = trace;
    }

    /** A reply that promises that a later one will be better: 429 and 5xx (RFC 9110, section 15; RFC 6585, section 4). */
    static final class Unavailable extends IOException {
        private static final long serialVersionUID = 1;
        private final transient Optional<Duration> wish;

        Unavailable(String message, Optional<Duration> wish) {
            super(message);
            this.wish = wish;
        }
    }

    /** Something that may fail for a while. */
    @FunctionalInterface
    interface Attempt<T> {
        T make() throws IOException;
    }

    /** Makes the attempt until it succeeds, or patience ends. */
    <T> T until(String what, Attempt<T> attempt) {
        while (true) {
            try {
                return attempt.make();
            } catch (IOException e) {
                pause(what, e);
            }
        }
    }

    /** Waits before the next attempt, or gives up. */
    void pause(String what, IOException failure) {
        failures++;
        var wish = failure instanceof Unavailable unavailable ? unavailable.wish : Optional.<Duration>empty();
        if (!isTransient(failure)
                || failures >= MAX_FAILURES
                || wish.filter(w -> w.compareTo(LONGEST_WISH) > 0).isPresent()) {
            var next = failure instanceof ConnectException ? "; check the name and port" : "; try again later";
            var times = failures == 1 ? "" : " (" + failures + " times)";
            throw new RegistryException(what + ": " + RegistryException.reason(failure) + times + next, failure);
        }
        var delay = delay(failures, wish, ThreadLocalRandom.current().nextDouble());
        trace.info(
                "Registry retry",
                fields(
                        "reason",
                        RegistryException.reason(failure),
                        "wait",
                        delay.toMillis() + "ms",
                        "failures",
                        failures));
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException(what + ": interrupted", e);
        }
    }

    /** Something came: the failures before it do not count any more. */
    void gotOn() {
        failures = 0;
    }

    /**
     * Twice as long each time, and by chance up to half as much more, so that many who failed together do not come back
     * together; but just what the registry asks for, if it does.
     */
    static Duration delay(int failures, Optional<Duration> wish, double chance) {
        if (wish.isPresent()) {
            return wish.get();
        }
        var doubled = FIRST.multipliedBy(1L << Math.min(failures - 1, 16));
        var delay = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        return delay.plusMillis((long) (delay.toMillis() / 2 * chance));
    }

    /** The header Retry-After, seconds or a date (RFC 9110, section 10.2.3). */
    static Optional<Duration> wish(Optional<String> retryAfter, Instant now) {
        if (retryAfter.isEmpty()) {
            return Optional.empty();
        }
        var text = retryAfter.get().strip();
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            var date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
            var wait = Duration.between(now, date.toInstant());
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Nobody listens there, or is whom we want, or we gave up: that is not going to change. */
    private static boolean isTransient(IOException failure) {
        return !(failure instanceof ConnectException
                || failure instanceof ClosedByInterruptException
                || failure instanceof UnknownHostException
                || failure instanceof SSLHandshakeException
                || failure instanceof ProtocolException);
    }
}
