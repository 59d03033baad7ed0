package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.Language;
import koker.plan.Plan;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The options of commands that can show what they would do. */
final class PlanOptions {
    private final CommandSpec spec;
    private final Supplier<Boolean> dryRun;
    private final Supplier<Optional<String>> format;
    private final Supplier<Optional<Language>> emit;

    /** Declares them. */
    PlanOptions(CommandSpec spec, Options options, boolean emits) {
        this.spec = spec;
        dryRun = options.flag("Show the steps that this would take, and change nothing; needs no rights.", "--dry-run");
        format = options.format();
        emit = emits
                ? options.value(
                        "LANGUAGE",
                        "Print a program that does the same without koker, in sh or c, and change nothing.",
                        Language::parse,
                        "--emit")
                : Optional::empty;
    }

    /**
     * Whether that is all that is to be done.
     *
     * @throws ParameterException if the options contradict each other
     */
    boolean isAsked() {
        if (dryRun.get() && emit.get().isPresent()) {
            throw new ParameterException(spec.commandLine(), "--dry-run and --emit exclude each other");
        }
        if (format.get().isPresent() && !dryRun.get()) {
            throw new ParameterException(
                    spec.commandLine(), "--format says how --dry-run shows the steps, and needs that");
        }
        return dryRun.get();
    }

    /** The language in which what is to be done is to be written down instead. */
    Optional<Language> emit() {
        return emit.get();
    }

    /** Prints the plan, a step for each line. */
    void print(Plan plan) {
        if (format.get().isPresent()) {
            PlanTable.printJson(plan, System.out);
        } else {
            PlanTable.print(plan, System.out);
        }
    }
}
