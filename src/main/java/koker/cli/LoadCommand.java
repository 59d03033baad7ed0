package koker.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image load}. */
final class LoadCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command(
            "load", "Read images from an archive: of docker save, or an OCI layout in a tar.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Path>> input = options.value(
            "FILE",
            "Read FILE, which may be compressed with gzip or zstd (default: standard input).",
            Path::of,
            "-i",
            "--input");
    private final Supplier<Boolean> quiet = options.flag("Do not say what was loaded.", "-q", "--quiet");

    LoadCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        for (var image : koker.archives().load(input.get())) {
            if (!quiet.get()) {
                System.out.println(
                        image.startsWith("sha256:") ? "Loaded image ID: " + image : "Loaded image: " + image);
            }
        }
        return 0;
    }
}
