package koker.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.trace.Overview;
import koker.trace.RecordedStep;
import koker.trace.RecordedTrace;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker trace show}. */
final class ShowTraceCommand {
    private static final int LONGEST = 80;

    private final CommandSpec spec =
            Koker.command("show", "Show where the time went, the slowest steps, and the one that failed.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<String>> format = options.format();
    private final Supplier<RecordedTrace> trace = TraceFiles.argument(spec, "0", "FILE", "What --trace has recorded.");

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var recorded = trace.get();
        var overview = new Overview(recorded);
        System.out.print(format.get().isPresent() ? json(recorded, overview) + "\n" : text(recorded, overview));
        System.out.flush();
        return 0;
    }

    private static String text(RecordedTrace trace, Overview overview) {
        var text = new StringBuilder();
        text.append(trace.commandLine()).append('\n');
        text.append(trace.date(), 0, Math.min(trace.date().length(), "2026-01-01T00:00:00".length()))
                .append(", ")
                .append(trace.version())
                .append(", Linux ")
                .append(trace.kernel())
                .append('\n');
        text.append(trace.ending())
                .append(", ")
                .append(trace.calls())
                .append(" calls in ")
                .append(trace.steps().size())
                .append(" steps, ")
                .append(HumanReadable.nanos(trace.length()))
                .append('\n');
        var phases = new Table("PHASE", "STEPS", "CALLS", "TIME", "WHAT");
        overview.phases()
                .forEach(phase -> phases.add(List.of(
                        phase.phase(),
                        Integer.toString(phase.steps()),
                        Integer.toString(phase.calls()),
                        HumanReadable.nanos(phase.nanos()),
                        phase.what())));
        var slowest = new Table("SLOWEST", "TIME", "SIDE", "ABOUT");
        overview.slowest()
                .forEach(step -> slowest.add(List.of(
                        step.title(), HumanReadable.nanos(step.busy()), step.side(), shortened(step.showAbout()))));
        if (!trace.steps().isEmpty()) {
            text.append('\n').append(phases).append('\n').append(slowest);
        }
        trace.failed()
                .ifPresent(failed ->
                        text.append("\nFAILED: ").append(failed.show()).append('\n'));
        if (!trace.failedWhy().isEmpty()) {
            text.append(trace.failedWhy()).append('\n');
        }
        var error = trace.end().map(RecordedTrace.End::error).orElse("");
        if (!error.isEmpty()) {
            text.append(trace.failed().isEmpty() ? "\n" : "")
                    .append("koker: ")
                    .append(error)
                    .append('\n');
        }
        return text.toString();
    }

    private static String shortened(String about) {
        return about.length() <= LONGEST ? about : about.substring(0, LONGEST - 1) + "…";
    }

    private static JsonObject json(RecordedTrace trace, Overview overview) {
        var json = new JsonObject();
        json.addProperty("Command", trace.commandLine());
        json.addProperty("Date", trace.date());
        json.addProperty("Version", trace.version());
        json.addProperty("Kernel", trace.kernel());
        trace.end().ifPresent(end -> {
            json.addProperty("Status", end.status());
            json.addProperty("Error", end.error());
        });
        json.addProperty("Nanos", trace.length());
        var phases = new JsonArray();
        overview.phases().forEach(phase -> {
            var row = new JsonObject();
            row.addProperty("Phase", phase.phase());
            row.addProperty("Steps", phase.steps());
            row.addProperty("Calls", phase.calls());
            row.addProperty("Nanos", phase.nanos());
            phases.add(row);
        });
        json.add("Phases", phases);
        var slowest = new JsonArray();
        overview.slowest().forEach(step -> slowest.add(json(step)));
        json.add("Slowest", slowest);
        trace.failed().ifPresent(failed -> {
            var step = new JsonObject();
            step.addProperty("Name", failed.name());
            step.addProperty("Step", failed.step());
            step.addProperty("Call", failed.call());
            step.addProperty("Errno", failed.errno());
            step.addProperty("Why", trace.failedWhy());
            json.add("Failed", step);
        });
        return json;
    }

    private static JsonObject json(RecordedStep step) {
        var json = new JsonObject();
        json.addProperty("Name", step.name());
        json.addProperty("Step", step.show());
        json.addProperty("Phase", step.phase());
        json.addProperty("Side", step.side());
        json.addProperty("Nanos", step.busy());
        return json;
    }
}
