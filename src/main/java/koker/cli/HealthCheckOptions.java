package koker.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.HealthOptions;
import koker.engine.TimeSpan;

/** The options that say how to find out whether a container is well; {@code run} and {@code create} have them. */
final class HealthCheckOptions {
    private final Supplier<Boolean> none;
    private final Supplier<Optional<String>> command;
    private final Supplier<Optional<Duration>> interval;
    private final Supplier<Optional<Duration>> timeout;
    private final Supplier<Optional<Duration>> startPeriod;
    private final Supplier<Optional<Duration>> startInterval;
    private final Supplier<Optional<Integer>> retries;

    /** Declares them among {@code options}. */
    HealthCheckOptions(Options options) {
        command = options.value(
                "COMMAND",
                "Ask by this line of a shell whether the container is well (default: the image's check).",
                String::toString,
                "--health-cmd");
        interval = options.value(
                "TIME", "From one check to the next (default: 30s).", TimeSpan::positive, "--health-interval");
        timeout = options.value(
                "TIME", "How long a check may take (default: 30s).", TimeSpan::positive, "--health-timeout");
        retries = options.value(
                "N",
                "It is not well when so many fail in a row (default: 3).",
                HealthOptions::retries,
                "--health-retries");
        startPeriod = options.value(
                "TIME",
                "Those that fail so soon do not count (default: 0s).",
                TimeSpan::parse,
                "--health-start-period");
        startInterval = options.value(
                "TIME",
                "From one check to the next in that time (default: 5s).",
                TimeSpan::positive,
                "--health-start-interval");
        none = options.flag("Do not check, even if the image has a check.", "--no-healthcheck");
    }

    /**
     * What they come to.
     *
     * @throws IllegalArgumentException if they exclude each other
     */
    HealthOptions options() {
        return new HealthOptions(
                none.get(),
                command.get(),
                interval.get(),
                timeout.get(),
                startPeriod.get(),
                startInterval.get(),
                retries.get());
    }
}
