package koker.cli;

import koker.image.ImageReference;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image tag}. */
final class TagImageCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("tag", "Give an image another name.", this::call);
    private final PositionalParamSpec source = PositionalParamSpec.builder()
            .index("0")
            .paramLabel("IMAGE")
            .arity("1")
            .required(true)
            .type(String.class)
            .description("Name, name@digest, ID, or the beginning of an ID.")
            .build();
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .index("1")
            .paramLabel("NAME[:TAG]")
            .arity("1")
            .required(true)
            .type(Object.class)
            .converters(Options.converter(ImageReference::parse))
            .description("The new name; an image that has it already loses it.")
            .build();

    TagImageCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(source);
        spec.addPositional(name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.images().tag(source.getValue(), name.getValue());
        return 0;
    }
}
