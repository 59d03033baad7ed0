package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.RestartPolicy;
import koker.engine.UpdateOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker container update}. */
final class UpdateCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("update", "Change what containers may use, and when they are started again.", this::call);
    private final LimitOptions limits;
    private final Supplier<Optional<RestartPolicy>> restart;
    private final ContainerNames names = new ContainerNames(spec);

    UpdateCommand(Koker koker) {
        this.koker = koker;
        var options = new Options(spec);
        limits = new LimitOptions(options);
        restart = options.value(
                "POLICY",
                "Start it again when it ends: no, on-failure[:N], always or unless-stopped.",
                RestartPolicy::parse,
                "--restart");
        spec.usageMessage().footer("", "What is not named stays as it is. A container that runs feels it at once.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        UpdateOptions options;
        try {
            options = new UpdateOptions(restart.get(), limits.limits());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        if (options.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "nothing to change; name a limit or a restart policy");
        }
        var containers = koker.containers();
        return names.each(name -> {
            containers.update(name, options);
            return name;
        });
    }
}
