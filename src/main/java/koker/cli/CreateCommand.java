package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container create}. */
final class CreateCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("create", "Make a container, to be started later.", this::call);
    private final ContainerOptions container = new ContainerOptions(spec, new Options(spec));

    CreateCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage().customSynopsis("koker container create [OPTIONS] IMAGE [COMMAND [ARG...]]");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        System.out.println(koker.containers().create(container.runOptions(true)));
        return 0;
    }
}
