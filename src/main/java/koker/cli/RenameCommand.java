package koker.cli;

import koker.engine.RunOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container rename}. */
final class RenameCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("rename", "Give a container another name.", this::call);
    private final PositionalParamSpec container = positional("0", "CONTAINER", "Name, ID, or the beginning of an ID.");
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .index("1")
            .arity("1")
            .required(true)
            .paramLabel("NAME")
            .type(Object.class)
            .converters(Options.converter(RunOptions::name))
            .description("Its new name.")
            .build();

    RenameCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(container);
        spec.addPositional(name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.containers().rename(container.getValue(), name.getValue());
        return 0;
    }

    private static PositionalParamSpec positional(String index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .arity("1")
                .required(true)
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build();
    }
}
