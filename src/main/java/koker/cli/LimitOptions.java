package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.Limits;

/** The options that limit what a container may use; {@code run}, {@code create} and {@code update} have them. */
record LimitOptions(
        Supplier<Optional<Long>> memory,
        Supplier<Optional<Long>> swap,
        Supplier<Optional<Long>> cpus,
        Supplier<Optional<Long>> pids) {
    /** Declares them among {@code options}. */
    LimitOptions(Options options) {
        this(
                options.value(
                        "SIZE",
                        "Limit memory: 10m, 1g; a bare number counts MiB.",
                        Limits::memory,
                        "-m",
                        "--mem",
                        "--memory"),
                options.value(
                        "SIZE",
                        "Limit swap, beside memory; -1 for no limit (default: as --mem).",
                        Limits::swap,
                        "--swap"),
                options.value("N", "Limit processor time: 0.5 is half of one.", Limits::cpus, "--cpus"),
                options.value(
                        "N",
                        "Limit the number of processes; -1 for no limit.",
                        Limits::pids,
                        "--pids",
                        "--pids-limit"));
    }

    /**
     * What they come to.
     *
     * @throws IllegalArgumentException if they do not fit together
     */
    Limits limits() {
        return new Limits(memory.get(), swap.get(), cpus.get(), pids.get());
    }
}
