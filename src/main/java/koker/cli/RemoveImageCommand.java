package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import koker.kernel.KokerException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image rm}. */
final class RemoveImageCommand {
    private final Koker koker;
    private final CommandSpec spec;
    private final Supplier<Boolean> force;
    private final Supplier<List<String>> names;

    RemoveImageCommand(Koker koker, String name) {
        this.koker = koker;
        spec = Koker.command(name, "Remove images, and what no other image needs.", this::call);
        var options = new Options(spec);
        force = options.flag(
                "All names of an ID; and an image that containers use loses its name, and stays until they go.",
                "-f",
                "--force");
        names = options.names("IMAGE", Options.IMAGE);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var images = koker.images();
        var status = 0;
        for (var name : names.get()) {
            try {
                images.remove(name, force.get()).forEach(System.out::println);
            } catch (KokerException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
