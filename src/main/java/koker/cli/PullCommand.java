package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.image.ImageReference;
import koker.image.Platform;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image pull}. */
final class PullCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("pull", "Get an image from its registry.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Platform>> platform = options.value(
            "OS/ARCH[/VARIANT]",
            "The image for that platform (default: this machine's).",
            Platform::parse,
            "--platform");
    private final Supplier<Boolean> insecure =
            options.flag("Speak to the registry in the clear, which others can read and change.", "--insecure");
    private final PositionalParamSpec image = PositionalParamSpec.builder()
            .paramLabel("IMAGE")
            .arity("1")
            .required(true)
            .type(Object.class)
            .converters(Options.converter(ImageReference::parse))
            .description("Its name: alpine, host:5000/name:tag, name@sha256:...")
            .build();

    PullCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(image);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var pulled = koker.images().pull(image.getValue(), platform.get(), insecure.get());
        System.out.println(pulled.id());
        return 0;
    }
}
