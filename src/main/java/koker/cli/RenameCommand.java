package koker.cli;

import java.util.function.Supplier;
import koker.engine.RunOptions;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container rename}. */
final class RenameCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("rename", "Give a container another name.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<String> container = options.container();
    private final Supplier<String> name = options.argument("1", "NAME", "Its new name.", RunOptions::name);

    RenameCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.containers().rename(container.get(), name.get());
        return 0;
    }
}
