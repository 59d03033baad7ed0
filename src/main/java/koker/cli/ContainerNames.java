package koker.cli;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import koker.kernel.KokerException;
import koker.plan.Plan;
import picocli.CommandLine.Model.CommandSpec;

/** The containers that a command is given, which it takes one after the other: one that fails does not keep it from the others. */
final class ContainerNames {
    private final Supplier<List<String>> names;

    /** Declares them, as those of the command {@code spec}. */
    ContainerNames(CommandSpec spec) {
        names = new Options(spec).names("CONTAINER", Options.CONTAINER);
    }

    /** Does {@code action} to each and prints what that returns, and returns the exit status: 1 if one of them failed. */
    int each(Function<String, Object> action) {
        return each(names.get(), action);
    }

    /** The same, with containers that were found in another way. */
    static int each(List<String> names, Function<String, Object> action) {
        return all(names, name -> System.out.println(action.apply(name)));
    }

    /** Prints what would be done to each, and returns the exit status: 1 if that could not be found out for one of them. */
    int plan(PlanOptions options, Function<String, Plan> plan) {
        return all(names.get(), name -> options.print(plan.apply(name)));
    }

    private static int all(List<String> names, Consumer<String> action) {
        var status = 0;
        for (var name : names) {
            try {
                action.accept(name);
            } catch (KokerException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
