package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.RunOptions;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container stop}. */
final class StopCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("stop", "Ask containers to end, and kill those that do not.", this::call);
    private final Supplier<Optional<Integer>> timeout = new Options(spec)
            .value(
                    "SECONDS",
                    "Kill it after so long (default: its own time, 10).",
                    RunOptions::seconds,
                    "-t",
                    "--time",
                    "--timeout");
    private final ContainerNames names = new ContainerNames(spec);

    StopCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        return names.each(name -> {
            containers.stop(name, timeout.get());
            return name;
        });
    }
}
