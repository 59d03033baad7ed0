package koker.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container export}. */
final class ExportCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("export", "Write the files of a container, without its volumes, to a tar.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Path>> output =
            options.value("FILE", "Write to FILE (default: to standard output).", Path::of, "-o", "--output");
    private final Supplier<String> container = options.container();

    ExportCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.contents().export(container.get(), output.get());
        return 0;
    }
}
