package koker.cli;

import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker inspect}. */
final class InspectCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("inspect", "Show all that is known of containers, images and networks.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Kind>> kind = options.value(
            "container|image|network",
            "What the names are those of (default: the first of these that there is).",
            Kind::parse,
            "--type");
    private final Inspection inspection = new Inspection(options, "NAME", "Of a container, an image or a network.");

    InspectCommand(Koker koker) {
        this.koker = koker;
    }

    /** What can be inspected. */
    private enum Kind {
        CONTAINER,
        IMAGE,
        NETWORK;

        static Kind parse(String text) {
            for (var kind : values()) {
                if (kind.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("'" + text + "' is none of container, image and network");
        }
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        return inspection.show(this::look);
    }

    private JsonObject look(String name) {
        return switch (kind.get().isPresent() ? kind.get().get() : kind(name)) {
            case CONTAINER -> koker.views().inspect(name);
            case IMAGE -> koker.catalog().describe(name);
            case NETWORK -> koker.networks().inspect(name);
        };
    }

    private Kind kind(String name) {
        if (koker.views().has(name)) {
            return Kind.CONTAINER;
        }
        if (koker.catalog().has(name)) {
            return Kind.IMAGE;
        }
        if (koker.networks().has(name)) {
            return Kind.NETWORK;
        }
        throw new EngineException(
                "no container, image or network '" + name + "'; see: koker ps -a, koker image ls, koker network ls");
    }
}
