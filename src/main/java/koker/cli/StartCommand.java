package koker.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.plan.Fault;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container start}. */
final class StartCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("start", "Start a container that does not run.", this::call);
    private final Supplier<Optional<Fault>> fail =
            new Options(spec).hidden("STEP[#N]=ERRNO", "Let a step fail without being made.", Fault::parse, "--fail");
    private final PositionalParamSpec container = PositionalParamSpec.builder()
            .index("0")
            .arity("1")
            .required(true)
            .paramLabel("CONTAINER")
            .type(String.class)
            .description("Name, ID, or the beginning of an ID.")
            .build();
    private final PositionalParamSpec command = PositionalParamSpec.builder()
            .index("1..*")
            .arity("0..*")
            .paramLabel("COMMAND")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("A command and its arguments, instead of its own, this once.")
            .build();

    StartCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(container);
        spec.addPositional(command);
        spec.parser().stopAtPositional(true);
        spec.usageMessage().customSynopsis("koker container start [OPTIONS] CONTAINER [COMMAND [ARG...]]");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        List<String> words = command.getValue();
        koker.containers().start(container.getValue(), words == null ? List.of() : words, fail.get());
        System.out.println(container.<String>getValue());
        return 0;
    }
}
