package koker.cli;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import koker.engine.Archives;
import koker.engine.ContainerContents;
import koker.engine.ContainerViews;
import koker.engine.Containers;
import koker.engine.EngineException;
import koker.engine.HealthChecker;
import koker.engine.Home;
import koker.engine.HostDescription;
import koker.engine.Household;
import koker.engine.ImageCatalog;
import koker.engine.Images;
import koker.engine.Networks;
import koker.engine.Plans;
import koker.engine.Registries;
import koker.image.UnpackLimits;
import koker.kernel.KokerException;
import koker.plan.Lens;
import koker.plan.StepException;
import koker.trace.Recording;
import koker.trace.Trace;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code koker} itself: the options that hold for all commands, and what is said when one fails. */
public final class Koker {
    /** What this is. */
    public static final String VERSION = "koker 0.1.0";

    private static final int WIDTH = 100;
    private static final int LONG_OPTIONS = 30;

    private final CommandSpec spec = group("koker", "Run containers, and see every system call that makes them.");
    private final Options options = new Options(spec);
    private final Supplier<Boolean> debug =
            options.flag("Show every system call, with its arguments, result and time.", "-D", "--debug");
    private final Supplier<Boolean> quiet = options.flag("Say nothing but errors.", "-q", "--quiet");
    private final Supplier<Optional<Path>> root =
            options.value("DIR", "Keep images and containers in DIR (default: /var/lib/koker).", Path::of, "--root");

    private final Supplier<Optional<UnpackLimits>> unpackLimit = options.value(
            "LIMIT",
            "Unpack no layer with more bytes, bytes for each compressed one, or entries"
                    + " (default: size=64g,ratio=200,entries=2000000).",
            UnpackLimits::parse,
            "--unpack-limit");

    private final Supplier<Optional<Path>> recorded =
            options.value("FILE", "Record what happens in FILE, for: koker trace.", Path::of, "--trace");

    private final LensOptions lens = new LensOptions();
    private List<String> arguments = List.of();
    private Optional<Recording> recording = Optional.empty();
    private Optional<Throwable> failure = Optional.empty();
    private Optional<Household> household = Optional.empty();

    /** The command line, with all commands, as picocli knows it; man pages and shell completion are made from it. */
    public CommandLine commandLine() {
        return commandLine(List.of());
    }

    /** The command line, with all commands or just the one that is {@code called}: each takes a millisecond to declare. */
    private CommandLine commandLine(List<String> called) {
        spec.addOption(OptionSpec.builder("--version")
                .versionHelp(true)
                .type(boolean.class)
                .arity("0")
                .description("Show the version.")
                .build());
        spec.version(VERSION);
        spec.usageMessage().footer("", "Try: koker -D run -it busybox sh");
        lens.declare(spec);
        new Commands(this).declare(spec, called);
        return new CommandLine(spec)
                .setParameterExceptionHandler((e, _) -> usage(e))
                .setExecutionExceptionHandler((e, _, _) -> fail(e));
    }

    /** Runs the command that {@code args} name, and returns its exit status. */
    public int execute(String... args) {
        // The one thing that needs no parser is also the one that scripts ask for most.
        if (args.length == 1 && args[0].equals("--version")) {
            System.out.println(VERSION);
            return 0;
        }
        arguments = List.of(args);
        var status = run(args);
        recording
                .flatMap(
                        file -> file.end(status, failure.map(Koker::message), failure.flatMap(StepException::recorded)))
                .ifPresent(this::warn);
        return status;
    }

    private int run(String... args) {
        try {
            var status = commandLine(Commands.called(args)).execute(args);
            if (failure.isEmpty()) {
                lens.disappointments().forEach(this::warn);
            }
            return status;
        } catch (Error e) {
            return fail(e);
        }
    }

    /** Ends this process with {@code status}, at once: there is nothing to shut down. */
    public void exit(int status) {
        if (household.isPresent()) {
            household.get().exit(status);
        }
        // Not System.exit, which first loads what logs that it is called.
        Runtime.getRuntime().halt(status);
    }

    /** The options on how steps are looked at. */
    LensOptions lens() {
        return lens;
    }

    /** The containers that the options choose. */
    Containers containers() {
        return new Containers(household(), embedded(), limits());
    }

    /** What would be done with them. */
    Plans plans() {
        return new Plans(household(), embedded());
    }

    /** The same, as one looks at them. */
    ContainerViews views() {
        return new ContainerViews(household());
    }

    /** What is in the roots of the containers. */
    ContainerContents contents() {
        return new ContainerContents(household());
    }

    /** Whether they are well. */
    HealthChecker health() {
        return new HealthChecker(household());
    }

    /** This host, and what is on it. */
    JsonObject description() {
        return HostDescription.of(household(), catalog().summaries(List.of()), version());
    }

    /** Which koker this is. */
    static String version() {
        return VERSION.substring(VERSION.indexOf(' ') + 1);
    }

    private Household household() {
        if (household.isEmpty()) {
            var trace = trace();
            household = Optional.of(new Household(home(), trace, lens.lens(trace)));
        }
        return household.get();
    }

    /** The networks that the options choose. */
    Networks networks() {
        var trace = trace();
        return new Networks(home(), trace, lens.lens(trace));
    }

    /** The images that the options choose. */
    Images images() {
        lens.refuse();
        return new Images(home(), trace(), embedded(), limits(), Lens.CLEAR);
    }

    /** The same, to be brought here by steps that can be looked at. */
    Images pulledImages() {
        var trace = trace();
        return new Images(home(), trace, embedded(), limits(), lens.lens(trace));
    }

    /** The registries, as this machine and its user reach them. */
    Registries registries() {
        lens.refuse();
        return new Registries(home(), trace(), embedded());
    }

    /** What there is to say of the images that the options choose. */
    ImageCatalog catalog() {
        lens.refuse();
        return new ImageCatalog(home(), trace(), embedded());
    }

    /** The archives of images that the options choose. */
    Archives archives() {
        lens.refuse();
        return new Archives(home(), trace(), embedded(), limits());
    }

    private Home home() {
        return Home.at(root.get().orElse(Path.of("/var/lib/koker")));
    }

    private UnpackLimits limits() {
        return unpackLimit.get().orElse(UnpackLimits.DEFAULT);
    }

    private Trace trace() {
        if (quiet.get() && (debug.get() || lens.explain())) {
            throw new EngineException((debug.get() ? "--debug" : "--explain") + " and --quiet exclude each other");
        }
        // Before anything else is done; commands that only look at files never come here.
        if (recording.isEmpty() && recorded.get().isPresent()) {
            var command = new ArrayList<>(arguments);
            command.addFirst("koker");
            recording = Optional.of(Recording.begin(recorded.get().get(), VERSION, command));
        }
        return new Trace(detail(), recording);
    }

    private Trace.Detail detail() {
        if (lens.explain()) {
            return Trace.Detail.EXPLAINED;
        }
        return debug.get() ? Trace.Detail.DEBUG : quiet.get() ? Trace.Detail.QUIET : Trace.Detail.STORY;
    }

    private static Optional<Path> embedded() {
        return Optional.ofNullable(System.getProperty("koker.home")).map(home -> Path.of(home, "images"));
    }

    /** Says what the user should know, though koker goes on. */
    void warn(String message) {
        if (!quiet.get()) {
            System.err.println("koker: " + message);
        }
    }

    /** A command as all of koker's look, which does {@code action} and exits with the status that it returns. */
    static CommandSpec command(String name, String description, Callable<Integer> action) {
        var spec = CommandSpec.wrapWithoutInspection(action).name(name);
        spec.usageMessage()
                .description(description)
                .width(WIDTH)
                .longOptionsMaxWidth(LONG_OPTIONS)
                .sortOptions(false)
                .synopsisSubcommandLabel("COMMAND")
                .commandListHeading("%nCommands:%n")
                .parameterListHeading("%n")
                .optionListHeading("%nOptions:%n");
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .type(boolean.class)
                .arity("0")
                .description("Show this help.")
                .build());
        return spec;
    }

    /** A command that only has commands below it. */
    static CommandSpec group(String name, String description) {
        return command(name, description, () -> {
            throw new EngineException("which command? See: koker --help");
        });
    }

    private static int usage(ParameterException e) {
        var command = e.getCommandLine().getCommandSpec();
        var message = oneLine(e.getMessage());
        if (e instanceof UnmatchedArgumentException unknown
                && !command.subcommands().isEmpty()) {
            var word = unknown.getUnmatched().getFirst();
            message = word.startsWith("-") ? message : "there is no command '" + word + "'";
        }
        if (e instanceof UnmatchedArgumentException unknown
                && unknown.getUnmatched().getFirst().startsWith("--emit")) {
            message = "--emit writes down what run and exec do, and nothing of what needs koker's own files;"
                    + " use it with run, or look at the steps by --dry-run";
        }
        System.err.println("koker: " + message + "; see: " + command.qualifiedName() + " --help");
        return EngineException.FAILED;
    }

    private int fail(Throwable e) {
        failure = Optional.of(e);
        System.err.println("koker: " + message(e));
        if (debug.get() && !(e instanceof KokerException)) {
            e.printStackTrace();
        }
        return e instanceof EngineException failure ? failure.status() : EngineException.FAILED;
    }

    private static String message(Throwable e) {
        return oneLine(e.getMessage() == null ? e.toString() : e.getMessage());
    }

    private static String oneLine(String message) {
        return message.strip().replace("\n", " ");
    }
}
