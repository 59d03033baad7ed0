package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container wait}. */
final class WaitCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("wait", "Wait until containers have ended, and print their exit statuses.", this::call);

    private final ContainerNames names = new ContainerNames(spec);

    WaitCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        return names.each(containers::await);
    }
}
