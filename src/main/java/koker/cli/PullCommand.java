package koker.cli;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.image.ImageReference;
import koker.image.Platform;
import koker.registry.Part;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

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
    private final Supplier<Boolean> insecure = options.insecure();
    private final Supplier<Boolean> dryRun =
            options.flag("Ask the registry what it would bring, show that, and change nothing.", "--dry-run");
    private final Supplier<Optional<String>> format = options.format();
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
        if (dryRun.get()) {
            print(koker.pulledImages().plan(image.getValue(), platform.get(), insecure.get()));
            return 0;
        }
        if (format.get().isPresent()) {
            throw new ParameterException(
                    spec.commandLine(), "--format says how --dry-run shows what it would bring, and needs that");
        }
        var pulled = koker.pulledImages().pull(image.getValue(), platform.get(), insecure.get());
        System.out.println(pulled.id());
        return 0;
    }

    private void print(List<Part> parts) {
        if (format.get().isPresent()) {
            for (var part : parts) {
                var json = new JsonObject();
                json.addProperty("kind", part.kind());
                json.addProperty("digest", part.blob().digest().toString());
                json.addProperty("size", part.blob().size());
                json.addProperty("here", part.isHere());
                System.out.println(json);
            }
            return;
        }
        var table = new Table("KIND", "DIGEST", "SIZE", "");
        for (var part : parts) {
            table.add(List.of(
                    part.kind(),
                    part.blob().digest().toString(),
                    HumanReadable.size(part.blob().size()),
                    part.isHere() ? "is here" : part.kind().equals("index") ? "is looked into" : "is brought"));
        }
        table.print(System.out);
    }
}
