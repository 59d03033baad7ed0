package koker.cli;

import java.util.function.Supplier;
import koker.engine.CopyOptions;
import koker.engine.CopyPath;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container cp}. */
final class CopyCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("cp", "Copy files from a container to the host, or the other way round.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> archive =
            options.flag("Keep owners and groups, by number (default: all is root's).", "-a", "--archive");
    private final Supplier<Boolean> followLink =
            options.flag("If SOURCE is a symbolic link, copy what it leads to.", "-L", "--follow-link");
    private final Supplier<Boolean> quiet = options.flag("Do not say how much was copied.", "-q", "--quiet");
    private final PositionalParamSpec source = path("0", "SOURCE", "CONTAINER:PATH, PATH, or - for a tar to be read.");
    private final PositionalParamSpec target =
            path("1", "TARGET", "PATH, CONTAINER:PATH, or - to write a tar. SOURCE/. copies what is in a folder.");

    CopyCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(source);
        spec.addPositional(target);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        koker.contents()
                .copy(new CopyOptions(
                        source.getValue(), target.getValue(), archive.get(), followLink.get(), quiet.get()));
        return 0;
    }

    private static PositionalParamSpec path(String index, String label, String description) {
        return Options.argument(index, "1", label, description)
                .type(Object.class)
                .converters(Options.converter(CopyPath::parse))
                .build();
    }
}
