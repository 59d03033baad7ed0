package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image inspect}. */
final class InspectImageCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("inspect", "Show all that is known of images.", this::call);
    private final Inspection inspection = new Inspection(new Options(spec), "IMAGE", Options.IMAGE);

    InspectImageCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        return inspection.show(koker.catalog()::describe);
    }
}
