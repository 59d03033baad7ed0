package koker.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import koker.cgroup.CgroupException;
import koker.engine.Archives;
import koker.engine.Containers;
import koker.engine.EngineException;
import koker.engine.Home;
import koker.engine.ImageCatalog;
import koker.engine.Images;
import koker.image.ImageException;
import koker.kernel.KernelException;
import koker.registry.RegistryException;
import koker.spec.SpecException;
import koker.trace.Trace;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The command {@code koker} itself: the options that hold for all commands, and what is said when one fails. */
public final class Koker {
    private static final String VERSION = "koker 0.1.0";
    private static final List<String> COMMANDS =
            List.of("container", "image", "run", "pull", "images", "rmi", "tag", "history", "save", "load", "import");
    private static final List<String> IMAGE_COMMANDS = List.of(
            "pull", "ls", "rm", "inspect", "history", "tag", "save", "load", "import", "export-layout", "prune", "du");
    private static final int WIDTH = 100;
    private static final int LONG_OPTIONS = 30;

    private final CommandSpec spec = group("koker", "Run containers, and see every system call that makes them.");
    private final Options options = new Options(spec);
    private final Supplier<Boolean> debug =
            options.flag("Show every system call, with its arguments, result and time.", "-D", "--debug");
    private final Supplier<Boolean> quiet = options.flag("Say nothing but errors.", "-q", "--quiet");
    private final Supplier<Optional<Path>> root =
            options.value("DIR", "Keep images and containers in DIR (default: /var/lib/koker).", Path::of, "--root");

    private Optional<Containers> containers = Optional.empty();

    /** The command line, with all commands. */
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
        for (var name : called.isEmpty() ? COMMANDS : called.subList(0, 1)) {
            spec.addSubcommand(name, command(name, called));
        }
        return new CommandLine(spec)
                .setParameterExceptionHandler((e, _) -> usage(e))
                .setExecutionExceptionHandler((e, _, _) -> fail(e));
    }

    private CommandSpec command(String name, List<String> called) {
        return switch (name) {
            case "container" -> containerCommands();
            case "image" -> imageCommands(called);
            case "run" -> new RunCommand(this).spec();
            default -> imageCommand(name);
        };
    }

    private CommandSpec imageCommands(List<String> called) {
        var image = group("image", "Get, list, show, keep and remove images.");
        image.aliases("i");
        for (var name : called.size() < 2 ? IMAGE_COMMANDS : called.subList(1, 2)) {
            image.addSubcommand(name, imageCommand(name));
        }
        return image;
    }

    /** A command of {@code koker image}, or its short form, under the name it has there. */
    private CommandSpec imageCommand(String name) {
        return switch (name) {
            case "pull" -> new PullCommand(this).spec();
            case "ls", "images" -> new ListImagesCommand(this, name).spec();
            case "rm", "rmi" -> new RemoveImageCommand(this, name).spec();
            case "inspect" -> new InspectImageCommand(this).spec();
            case "history" -> new HistoryCommand(this).spec();
            case "tag" -> new TagImageCommand(this).spec();
            case "save" -> new SaveCommand(this).spec();
            case "load" -> new LoadCommand(this).spec();
            case "import" -> new ImportCommand(this).spec();
            case "prune" -> new PruneImagesCommand(this).spec();
            case "du" -> new DiskUsageCommand(this).spec();
            case "export-layout" -> new ExportLayoutCommand(this).spec();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private CommandSpec containerCommands() {
        var container = group("container", "Run and remove containers.");
        container.aliases("c");
        container.addSubcommand("run", new RunCommand(this).spec());
        container.addSubcommand("rm", new RemoveCommand(this).spec());
        return container;
    }

    /** The command that {@code args} call, in one or two words; empty if it is an unknown one. */
    private static List<String> called(String... args) {
        var words = new ArrayList<String>();
        for (var i = 0; i < args.length && words.size() < 2; i++) {
            if (args[i].equals("--root")) {
                i++; // its value is no command
            } else if (!args[i].startsWith("-")) {
                words.add(args[i]);
            }
        }
        if (!words.isEmpty()) {
            words.set(
                    0,
                    switch (words.getFirst()) {
                        case "i" -> "image";
                        case "c" -> "container";
                        default -> words.getFirst();
                    });
        }
        if (words.isEmpty() || !COMMANDS.contains(words.getFirst())) {
            return List.of();
        }
        return words.getFirst().equals("image") && words.size() == 2 && IMAGE_COMMANDS.contains(words.get(1))
                ? words
                : words.subList(0, 1);
    }

    /** Runs the command that {@code args} name, and returns its exit status. */
    public int execute(String... args) {
        // The one thing that needs no parser is also the one that scripts ask for most.
        if (args.length == 1 && args[0].equals("--version")) {
            System.out.println(VERSION);
            return 0;
        }
        try {
            return commandLine(called(args)).execute(args);
        } catch (Error e) {
            return fail(e);
        }
    }

    /** Ends this process with {@code status}, at once: there is nothing to shut down. */
    public void exit(int status) {
        if (containers.isPresent()) {
            containers.get().exit(status);
        }
        // Not System.exit, which first loads what logs that it is called.
        Runtime.getRuntime().halt(status);
    }

    /** The containers that the options choose. */
    Containers containers() {
        var opened = new Containers(home(), trace(), embedded());
        containers = Optional.of(opened);
        return opened;
    }

    /** The images that the options choose. */
    Images images() {
        return new Images(home(), trace(), embedded());
    }

    /** What there is to say of the images that the options choose. */
    ImageCatalog catalog() {
        return new ImageCatalog(home(), trace(), embedded());
    }

    /** The archives of images that the options choose. */
    Archives archives() {
        return new Archives(home(), trace(), embedded());
    }

    private Home home() {
        return Home.at(root.get().orElse(Path.of("/var/lib/koker")));
    }

    private Trace trace() {
        if (debug.get() && quiet.get()) {
            throw new EngineException("--debug and --quiet exclude each other");
        }
        return new Trace(debug.get() ? Trace.Detail.DEBUG : quiet.get() ? Trace.Detail.QUIET : Trace.Detail.STORY);
    }

    private static Optional<Path> embedded() {
        return Optional.ofNullable(System.getProperty("koker.home")).map(home -> Path.of(home, "images"));
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
    private static CommandSpec group(String name, String description) {
        return command(name, description, () -> {
            throw new EngineException("which command? See: koker --help");
        });
    }

    private static int usage(ParameterException e) {
        var command = e.getCommandLine().getCommandSpec().qualifiedName();
        System.err.println("koker: " + oneLine(e.getMessage()) + "; see: " + command + " --help");
        return EngineException.FAILED;
    }

    private int fail(Throwable e) {
        System.err.println("koker: " + oneLine(e.getMessage() == null ? e.toString() : e.getMessage()));
        var expected = e instanceof EngineException
                || e instanceof ImageException
                || e instanceof RegistryException
                || e instanceof SpecException
                || e instanceof CgroupException
                || e instanceof KernelException;
        if (debug.get() && !expected) {
            e.printStackTrace();
        }
        return e instanceof EngineException failure ? failure.status() : EngineException.FAILED;
    }

    private static String oneLine(String message) {
        return message.strip().replace("\n", " ");
    }
}
