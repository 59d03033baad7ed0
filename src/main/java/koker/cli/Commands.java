package koker.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/** Which commands there are: those on containers, on images, on networks, on recordings and on whatever there is, and the short forms that users know. */
final class Commands {
    private static final List<String> CONTAINER = List.of(
            "run",
            "create",
            "start",
            "stop",
            "restart",
            "kill",
            "pause",
            "unpause",
            "wait",
            "exec",
            "attach",
            "logs",
            "ls",
            "inspect",
            "port",
            "top",
            "stats",
            "rename",
            "update",
            "cp",
            "diff",
            "export",
            "commit",
            "rm",
            "prune",
            "healthcheck",
            "finish");
    private static final List<String> IMAGE = List.of(
            "pull",
            "push",
            "ls",
            "rm",
            "inspect",
            "history",
            "tag",
            "save",
            "load",
            "import",
            "export-layout",
            "prune",
            "du",
            "login",
            "logout",
            "search-tags");
    private static final List<String> NETWORK =
            List.of("create", "ls", "inspect", "connect", "disconnect", "reload", "rm", "prune");
    private static final List<String> TRACE = List.of("show", "diff", "chrome", "html");
    private static final List<String> SHORT_CONTAINER = List.of(
            "run", "create", "start", "stop", "restart", "kill", "pause", "unpause", "wait", "exec", "attach", "logs",
            "ps", "port", "top", "stats", "rename", "update", "cp", "diff", "export", "commit", "rm");
    private static final List<String> SHORT_IMAGE =
            List.of("pull", "push", "images", "rmi", "tag", "history", "save", "load", "import", "login", "logout");

    /** Those that are about koker itself, or about whatever there is. */
    private static final List<String> OTHERS = List.of("inspect", "info", "version", "explain");

    /** Commands that make no steps to look at, but show what is there. */
    private static final List<String> SHOWING = List.of(
            "ls",
            "ps",
            "images",
            "inspect",
            "port",
            "top",
            "stats",
            "history",
            "du",
            "logs",
            "diff",
            "show",
            "chrome",
            "html",
            "wait",
            "search-tags",
            "login",
            "logout",
            "finish");

    private final Koker koker;

    Commands(Koker koker) {
        this.koker = koker;
    }

    /**
     * The command that {@code args} call, and the one below it: all that needs to be declared. None if the first word is no command.
     */
    static List<String> called(String... args) {
        var words = new ArrayList<String>();
        for (var i = 0; i < args.length && words.size() < 2; i++) {
            if (Oci.VALUED.contains(args[i])) {
                i++; // its value is no command
            } else if (!args[i].startsWith("-")) {
                words.add(args[i]);
            }
        }
        if (words.isEmpty()) {
            return words;
        }
        var first =
                switch (words.getFirst()) {
                    case "c" -> "container";
                    case "i" -> "image";
                    default -> words.getFirst();
                };
        var below = below(first);
        if (words.size() == 2 && below.contains(words.getLast())) {
            return List.of(first, words.getLast());
        }
        var known = !below.isEmpty()
                || OTHERS.contains(first)
                || SHORT_CONTAINER.contains(first)
                || SHORT_IMAGE.contains(first);
        return known ? List.of(first) : List.of();
    }

    /** Declares the command that is {@code called}, or all of them: each takes a millisecond. */
    void declare(CommandSpec spec, List<String> called) {
        var first = called.isEmpty() ? "" : called.getFirst();
        if (first.isEmpty() || first.equals("container")) {
            var group = Koker.group("container", "Run containers, and all that one does with them.");
            group.aliases("c");
            declare(group, called, this::container);
            spec.addSubcommand("container", group);
        }
        if (first.isEmpty() || first.equals("image")) {
            var group = Koker.group("image", "Get, list, show, keep and remove images.");
            group.aliases("i");
            declare(group, called, this::image);
            spec.addSubcommand("image", group);
        }
        if (first.isEmpty() || first.equals("network")) {
            var group = Koker.group(
                    "network", "Make, list, show and remove networks of containers, and connect containers to them.");
            declare(group, called, this::network);
            spec.addSubcommand("network", group);
        }
        if (first.isEmpty() || first.equals("trace")) {
            var group = Koker.group("trace", "Look at what --trace has recorded.");
            declare(group, called, Commands::trace);
            spec.addSubcommand("trace", group);
        }
        if (first.isEmpty()) {
            spec.addSubcommand("oci", OciCommands.spec());
        }
        for (var name : OTHERS) {
            if (first.isEmpty() || first.equals(name)) {
                spec.addSubcommand(name, other(name));
            }
        }
        declare(spec, SHORT_CONTAINER, first, this::container);
        declare(spec, SHORT_IMAGE, first, this::image);
    }

    private void declare(CommandSpec group, List<String> called, Function<String, CommandSpec> command) {
        for (var name : called.size() == 2 ? List.of(called.getLast()) : below(group.name())) {
            group.addSubcommand(name, lensed(name, command));
        }
    }

    private CommandSpec lensed(String name, Function<String, CommandSpec> command) {
        var spec = command.apply(name);
        if (!SHOWING.contains(name)) {
            koker.lens().declare(spec);
        }
        return spec;
    }

    private void declare(CommandSpec spec, List<String> names, String only, Function<String, CommandSpec> command) {
        for (var name : names) {
            if (only.isEmpty() || only.equals(name)) {
                spec.addSubcommand(name, lensed(name, command));
            }
        }
    }

    private static List<String> below(String group) {
        return switch (group) {
            case "container" -> CONTAINER;
            case "image" -> IMAGE;
            case "network" -> NETWORK;
            case "trace" -> TRACE;
            default -> List.of();
        };
    }

    private CommandSpec container(String name) {
        return switch (name) {
            case "run" -> new RunCommand(koker).spec();
            case "create" -> new CreateCommand(koker).spec();
            case "start" -> new StartCommand(koker).spec();
            case "stop" -> new StopCommand(koker, false).spec();
            case "restart" -> new StopCommand(koker, true).spec();
            case "kill" -> new KillCommand(koker).spec();
            case "pause" -> new PauseCommand(koker, true).spec();
            case "unpause" -> new PauseCommand(koker, false).spec();
            case "wait" -> new WaitCommand(koker).spec();
            case "exec" -> new ExecCommand(koker).spec();
            case "attach" -> new AttachCommand(koker).spec();
            case "logs" -> new LogsCommand(koker).spec();
            case "ls", "ps" -> new ListContainersCommand(koker, name).spec();
            case "inspect" -> new InspectContainerCommand(koker).spec();
            case "port" -> new PortCommand(koker).spec();
            case "top" -> new TopCommand(koker).spec();
            case "stats" -> new StatsCommand(koker).spec();
            case "rename" -> new RenameCommand(koker).spec();
            case "cp" -> new CopyCommand(koker).spec();
            case "diff" -> new DiffCommand(koker).spec();
            case "export" -> new ExportCommand(koker).spec();
            case "commit" -> new CommitCommand(koker).spec();
            case "rm" -> new RemoveCommand(koker).spec();
            case "update" -> new UpdateCommand(koker).spec();
            case "prune" -> new PruneContainersCommand(koker).spec();
            case "healthcheck" -> new HealthCheckCommand(koker).spec();
            case "finish" -> new FinishCommand(koker).spec();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private CommandSpec other(String name) {
        return switch (name) {
            case "inspect" -> new InspectCommand(koker).spec();
            case "info" -> new InfoCommand(koker).spec();
            case "version" -> new VersionCommand().spec();
            case "explain" -> new ExplainCommand().spec();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private CommandSpec network(String name) {
        return switch (name) {
            case "create" -> new CreateNetworkCommand(koker).spec();
            case "ls" -> new ListNetworksCommand(koker).spec();
            case "inspect" -> new InspectNetworkCommand(koker).spec();
            case "connect" -> new ConnectNetworkCommand(koker).spec();
            case "disconnect" -> new DisconnectNetworkCommand(koker).spec();
            case "reload" -> new ReloadNetworkCommand(koker).spec();
            case "rm" -> new RemoveNetworkCommand(koker).spec();
            case "prune" -> new PruneNetworksCommand(koker).spec();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static CommandSpec trace(String name) {
        return switch (name) {
            case "show" -> new ShowTraceCommand().spec();
            case "diff" -> new DiffTraceCommand().spec();
            case "chrome" -> WriteTraceCommand.chrome().spec();
            case "html" -> WriteTraceCommand.page().spec();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private CommandSpec image(String name) {
        return switch (name) {
            case "pull" -> new PullCommand(koker).spec();
            case "push" -> new PushCommand(koker).spec();
            case "ls", "images" -> new ListImagesCommand(koker, name).spec();
            case "rm", "rmi" -> new RemoveImageCommand(koker, name).spec();
            case "inspect" -> new InspectImageCommand(koker).spec();
            case "history" -> new HistoryCommand(koker).spec();
            case "tag" -> new TagImageCommand(koker).spec();
            case "save" -> new SaveCommand(koker).spec();
            case "load" -> new LoadCommand(koker).spec();
            case "import" -> new ImportCommand(koker).spec();
            case "export-layout" -> new ExportLayoutCommand(koker).spec();
            case "prune" -> new PruneImagesCommand(koker).spec();
            case "du" -> new DiskUsageCommand(koker).spec();
            case "login" -> new LoginCommand(koker).spec();
            case "logout" -> new LogoutCommand(koker).spec();
            case "search-tags" -> new SearchTagsCommand(koker).spec();
            default -> throw new IllegalArgumentException(name);
        };
    }
}
