package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container pause} and {@code unpause}. */
final class PauseCommand {
    private final Koker koker;
    private final boolean pause;
    private final CommandSpec spec;
    private final PlanOptions plan;
    private final ContainerNames names;

    PauseCommand(Koker koker, boolean pause) {
        this.koker = koker;
        this.pause = pause;
        this.spec = pause
                ? Koker.command("pause", "Stop all processes of containers where they are.", this::call)
                : Koker.command("unpause", "Let paused containers go on.", this::call);
        this.plan = new PlanOptions(spec, new Options(spec), false);
        this.names = new ContainerNames(spec);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (plan.isAsked()) {
            return names.plan(plan, name -> koker.plans().pause(name, pause));
        }
        var containers = koker.containers();
        return names.each(name -> {
            containers.pause(name, pause);
            return name;
        });
    }
}
