package koker.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.List;
import koker.kernel.Event.Side;
import koker.kernel.SystemCall;
import koker.plan.Plan;
import koker.plan.Step;
import koker.plan.Unknown;

/** Shows a plan to somebody who wants to read it. */
final class PlanTable {
    private static final int WIDTH = 100;

    private PlanTable() {}

    /** Prints the plan, a step for each line. */
    static void print(Plan plan, PrintStream out) {
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
        table.print(out);
    }

    /** The same, a JSON object for each. */
    static void printJson(Plan plan, PrintStream out) {
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
        out.print(text);
    }

    /** What fits on a wide line; JSON has all of it. */
    private static String cut(String text) {
        return text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
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
