package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.RunOptions;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container restart}. */
final class RestartCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("restart", "Stop containers, and start them again.", this::call);
    private final Supplier<Optional<Integer>> timeout = new Options(spec)
            .value(
                    "SECONDS",
                    "Kill it after so long (default: its own time, 10).",
                    RunOptions::seconds,
                    "-t",
                    "--time",
                    "--timeout");
    private final ContainerNames names = new ContainerNames(spec);

    RestartCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        return names.each(name -> {
            containers.restart(name, timeout.get());
            return name;
        });
    }
}
