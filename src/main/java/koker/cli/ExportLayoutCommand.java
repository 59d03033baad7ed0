package koker.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image export-layout}. */
final class ExportLayoutCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("export-layout", "Copy an image to a folder that is an OCI layout.", this::call);
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .index("0")
            .paramLabel("IMAGE")
            .arity("1")
            .required(true)
            .type(String.class)
            .description("Name, name@digest, ID, or the beginning of an ID.")
            .build();
    private final PositionalParamSpec folder = PositionalParamSpec.builder()
            .index("1")
            .paramLabel("DIR")
            .arity("1")
            .required(true)
            .type(Object.class)
            .converters(Options.converter(Path::of))
            .description("The folder, which is made if it is missing; what an OCI layout has already stays.")
            .build();

    ExportLayoutCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(name);
        spec.addPositional(folder);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.archives().export(name.getValue(), folder.getValue());
        return 0;
    }
}
