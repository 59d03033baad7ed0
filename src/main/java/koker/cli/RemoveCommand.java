package koker.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container rm}. */
final class RemoveCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("rm", "Remove containers that have ended.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> force = options.flag("Kill those that still run.", "-f", "--force");
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final ContainerNames names = new ContainerNames(spec);

    RemoveCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isAsked()) {
            return names.plan(plan, name -> koker.plans().remove(name, force.get()));
        }
        var containers = koker.containers();
        return names.each(name -> {
            containers.remove(name, force.get());
            return name;
        });
    }
}
