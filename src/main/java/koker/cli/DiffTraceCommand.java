package koker.cli;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.trace.RecordedTrace;
import koker.trace.TraceDifference;
import koker.trace.TraceDifference.Change;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker trace diff}. */
final class DiffTraceCommand {
    /** More steps in a row that are only in one of the two are not shown: that run ended early, or never began to. */
    private static final int MOST = 12;

    private final CommandSpec spec =
            Koker.command("diff", "Show what two runs did differently, step by step.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> all =
            options.flag("All steps, also where many in a row are only in one of the two.", "-a", "--all");
    private final Supplier<Optional<String>> format = options.format();
    private final Supplier<RecordedTrace> before = TraceFiles.argument(spec, "0", "FILE1", "The one, and");
    private final Supplier<RecordedTrace> after = TraceFiles.argument(spec, "1", "FILE2", "the other.");

    DiffTraceCommand() {
        spec.usageMessage()
                .footer(
                        "",
                        "What differs each time is not compared: IDs, process numbers, addresses, times.",
                        "Exit status: 0 if they did the same, 1 if not, 125 if koker failed.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var first = before.get();
        var second = after.get();
        var changes = new TraceDifference(first, second).changes();
        if (format.get().isPresent()) {
            changes.forEach(change -> System.out.println(json(change)));
        } else {
            print(first, second, changes);
        }
        System.out.flush();
        return changes.isEmpty() ? 0 : 1;
    }

    private void print(RecordedTrace first, RecordedTrace second, List<Change> changes) {
        var text = new StringBuilder();
        text.append("- ").append(heading(first)).append('\n');
        text.append("+ ").append(heading(second)).append('\n');
        text.append(changes.isEmpty() ? "both took the same steps\n" : "\n");
        for (var at = 0; at < changes.size(); ) {
            var run = run(changes, at);
            run(text, run);
            at += run.size();
        }
        System.out.print(text);
    }

    private static String heading(RecordedTrace trace) {
        var failed =
                trace.failed().map(failure -> ", failed: " + failure.show()).orElse("");
        return trace.commandLine() + ": " + trace.ending() + failed;
    }

    /** Those from {@code index} on that are of one kind. */
    private static List<Change> run(List<Change> changes, int index) {
        var run = new ArrayList<Change>();
        for (var change : changes.subList(index, changes.size())) {
            if (change.sign() != changes.get(index).sign()) {
                break;
            }
            run.add(change);
        }
        return run;
    }

    private void run(StringBuilder text, List<Change> run) {
        var shown = all.get() || run.size() <= MOST ? run.size() : MOST - 1;
        for (var change : run.subList(0, shown)) {
            text.append(change.sign().mark())
                    .append(' ')
                    .append(change.step().side())
                    .append(", ")
                    .append(change.step().phase())
                    .append(": ")
                    .append(change.step().show());
            if (!change.detail().isEmpty()) {
                text.append(": ").append(change.detail());
            }
            text.append('\n');
        }
        if (shown < run.size()) {
            text.append(run.getFirst().sign().mark())
                    .append(" … and ")
                    .append(run.size() - shown)
                    .append(" more steps; see them with --all\n");
        }
    }

    private static JsonObject json(Change change) {
        var json = new JsonObject();
        json.addProperty("Sign", Character.toString(change.sign().mark()));
        json.addProperty("Name", change.step().name());
        json.addProperty("Step", change.step().show());
        json.addProperty("Phase", change.step().phase());
        json.addProperty("Side", change.step().side());
        json.addProperty("Detail", change.detail());
        return json;
    }
}
