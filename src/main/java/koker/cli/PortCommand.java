package koker.cli;

import java.util.function.Supplier;
import koker.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container port}. */
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
        var all = koker.views().get(container.get()).ports();
        String wanted = port.getValue();
        if (wanted == null) {
            all.forEach(each -> System.out.println(each.inside() + " -> " + each.outside()));
            return 0;
        }
        var inside = wanted.contains("/") ? wanted : wanted + "/tcp";
        var found = all.stream().filter(each -> each.inside().equals(inside)).toList();
        if (found.isEmpty()) {
            throw new EngineException("no port of the host leads to port " + inside + " of container " + container.get()
                    + "; see: koker container port " + container.get());
        }
        found.forEach(each -> System.out.println(each.outside()));
        return 0;
    }
}
