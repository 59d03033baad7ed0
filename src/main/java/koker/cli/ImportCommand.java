package koker.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.ConfigChange;
import koker.image.ImageReference;
import koker.image.Platform;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image import}. */
final class ImportCommand {
    private static final String STANDARD_INPUT = "-";

    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("import", "Make an image of a root file system in a tar.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<List<ConfigChange>> changes = options.values(
            "INSTRUCTION",
            "Change its configuration as a Dockerfile does: 'CMD [\"sh\"]', 'ENV A=b'.",
            ConfigChange::parse,
            "-c",
            "--change");
    private final Supplier<Optional<String>> message =
            options.value("TEXT", "Say in its history where it is from.", String::toString, "-m", "--message");
    private final Supplier<Optional<Platform>> platform = options.value(
            "OS/ARCH[/VARIANT]", "What it is for (default: this machine).", Platform::parse, "--platform");
    private final PositionalParamSpec file = PositionalParamSpec.builder()
            .index("0")
            .paramLabel("FILE|-")
            .arity("1")
            .required(true)
            .type(String.class)
            .description("The tar, which may be compressed with gzip or zstd; - is standard input.")
            .build();
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .index("1")
            .paramLabel("NAME[:TAG]")
            .arity("0..1")
            .type(Object.class)
            .converters(Options.converter(ImageReference::parse))
            .description("What to call the image (default: it has no name).")
            .build();

    ImportCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(file);
        spec.addPositional(name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        String from = file.getValue();
        var id = koker.archives()
                .importRoot(
                        from.equals(STANDARD_INPUT) ? Optional.empty() : Optional.of(Path.of(from)),
                        Optional.ofNullable(name.getValue()),
                        changes.get(),
                        message.get(),
                        platform.get());
        System.out.println(id);
        return 0;
    }
}
