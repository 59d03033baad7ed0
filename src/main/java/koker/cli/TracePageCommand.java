package koker.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import koker.trace.RecordedTrace;
import koker.trace.TraceOutput;
import koker.trace.TracePage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker trace html}. */
final class TracePageCommand {
    private final CommandSpec spec = Koker.command(
            "html", "Write a page on which the run can be played, step by step; it needs no network.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Path>> output =
            options.value("FILE", "Write to FILE (default: standard output).", Path::of, "-o", "--output");
    private final Supplier<RecordedTrace> trace = TraceFiles.argument(spec, "0", "FILE", "What --trace has recorded.");

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        TraceOutput.write(output.get(), new TracePage(trace.get())::write);
        return 0;
    }
}
