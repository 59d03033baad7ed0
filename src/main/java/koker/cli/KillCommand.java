package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.kernel.Signal;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container kill}. */
final class KillCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("kill", "Send a signal to containers.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Signal>> signal =
            options.value("SIGNAL", "The signal (default: KILL).", Signal::parse, "-s", "--signal");
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final ContainerNames names = new ContainerNames(spec);

    KillCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var sent = signal.get().orElse(Signal.SIGKILL);
        if (plan.isAsked()) {
            return names.plan(plan, name -> koker.plans().kill(name, sent));
        }
        var containers = koker.containers();
        return names.each(name -> {
            containers.kill(name, sent);
            return name;
        });
    }
}
