package koker.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.ArchiveFormat;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

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
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("IMAGE")
            .arity("1..*")
            .required(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, name@digest, ID, or the beginning of an ID.")
            .build();

    SaveCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.archives().save(names.getValue(), output.get(), format.get().orElse(ArchiveFormat.DOCKER));
        return 0;
    }
}
