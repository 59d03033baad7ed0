package koker.cli;

import java.util.function.Supplier;
import koker.image.ImageReference;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image tag}. */
final class TagImageCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("tag", "Give an image another name.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<String> source = options.word("0", "IMAGE", Options.IMAGE);
    private final Supplier<ImageReference> name = options.argument(
            "1", "NAME[:TAG]", "The new name; an image that has it already loses it.", ImageReference::parse);

    TagImageCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.images().tag(source.get(), name.get());
        return 0;
    }
}
