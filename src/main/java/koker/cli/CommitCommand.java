package koker.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.CommitOptions;
import koker.engine.ConfigChange;
import koker.image.ImageReference;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container commit}. */
final class CommitCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("commit", "Make an image of a container, and print the image's ID.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<String>> author =
            options.value("TEXT", "Say who it is by: 'Ada <ada@example.com>'.", String::toString, "-a", "--author");
    private final Supplier<Optional<String>> message =
            options.value("TEXT", "Say in its history what it is.", String::toString, "-m", "--message");
    private final Supplier<List<ConfigChange>> changes = options.values(
            "INSTRUCTION",
            "Change its configuration as a Dockerfile does: 'CMD [\"sh\"]', 'ENV A=b'.",
            ConfigChange::parse,
            "-c",
            "--change");
    private final Supplier<Optional<Boolean>> pause =
            options.choice("Whether the container stands still meanwhile (default: true).", "-p", "--pause");
    private final Supplier<String> container = options.container();
    private final PositionalParamSpec name = Options.argument(
                    "1", "0..1", "NAME[:TAG]", "What to call the image (default: it has no name).")
            .type(Object.class)
            .converters(Options.converter(CommitCommand::name))
            .build();

    CommitCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var commit = new CommitOptions(
                Optional.ofNullable(name.getValue()),
                author.get(),
                message.get(),
                changes.get(),
                pause.get().orElse(true));
        System.out.println(koker.contents().commit(container.get(), koker.archives(), commit));
        return 0;
    }

    private static ImageReference name(String text) {
        var name = ImageReference.parse(text);
        if (name.digest().isPresent()) {
            throw new IllegalArgumentException("'" + text + "' has a digest; give a name and a tag alone");
        }
        return name;
    }
}
