package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.RunOptions;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container stop} and {@code restart}. */
final class StopCommand {
    private final Koker koker;
    private final boolean restart;
    private final CommandSpec spec;
    private final Supplier<Optional<Integer>> timeout;
    private final Optional<PlanOptions> plan;
    private final ContainerNames names;

    StopCommand(Koker koker, boolean restart) {
        this.koker = koker;
        this.restart = restart;
        this.spec = restart
                ? Koker.command("restart", "Stop containers, and start them again.", this::call)
                : Koker.command("stop", "Ask containers to end, and kill those that do not.", this::call);
        var options = new Options(spec);
        this.timeout = options.value(
                "SECONDS",
                "Kill it after so long (default: its own time, 10).",
                RunOptions::seconds,
                "-t",
                "--time",
                "--timeout");
        // What it takes to start it again is known when it has ended.
        this.plan = restart ? Optional.empty() : Optional.of(new PlanOptions(spec, options, false));
        this.names = new ContainerNames(spec);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isPresent() && plan.get().isAsked()) {
            return names.plan(plan.get(), name -> koker.plans().stop(name, timeout.get()));
        }
        var containers = koker.containers();
        return names.each(name -> {
            if (restart) {
                containers.restart(name, timeout.get());
            } else {
                containers.stop(name, timeout.get());
            }
            return name;
        });
    }
}
