package koker.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.LogOptions;
import koker.engine.TimePoint;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker container logs}. */
final class LogsCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("logs", "Print what a container has written, stdout and stderr to their own.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> follow =
            options.flag("And what it is going to write, until it ends.", "-f", "--follow");
    private final Supplier<Boolean> timestamps = options.flag("Each line with its time.", "-t", "--timestamps");
    private final Supplier<Optional<Instant>> since = options.value(
            "TIME", "Only from TIME on: 10m ago, 2026-01-31T12:00:00Z or seconds.", LogsCommand::time, "--since");
    private final Supplier<Optional<Instant>> until =
            options.value("TIME", "Only up to TIME.", LogsCommand::time, "--until");
    private final Supplier<Optional<Integer>> tail =
            options.value("N", "Only the last N lines, or all.", LogsCommand::lines, "-n", "--tail");
    private final Supplier<String> container = options.container();

    LogsCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var wanted = tail.get().filter(lines -> lines >= 0);
        koker.views()
                .logs(
                        container.get(),
                        new LogOptions(follow.get(), timestamps.get(), since.get(), until.get(), wanted),
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.err)));
        return 0;
    }

    private static Instant time(String text) {
        return TimePoint.parse(text, Instant.now());
    }

    private static int lines(String text) {
        if (text.equals("all")) {
            return -1;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException("'" + text + "' is no number of lines");
        }
        return Integer.parseInt(text);
    }
}
