package koker.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.ArchiveFormat;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image save}. */
final class SaveCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("save", "Write images to one archive.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Path>> output =
            options.value("FILE", "Write to FILE (default: to standard output).", Path::of, "-o", "--output");
    private final Supplier<Optional<ArchiveFormat>> format = options.value(
            "FORMAT",
            "docker-archive (default), as docker save; or oci-archive, an OCI layout in a tar.",
            ArchiveFormat::parse,
            "--format");
    private final Supplier<List<String>> names = options.names("IMAGE", Options.IMAGE);

    SaveCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.archives().save(names.get(), output.get(), format.get().orElse(ArchiveFormat.DOCKER));
        return 0;
    }
}
