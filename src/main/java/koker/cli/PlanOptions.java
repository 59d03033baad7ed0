package koker.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.Language;
import koker.kernel.Event.Side;
import koker.kernel.SystemCall;
import koker.plan.Plan;
import koker.plan.Step;
import koker.plan.Unknown;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The options of commands that can show what they would do. */
final class PlanOptions {
    private static final int WIDTH = 100;

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
            printJson(plan);
            return;
        }
        var table = new Table("#", "WHERE", "STEP", "CALL");
        var number = 0;
        for (var step : plan.steps()) {
            var first = true;
            number++;
            for (var call : calls(step)) {
                table.add(
                        first
                                ? List.of(Integer.toString(number), where(step), cut(describe(step)), cut(call))
                                : List.of("", "", "", cut(call)));
                first = false;
            }
        }
        table.print(System.out);
    }

    /** What fits on a wide line; JSON has all of it. */
    private static String cut(String text) {
        return text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
    }

    private static void printJson(Plan plan) {
        var text = new StringBuilder();
        var number = 0;
        for (var step : plan.steps()) {
            var json = new JsonObject();
            json.addProperty("number", ++number);
            json.addProperty("where", where(step));
            json.addProperty("step", step.name());
            json.addProperty("title", step.title());
            var about = new JsonObject();
            step.about().forEach((name, value) -> about.addProperty(name, new Unknown().name(String.valueOf(value))));
            json.add("about", about);
            var calls = new JsonArray();
            calls(step).forEach(calls::add);
            json.add("calls", calls);
            text.append(json).append('\n');
        }
        System.out.print(text);
    }

    private static List<String> calls(Step step) {
        var unknown = new Unknown();
        return step.calls().stream()
                .filter(call -> call.operation() instanceof SystemCall) // and no arithmetic of the stub's
                .map(call -> unknown.name(call.show(unknown.results())))
                .toList();
    }

    private static String where(Step step) {
        return step.side() == Side.HOST ? "host" : "container";
    }

    private static String describe(Step step) {
        var text = new StringBuilder(step.title());
        step.about()
                .forEach((name, value) ->
                        text.append(' ').append(name).append('=').append(value));
        return new Unknown().name(text.toString());
    }
}
