package koker.cli;

import java.util.List;
import koker.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container rm}. */
final class RemoveCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("rm", "Remove containers that have ended.", this::call);
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("CONTAINER")
            .arity("1..*")
            .required(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, ID, or the beginning of an ID.")
            .build();

    RemoveCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        var status = 0;
        for (var name : names.<List<String>>getValue()) {
            try {
                containers.remove(name);
                System.out.println(name);
            } catch (EngineException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
