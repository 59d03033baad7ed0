package koker.cli;

import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker network inspect}. */
final class InspectNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("inspect", "Show all that is known of networks.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> picture =
            options.flag("Draw the network as the kernel has it now, and what is missing.", "--picture");
    private final Inspection inspection = new Inspection(options, "NETWORK", "Its name.");

    InspectNetworkCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        if (!picture.get()) {
            return inspection.show(koker.networks()::inspect);
        }
        if (inspection.isFormatted()) {
            throw new ParameterException(spec.commandLine(), "--picture and --format exclude each other");
        }
        System.out.print(
                inspection.names().stream().map(koker.networks()::picture).collect(Collectors.joining("\n")));
        return 0;
    }
}
