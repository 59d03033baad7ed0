package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import koker.engine.EngineException;
import koker.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image rm}. */
final class RemoveImageCommand {
    private final Koker koker;
    private final CommandSpec spec;
    private final Supplier<Boolean> force;
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("IMAGE")
            .arity("1..*")
            .required(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, name@digest, ID, or the beginning of an ID.")
            .build();

    RemoveImageCommand(Koker koker, String name) {
        this.koker = koker;
        spec = Koker.command(name, "Remove images, and what no other image needs.", this::call);
        force = new Options(spec)
                .flag(
                        "All names of an ID; and an image that containers use loses its name, and stays until they go.",
                        "-f",
                        "--force");
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var images = koker.images();
        var status = 0;
        for (var name : names.<List<String>>getValue()) {
            try {
                images.remove(name, force.get()).forEach(System.out::println);
            } catch (EngineException | ImageException e) {
                System.err.println("koker: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }
}
