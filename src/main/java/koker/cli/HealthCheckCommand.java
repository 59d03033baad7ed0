package koker.cli;

import java.util.function.Supplier;
import koker.plan.HealthChecks;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container healthcheck}, which so far only has the command {@code run}. */
final class HealthCheckCommand {
    private static final int NOT_WELL = 1;

    private final Koker koker;
    private final CommandSpec spec = Koker.group("healthcheck", "Check whether a container is well.");
    private final CommandSpec run = Koker.command("run", "Make the health check of a container, once.", this::call);
    private final Options options = new Options(run);
    private final Supplier<Boolean> scheduled =
            options.hiddenFlag("As the container's supervisor wants it.", "--scheduled");
    private final Supplier<String> container = options.container();

    HealthCheckCommand(Koker koker) {
        this.koker = koker;
        run.usageMessage()
                .footer("", "Exit status: 0 if this check says that it is well, 1 if not; 125 if koker failed.");
        spec.addSubcommand("run", run);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (scheduled.get()) {
            return koker.health().checkHealthAsScheduled(container.get()) ? HealthChecks.SOON : 0;
        }
        var checked = koker.health().checkHealth(container.get());
        System.out.println(checked.status());
        return checked.well() ? 0 : NOT_WELL;
    }
}
