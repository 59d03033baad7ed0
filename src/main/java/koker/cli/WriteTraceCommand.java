package koker.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import koker.trace.ChromeTrace;
import koker.trace.RecordedTrace;
import koker.trace.TraceOutput;
import koker.trace.TracePage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker trace chrome} and {@code html}, which write a recording in another form. */
final class WriteTraceCommand {
    private final CommandSpec spec;
    private final Supplier<Optional<Path>> output;
    private final Supplier<RecordedTrace> trace;
    private final Function<RecordedTrace, TraceOutput.Content> form;

    private WriteTraceCommand(String name, String description, Function<RecordedTrace, TraceOutput.Content> form) {
        this.form = form;
        spec = Koker.command(name, description, this::call);
        output = new Options(spec)
                .value("FILE", "Write to FILE (default: standard output).", Path::of, "-o", "--output");
        trace = TraceFiles.argument(spec, "0", "FILE", "What --trace has recorded.");
    }

    static WriteTraceCommand chrome() {
        return new WriteTraceCommand(
                "chrome",
                "Write a trace as JSON that ui.perfetto.dev and chrome://tracing load.",
                recorded -> new ChromeTrace(recorded)::write);
    }

    static WriteTraceCommand page() {
        return new WriteTraceCommand(
                "html",
                "Write a page on which the run can be played, step by step; it needs no network.",
                recorded -> new TracePage(recorded)::write);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        TraceOutput.write(output.get(), form.apply(trace.get()));
        return 0;
    }
}
