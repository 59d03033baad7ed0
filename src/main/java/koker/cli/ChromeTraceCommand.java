package koker.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import koker.trace.ChromeTrace;
import koker.trace.RecordedTrace;
import koker.trace.TraceOutput;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker trace chrome}. */
final class ChromeTraceCommand {
    private final CommandSpec spec = Koker.command(
            "chrome", "Write a trace as JSON that ui.perfetto.dev and chrome://tracing load.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Path>> output =
            options.value("FILE", "Write to FILE (default: standard output).", Path::of, "-o", "--output");
    private final Supplier<RecordedTrace> trace = TraceFiles.argument(spec, "0", "FILE", "What --trace has recorded.");

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        TraceOutput.write(output.get(), new ChromeTrace(trace.get())::write);
        return 0;
    }
}
