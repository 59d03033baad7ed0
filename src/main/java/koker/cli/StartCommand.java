package koker.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.Containers;
import koker.engine.DetachKeys;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker container start}. */
final class StartCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("start", "Start containers that do not run.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> attach =
            options.flag("Stay, show what it writes, pass signals on, and exit as it does.", "-a", "--attach");
    private final Supplier<Boolean> interactive =
            options.flag("Stay, and pass standard input on, too.", "-i", "--interactive");
    private final Supplier<Optional<DetachKeys>> keys = options.value(
            "KEYS", "The keys that leave it (default: ctrl-p,ctrl-q).", DetachKeys::parse, "--detach-keys");
    private final Supplier<Boolean> boot = options.flag(
            "Start all that should run by their restart policy, and do not: for the start of the machine.", "--boot");
    private final PlanOptions plan = new PlanOptions(spec, options, false);
    private final Supplier<Optional<String>> container = options.optionalContainer();
    private final Supplier<List<String>> command = options.words(
            0, "COMMAND", "A command and its arguments, instead of its own, this once; or more containers.");

    StartCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage()
                .customSynopsis(
                        "koker container start [OPTIONS] CONTAINER [CONTAINER...]",
                        "   or: koker container start [OPTIONS] CONTAINER [--] COMMAND [ARG...]",
                        "   or: koker container start --boot")
                .footer(
                        "",
                        "What follows the first container are containers, too, if all of it names some; else a command.",
                        "With -a, -i or -- it is a command in any case.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.containers();
        var words = command.get();
        var plans = plan.isAsked();
        if (boot.get()) {
            if (container.get().isPresent() || attach.get() || interactive.get() || plans) {
                throw usage("--boot goes with no container, -a, -i or --dry-run");
            }
            return start(containers, koker.views().dueAtBoot());
        }
        var first = container.get().orElseThrow(() -> usage("Missing required parameter: 'CONTAINER'"));
        if (plans) {
            if (!words.isEmpty()) {
                throw usage("--dry-run takes one container, and no command for it");
            }
            plan.print(koker.plans().start(first));
            return 0;
        }
        var isCommand = !words.isEmpty() && words.getFirst().equals("--");
        var replacement = isCommand ? words.subList(1, words.size()) : words;
        if (attach.get() || interactive.get()) {
            return containers.startAttached(
                    first, replacement, interactive.get(), keys.get().orElseGet(DetachKeys::usual));
        }
        if (!words.isEmpty() && !isCommand && containers.areAll(words)) {
            var names = new ArrayList<>(List.of(first));
            names.addAll(words);
            return start(containers, names);
        }
        containers.start(first, replacement);
        System.out.println(first);
        return 0;
    }

    private int start(Containers containers, List<String> names) {
        return ContainerNames.each(names, name -> {
            containers.start(name, List.of());
            return name;
        });
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
