package koker.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import koker.kernel.KokerException;
import koker.kernel.Signal;
import koker.oci.CreateOptions;
import koker.oci.ErrorLog;
import koker.oci.Features;
import koker.oci.OciException;
import koker.oci.OciRuntime;
import koker.oci.Settings;
import koker.plan.Fault;
import koker.plan.Lens;
import koker.plan.StepException;
import koker.spec.Spec;
import koker.trace.Trace;

/** {@code koker oci}: koker as an OCI runtime, with the command line of runc. */
public final class Oci {
    /** The options of koker's own that may stand before a command, and have a value. */
    static final List<String> VALUED = List.of("--root", "--unpack-limit", "--fail", "--skip", "--trace");

    private static final int FAILED = 1;

    /** As runc has it: others are the status of a command. */
    private static final int EXEC_FAILED = 255;

    private final String version;
    private final List<String> arguments;
    private ErrorLog log = new ErrorLog(Optional.empty(), false, false);
    private Optional<OciRuntime> runtime = Optional.empty();
    private int failed = FAILED;
    private String what = "";

    /** The command line {@code args}, of the koker that is that {@code version}. */
    public Oci(String version, String... args) {
        this.version = version;
        this.arguments = List.of(args);
    }

    /** Whether {@code args} call it: the word stands behind koker's own options. */
    public static boolean isCalled(String... args) {
        for (var i = 0; i < args.length; i++) {
            if (VALUED.contains(args[i])) {
                i++; // its value is no command
            } else if (!args[i].startsWith("-")) {
                return args[i].equals("oci");
            }
        }
        return false;
    }

    /** Runs the command, and returns its exit status. */
    public int execute() {
        var status = FAILED;
        var failure = Optional.<Exception>empty();
        try {
            status = run();
        } catch (IOException | RuntimeException e) {
            failure = Optional.of(e);
            status = failed;
        }
        runtime.ifPresent(made -> made.warnings().forEach(this::warn));
        failure.ifPresent(this::tell); // the last line is why it failed
        if (failure.isEmpty()) {
            LensRequest.disappointments(runtime.map(OciRuntime::unmet).orElse(List.of()))
                    .forEach(this::warn);
        }
        end(status, failure);
        return status;
    }

    private void end(int status, Optional<Exception> failure) {
        runtime.flatMap(OciRuntime::recording)
                .flatMap(file -> file.end(status, failure.map(this::message), failure.flatMap(StepException::recorded)))
                .ifPresent(lost -> System.err.println("koker: " + lost));
    }

    /** Ends koker with {@code status} at once. */
    public void exit(int status) {
        if (runtime.isPresent()) {
            runtime.get().exit(status);
        }
        Runtime.getRuntime().halt(status);
    }

    private int run() throws IOException {
        var own = arguments.indexOf("oci");
        var before = OciWords.parse(OciOptions.GLOBAL, arguments.subList(0, own), false);
        var global = OciWords.parse(OciOptions.GLOBAL, arguments.subList(own + 1, arguments.size()), true);
        log = ErrorLog.made(
                global.value("log").filter(file -> !file.isEmpty()).map(Path::of),
                json(global.value("log-format").orElse("text")),
                global.has("debug"));
        if (global.has("version")) {
            System.out.println(version.replace(" ", " version "));
            System.out.println("spec: " + Spec.VERSION);
            return 0;
        }
        if (global.arguments().isEmpty() || global.has("help")) {
            OciHelp.print(System.out);
            return 0;
        }
        var verb = global.arguments().getFirst();
        OciOptions.description(verb);
        var words = OciWords.parse(
                withHelp(OciOptions.of(verb)),
                global.arguments().subList(1, global.arguments().size()),
                OciOptions.stops(verb));
        if (words.has("help")) {
            OciHelp.print(System.out, verb);
            return 0;
        }
        log.add("debug", "koker oci " + String.join(" ", global.arguments()));
        var dryRun = before.has("dry-run") || global.has("dry-run");
        var lens = lens(before, global);
        check(verb, dryRun, lens, before.has("trace") || global.has("trace"));
        var made = runtime(before, global, dryRun, lens);
        runtime = Optional.of(made);
        var status = call(made, verb, words);
        if (dryRun) {
            PlanTable.print(made.plan(), System.out);
        }
        return status;
    }

    private static void check(String verb, boolean dryRun, LensRequest lens, boolean recorded) {
        if ((dryRun || !lens.isClear()) && !OciOptions.hasSteps(verb)) {
            throw new OciException((dryRun ? "--dry-run" : lens.option()) + " is about steps, and " + verb
                    + " has none; leave it out");
        }
        if (dryRun && recorded) {
            throw new OciException("--trace records what is done, and --dry-run does nothing; leave one of them out");
        }
    }

    private static LensRequest lens(OciWords before, OciWords global) {
        return new LensRequest(
                each("fail", Fault::parse, before, global),
                each("skip", Lens::omission, before, global),
                before.has("step") || global.has("step"));
    }

    private static <T> List<T> each(String option, Function<String, T> reader, OciWords before, OciWords global) {
        var all = new ArrayList<T>();
        for (var words : List.of(before, global)) {
            for (var value : words.values(option)) {
                try {
                    all.add(reader.apply(value));
                } catch (IllegalArgumentException e) {
                    throw new OciException(
                            "invalid value \"" + value + "\" for flag -" + option + ": " + e.getMessage());
                }
            }
        }
        return all;
    }

    private int call(OciRuntime runtime, String verb, OciWords words) throws IOException {
        switch (verb) {
            case "create" -> runtime.create(words.atMost(1).id(), creation(words));
            case "start" -> runtime.start(words.atMost(1).id());
            case "run" -> {
                if (!words.has("detach")) {
                    return runtime.run(words.atMost(1).id(), creation(words), words.has("keep"));
                }
                runtime.runDetached(words.atMost(1).id(), creation(words));
            }
            case "state" ->
                System.out.println(runtime.describe(words.atMost(1).id()).json());
            case "kill" -> runtime.kill(words.atMost(2).id(), signal(words.arguments()), words.has("all"));
            case "delete" -> runtime.delete(words.atMost(1).id(), words.has("force"));
            case "exec" -> {
                failed = EXEC_FAILED;
                what = "exec failed: ";
                return runtime.exec(words.id(), OciExec.options(words));
            }
            case "pause" -> runtime.pause(words.atMost(1).id());
            case "resume" -> runtime.resume(words.atMost(1).id());
            case "update" -> {
                if (OciUpdate.isObsolete(words)) {
                    warn("Kernel memory settings are ignored and will be removed");
                }
                runtime.update(words.atMost(1).id(), OciUpdate.resources(words));
            }
            case "ps" -> OciProcesses.print(System.out, runtime.processes(words.id()), words);
            case "events" -> OciEvents.print(System.out, runtime, words.atMost(1));
            case "spec" -> OciBundle.write(words.atMost(0));
            case "features" -> System.out.println(Features.json());
            case "list" -> OciList.print(System.out, runtime.list(this::warn), words.atMost(0));
            default -> throw new OciException("there is no command '" + verb + "'; see: koker oci --help");
        }
        return 0;
    }

    private static CreateOptions creation(OciWords words) {
        return new CreateOptions(
                Path.of(words.value("bundle")
                        .filter(bundle -> !bundle.isEmpty())
                        .orElse("")),
                words.path("pid-file"),
                words.path("console-socket"),
                words.path("pidfd-socket"),
                words.number("preserve-fds", 0),
                !words.has("no-new-keyring"));
    }

    private static Signal signal(List<String> arguments) {
        var word = arguments.size() < 2 ? "SIGTERM" : arguments.get(1);
        try {
            return word.equals("0") ? Signal.of(0) : Signal.parse(word);
        } catch (IllegalArgumentException e) {
            throw new OciException("unknown signal \"" + word + "\"");
        }
    }

    private static List<OciOption> withHelp(List<OciOption> options) {
        var all = new ArrayList<>(options);
        all.add(OciOption.flag("Show this help.", "help", "h"));
        return all;
    }

    private OciRuntime runtime(OciWords before, OciWords global, boolean dryRun, LensRequest lens) {
        var root = global.value("root").or(() -> before.value("root")).filter(folder -> !folder.isEmpty());
        var settings = new Settings(
                root.map(Path::of).orElseGet(Settings::defaultRoot).toAbsolutePath(),
                global.has("systemd-cgroup"),
                Optional.ofNullable(System.getenv("KOKER_TRACE_DIR"))
                        .filter(folder -> !folder.isEmpty())
                        .map(Path::of),
                global.value("trace").or(() -> before.value("trace")).map(Path::of),
                dryRun,
                version,
                command());
        return new OciRuntime(settings, detail(before, global, lens), lens::lens);
    }

    private List<String> command() {
        var command = new ArrayList<>(arguments);
        command.addFirst("koker");
        return command;
    }

    private static Trace.Detail detail(OciWords before, OciWords global, LensRequest lens) {
        if (before.has("explain") || global.has("explain")) {
            return Trace.Detail.EXPLAINED;
        }
        if (before.has("D") || before.has("debug") || global.has("D")) {
            return Trace.Detail.DEBUG;
        }
        // What an engine reads is no story; who changes steps is no engine.
        return lens.isClear() || before.has("q") || global.has("q") ? Trace.Detail.QUIET : Trace.Detail.STORY;
    }

    private static boolean json(String format) {
        return switch (format) {
            case "json" -> true;
            case "text", "" -> false;
            default -> throw new OciException("invalid log-format: " + format);
        };
    }

    /** In the log, if there is one: engines show what is said otherwise as if the container had said it. */
    private void warn(String message) {
        if (log.file().isEmpty()) {
            System.err.println("koker: " + message);
            return;
        }
        try {
            log.add("warning", message);
        } catch (IOException unwritten) {
            System.err.println("koker: the log cannot be written: " + reason(unwritten));
        }
    }

    private void tell(Exception e) {
        var message = message(e);
        System.err.println("koker: " + message);
        try {
            log.add("error", message);
        } catch (IOException unwritten) {
            System.err.println("koker: the log cannot be written: " + reason(unwritten));
        }
        if (!(e instanceof KokerException || e instanceof IOException) && arguments.contains("-D")) {
            e.printStackTrace();
        }
    }

    private String message(Exception e) {
        return what + reason(e);
    }

    private static String reason(Exception e) {
        var text = e.getMessage() == null ? e.toString() : e.getMessage();
        if (e instanceof NoSuchFileException missing) {
            text = missing.getFile() + ": no such file or directory";
        } else if (e instanceof UncheckedIOException io) {
            text = io.getCause().getMessage();
        }
        return text.strip().replace("\n", " ");
    }
}
