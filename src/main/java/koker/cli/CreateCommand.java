package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container create}. */
final class CreateCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("create", "Make a container, to be started later.", this::call);
    private final Options options = new Options(spec);
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final ContainerOptions container = new ContainerOptions(spec, options);

    CreateCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage().customSynopsis("koker container create [OPTIONS] IMAGE [COMMAND [ARG...]]");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isAsked()) {
            plan.print(koker.plans().make(container.runOptions(true), false));
            return 0;
        }
        System.out.println(koker.containers().create(container.runOptions(true)));
        return 0;
    }
}
