package koker.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.Environment;
import koker.engine.ExecOptions;
import koker.engine.RunOptions;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container exec}. */
final class ExecCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("exec", "Run a further command in a container that runs.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> interactive = options.flag("Pass standard input on.", "-i", "--interactive");
    private final Supplier<Boolean> terminal = options.flag("Give the command a terminal.", "-t", "--tty");
    private final Supplier<Boolean> detach = options.flag("Do not wait for it.", "-d", "--detach");
    private final Supplier<List<List<String>>> environment = options.values(
            "NAME[=VALUE]",
            "Set an environment variable, or pass on the host's.",
            Environment::assignments,
            "-e",
            "--env");
    private final Supplier<List<List<String>>> environmentFiles = options.values(
            "FILE", "Set the variables in the lines of FILE.", file -> Environment.file(Path.of(file)), "--env-file");
    private final Supplier<Optional<String>> workdir =
            options.value("DIR", "Start in DIR (default: the container's).", RunOptions::workdir, "-w", "--workdir");
    private final Supplier<Optional<String>> user =
            options.value("USER[:GROUP]", "Run as USER, by name or number.", String::toString, "-u", "--user");
    private final Supplier<Boolean> privileged =
            options.flag("Give it all capabilities that koker has.", "--privileged");
    private final PlanOptions plan = new PlanOptions(spec, options, true);
    private final Supplier<String> container = options.container();
    private final Supplier<List<String>> command = options.words(1, "COMMAND", "The command and its arguments.");

    ExecCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage()
                .customSynopsis("koker container exec [OPTIONS] CONTAINER COMMAND [ARG...]")
                .footer(
                        "",
                        "Exit status: the command's own; 128+n if signal n ended it; 125 if koker failed;",
                        "126 if the command cannot be executed; 127 if it does not exist.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var variables = new ArrayList<String>();
        environmentFiles.get().forEach(variables::addAll);
        environment.get().forEach(variables::addAll);
        var exec = new ExecOptions(
                command.get(),
                interactive.get(),
                terminal.get(),
                detach.get(),
                variables,
                workdir.get(),
                user.get(),
                privileged.get());
        if (plan.isAsked()) {
            plan.print(koker.plans().exec(container.get(), exec));
            return 0;
        }
        if (plan.emit().isPresent()) {
            System.out.print(
                    koker.plans().emit(container.get(), exec, plan.emit().get()));
            return 0;
        }
        return koker.containers().exec(container.get(), exec);
    }
}
