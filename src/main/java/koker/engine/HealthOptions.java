package koker.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
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

    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(h|ms|m|s)");
    private static final Duration LEAST = Duration.ofMillis(1);

    public HealthOptions {
        var something = command.isPresent()
                || interval.isPresent()
                || timeout.isPresent()
                || startPeriod.isPresent()
                || startInterval.isPresent()
                || retries.isPresent();
        if (none && something) {
            throw new IllegalArgumentException("--no-healthcheck and --health-* exclude each other");
        }
    }

    /**
     * A length of time, {@code 1m30s}; at least a millisecond.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Duration time(String text) {
        var time = length(text);
        if (time.compareTo(LEAST) < 0) {
            throw new IllegalArgumentException("'" + text + "' is too short; give at least 1ms");
        }
        return time;
    }

    /**
     * A length of time, perhaps none at all: {@code 0s}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Duration length(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (!text.matches("(" + PART + ")+")) {
            throw new IllegalArgumentException("'" + text + "' is no length of time, such as 30s, 1m30s or 500ms");
        }
        var time = Duration.ZERO;
        for (var part = PART.matcher(text); part.find(); ) {
            var unit =
                    switch (part.group(2)) {
                        case "h" -> 3_600_000_000_000L;
                        case "m" -> 60_000_000_000L;
                        case "s" -> 1_000_000_000L;
                        default -> 1_000_000L;
                    };
            time = time.plusNanos(Math.round(Double.parseDouble(part.group(1)) * unit));
        }
        return time;
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
        if (none || command.filter("none"::equals).isPresent()) {
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
        if (!equals(NONE)) {
            throw new EngineException(
                    "the image has no health check to go with --health-*; give one with --health-cmd");
        }
        return Optional.empty();
    }
}
