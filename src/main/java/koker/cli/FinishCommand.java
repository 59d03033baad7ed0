package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container finish}, which is not for users: what the supervisor of a container becomes when there is more to do. */
final class FinishCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("finish", "What a supervisor becomes.", this::call);
    private final ContainerNames names = new ContainerNames(spec);

    FinishCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage().hidden(true);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        return names.each(id -> {
            containers.finish(id);
            return id;
        });
    }
}
