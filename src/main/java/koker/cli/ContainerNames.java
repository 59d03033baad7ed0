package koker.cli;

import java.util.List;
import java.util.function.Function;
import koker.cgroup.CgroupException;
import koker.engine.EngineException;
import koker.kernel.KernelException;
import koker.spec.SpecException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The containers that a command is given, which it takes one after the other: one that fails does not keep it from the others. */
final class ContainerNames {
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("CONTAINER")
            .arity("1..*")
            .required(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, ID, or the beginning of an ID.")
            .build();

    /** Declares them, as those of the command {@code spec}. */
    ContainerNames(CommandSpec spec) {
        spec.addPositional(names);
    }

    /** Does {@code action} to each and prints what that returns, and returns the exit status: 1 if one of them failed. */
    int each(Function<String, Object> action) {
        return each(names.getValue(), action);
    }

    /** The same, with containers that were found in another way. */
    static int each(List<String> names, Function<String, Object> action) {
        var status = 0;
        for (var name : names) {
            try {
                System.out.println(action.apply(name));
            } catch (EngineException | KernelException | CgroupException | SpecException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
