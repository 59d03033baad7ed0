package koker.cli;

import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image export-layout}. */
final class ExportLayoutCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("export-layout", "Copy an image to a folder that is an OCI layout.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<String> name = options.word("0", "IMAGE", Options.IMAGE);
    private final Supplier<Path> folder = options.argument(
            "1", "DIR", "The folder, which is made if it is missing; what an OCI layout has already stays.", Path::of);

    ExportLayoutCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.archives().export(name.get(), folder.get());
        return 0;
    }
}
