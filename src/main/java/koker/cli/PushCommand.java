package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.image.ImageReference;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image push}. */
final class PushCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("push", "Bring an image to a registry.", this::call);
    private final Supplier<Boolean> insecure = new Options(spec).insecure();
    private final PositionalParamSpec image = PositionalParamSpec.builder()
            .paramLabel("IMAGE")
            .index("0")
            .arity("1")
            .required(true)
            .type(String.class)
            .description("Its name, or ID.")
            .build();
    private final PositionalParamSpec destination = PositionalParamSpec.builder()
            .paramLabel("DESTINATION")
            .index("1")
            .arity("0..1")
            .type(String.class)
            .description("Where to: host:5000/name:tag (default: what the image's name says).")
            .build();

    PushCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(image);
        spec.addPositional(destination);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var pushed = koker.registries()
                .push(
                        image.getValue(),
                        Optional.ofNullable(destination.<String>getValue()).map(ImageReference::parse),
                        insecure.get());
        var manifest = pushed.manifest();
        System.out.println(pushed.name().tag().map(tag -> tag + ": ").orElse("") + "digest: " + manifest.digest()
                + " size: " + manifest.size());
        return 0;
    }
}
