package koker.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import koker.image.HealthCheck;

/**
 * What the user says of a container's health check; what is absent is as the image has it.
 *
 * @param none whether there is to be no check
 * @param command a line for a shell
 */
public record HealthOptions(
        boolean none,
        Optional<String> command,
        Optional<Duration> interval,
        Optional<Duration> timeout,
        Optional<Duration> startPeriod,
        Optional<Duration> startInterval,
        Optional<Integer> retries) {
    /** Nothing is said. */
    public static final HealthOptions NONE = new HealthOptions(
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public HealthOptions {
        if (none && isAnything(command, interval, timeout, startPeriod, startInterval, retries)) {
            throw new IllegalArgumentException("--no-healthcheck and --health-* exclude each other");
        }
    }

    private static boolean isAnything(Optional<?>... options) {
        for (var option : options) {
            if (option.isPresent()) {
                return true;
            }
        }
        return false;
    }

    /**
     * How often a check may fail: at least once.
     *
     * @throws IllegalArgumentException if it is no such number
     */
    public static int retries(String text) {
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException("'" + text + "' is no number of checks; give 1 or more");
        }
        return Integer.parseInt(text);
    }

    /**
     * The check that a container of an image with the check {@code image} gets, with all times.
     *
     * @throws EngineException if there is no command to check it by, or the image's is of no known kind
     */
    Optional<HealthCheck> of(HealthCheck image) {
        var asked = isAnything(command, interval, timeout, startPeriod, startInterval, retries);
        if (none
                || !asked && image.isUnknown()
                || command.filter("none"::equals).isPresent()) {
            return Optional.empty();
        }
        var check = new HealthCheck(
                command.map(line -> List.of("CMD-SHELL", line)).orElse(image.test()),
                interval.map(Duration::toNanos).orElse(image.interval()),
                timeout.map(Duration::toNanos).orElse(image.timeout()),
                startPeriod.map(Duration::toNanos).orElse(image.startPeriod()),
                startInterval.map(Duration::toNanos).orElse(image.startInterval()),
                retries.orElse(image.retries()));
        try {
            if (check.command().isPresent()) {
                return Optional.of(check.complete());
            }
        } catch (IllegalArgumentException e) {
            throw new EngineException(
                    e.getMessage() + "; replace it with --health-cmd, or leave it out with --no-healthcheck");
        }
        if (asked) {
            throw new EngineException(
                    "the image has no health check to go with --health-*; give one with --health-cmd");
        }
        return Optional.empty();
    }
}
