package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container top}. */
final class TopCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("top", "Show a container's processes, as ps does.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<String> container = options.container();
    private final Supplier<List<String>> words =
            options.words(0, "OPTION", "Options of ps (default: -ef); -o must name pid.");

    TopCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage().customSynopsis("koker container top CONTAINER [PS OPTION...]");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.views().top(container.get(), words.get()).forEach(System.out::println);
        return 0;
    }
}
