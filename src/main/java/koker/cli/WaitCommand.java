package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container wait}. */
final class WaitCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("wait", "Wait until containers have ended, and print their exit statuses.", this::call);

    private final Supplier<Optional<Boolean>> healthy = new Options(spec)
            .value(
                    "STATE",
                    "Wait until they are stopped (default), or healthy: then print that.",
                    WaitCommand::healthy,
                    "--condition");
    private final ContainerNames names = new ContainerNames(spec);

    WaitCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (!healthy.get().orElse(false)) {
            return names.each(koker.containers()::await);
        }
        var health = koker.health();
        return names.each(name -> {
            health.awaitHealthy(name);
            return "healthy";
        });
    }

    private static boolean healthy(String text) {
        return switch (text) {
            case "stopped" -> false;
            case "healthy" -> true;
            default -> throw new IllegalArgumentException("'" + text + "' is neither stopped nor healthy");
        };
    }
}
