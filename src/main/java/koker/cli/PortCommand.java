package koker.cli;

import java.util.function.Supplier;
import koker.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container port}. As no port can be published yet, there is none to be shown. */
final class PortCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("port", "Show which ports of the host lead to a container.", this::call);
    private final Supplier<String> container = new Options(spec).container();
    private final PositionalParamSpec port = Options.argument(
                    "1", "0..1", "PORT[/PROTOCOL]", "A port of the container (default: all).")
            .type(String.class)
            .build();

    PortCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(port);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var title = koker.containers().get(container.get()).title();
        String wanted = port.getValue();
        if (wanted == null) {
            return 0;
        }
        throw new EngineException("no port of the host leads to port "
                + (wanted.contains("/") ? wanted : wanted + "/tcp") + " of container " + title);
    }
}
