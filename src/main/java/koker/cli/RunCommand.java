package koker.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container run}. */
final class RunCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("run", "Run a command in a new container.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> detach =
            options.flag("Do not wait for it: print its ID, and leave it to a supervisor.", "-d", "--detach");
    private final PlanOptions plan = new PlanOptions(spec, options, true);
    private final ContainerOptions container = new ContainerOptions(spec, options);

    RunCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage()
                .customSynopsis("koker container run [OPTIONS] IMAGE [COMMAND [ARG...]]")
                .footer(
                        "",
                        "Exit status: the command's own; 128+n if signal n ended it; 125 if koker failed;",
                        "126 if the command cannot be executed; 127 if it does not exist.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isAsked()) {
            plan.print(koker.plans().make(container.runOptions(detach.get()), true));
            return 0;
        }
        if (plan.emit().isPresent()) {
            System.out.print(koker.plans()
                    .emit(container.runOptions(detach.get()), plan.emit().get()));
            return 0;
        }
        if (!detach.get()) {
            return koker.containers().run(container.runOptions(false));
        }
        System.out.println(koker.containers().runDetached(container.runOptions(true)));
        return 0;
    }
}
