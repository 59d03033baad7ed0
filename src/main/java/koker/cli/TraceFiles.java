package koker.cli;

import java.nio.file.Path;
import java.util.function.Supplier;
import koker.trace.RecordedTrace;
import picocli.CommandLine.Model.CommandSpec;

/** The arguments that name recordings. */
final class TraceFiles {
    private TraceFiles() {}

    /** A recording, which is the argument at {@code index}; it is read when it is asked for. */
    static Supplier<RecordedTrace> argument(CommandSpec spec, String index, String label, String description) {
        var argument = Options.argument(index, "1", label, description)
                .type(String.class)
                .build();
        spec.addPositional(argument);
        return () -> RecordedTrace.read(Path.of(argument.<String>getValue()));
    }
}
