package koker.cli;

import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.DetachKeys;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container attach}. */
final class AttachCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("attach", "Stay with a container that runs in the background, until it ends.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> noInput = options.flag("Do not pass standard input on.", "--no-stdin");
    private final Supplier<Optional<Boolean>> passSignals =
            options.value("true|false", "Pass signals on (default: true).", Boolean::valueOf, "--sig-proxy");
    private final Supplier<Optional<DetachKeys>> keys = options.value(
            "KEYS", "The keys that leave it (default: ctrl-p,ctrl-q).", DetachKeys::parse, "--detach-keys");
    private final Supplier<String> container = options.container();

    AttachCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        return koker.containers()
                .attach(
                        container.get(),
                        !noInput.get(),
                        keys.get().orElseGet(DetachKeys::usual),
                        passSignals.get().orElse(true));
    }
}
