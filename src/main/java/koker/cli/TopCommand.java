package koker.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container top}. */
final class TopCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("top", "Show a container's processes, as ps does.", this::call);
    private final PositionalParamSpec container = PositionalParamSpec.builder()
            .index("0")
            .arity("1")
            .required(true)
            .paramLabel("CONTAINER")
            .type(String.class)
            .description("Name, ID, or the beginning of an ID.")
            .build();
    private final PositionalParamSpec words = PositionalParamSpec.builder()
            .index("1..*")
            .arity("0..*")
            .paramLabel("OPTION")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Options of ps (default: -ef); -o must name pid.")
            .build();

    TopCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(container);
        spec.addPositional(words);
        spec.parser().stopAtPositional(true);
        spec.usageMessage().customSynopsis("koker container top CONTAINER [PS OPTION...]");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        List<String> options = words.getValue();
        koker.containers()
                .top(container.getValue(), options == null ? List.of() : options)
                .forEach(System.out::println);
        return 0;
    }
}
