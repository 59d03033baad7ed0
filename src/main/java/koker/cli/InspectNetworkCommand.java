package koker.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker network inspect}. */
final class InspectNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("inspect", "Show all that is known of networks, as JSON.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Format>> format =
            options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "-f", "--format");
    private final Supplier<Boolean> picture =
            options.flag("Draw the network as the kernel has it now, and what is missing.", "--picture");
    private final PositionalParamSpec names = Options.argument("0..*", "1..*", "NETWORK", "Its name.")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .build();

    InspectNetworkCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        List<String> wanted = names.getValue();
        if (picture.get()) {
            if (format.get().isPresent()) {
                throw new ParameterException(spec.commandLine(), "--picture and --format exclude each other");
            }
            System.out.print(wanted.stream().map(koker.networks()::picture).collect(Collectors.joining("\n")));
            return 0;
        }
        var all = wanted.stream().map(koker.networks()::inspect).toList();
        if (format.get().isPresent()) {
            format.get().get().print(all, System.out);
            return 0;
        }
        var list = new JsonArray();
        all.forEach(list::add);
        System.out.println(new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(list));
        return 0;
    }
}
