package koker.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.Environment;
import koker.engine.Limits;
import koker.engine.MountRequest;
import koker.engine.Privileges;
import koker.engine.PullPolicy;
import koker.engine.RunOptions;
import koker.engine.RunOptions.Removal;
import koker.engine.Ulimit;
import koker.image.ImageReference;
import koker.plan.Fault;
import koker.spec.Spec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker container run}. */
final class RunCommand {
    private static final long SHM_SIZE = 64L << 20;

    private final Koker koker;
    private final CommandSpec spec = Koker.command("run", "Run a command in a new container.", this::call);
    private final Options options = new Options(spec);

    private final Supplier<Optional<String>> name =
            options.value("NAME", "Call the container NAME, and keep it when it ends.", RunOptions::name, "--name");
    private final Supplier<Optional<String>> hostname = options.value(
            "NAME", "Its own host name (default: the beginning of its ID).", RunOptions::hostname, "--hostname");
    private final Supplier<Optional<PullPolicy>> pull =
            options.value("WHEN", "Get the image: always, missing (default) or never.", PullPolicy::parse, "--pull");
    private final Supplier<Boolean> interactive = options.flag("Pass standard input on.", "-i", "--interactive");
    private final Supplier<Boolean> terminal = options.flag("Give the container a terminal.", "-t", "--tty");
    private final Supplier<Boolean> remove =
            options.flag("Remove the container when it ends, even if it has a name.", "--rm");
    private final Supplier<Boolean> keep =
            options.flag("Keep the container when it ends, even if it has no name.", "--keep");
    private final Supplier<List<List<String>>> environment = options.values(
            "NAME[=VALUE]",
            "Set an environment variable, or pass on the host's.",
            Environment::assignments,
            "-e",
            "--env");
    private final Supplier<List<List<String>>> environmentFiles = options.values(
            "FILE", "Set the variables in the lines of FILE.", file -> Environment.file(Path.of(file)), "--env-file");
    private final Supplier<Optional<String>> workdir =
            options.value("DIR", "Start in DIR (made if it is missing).", RunOptions::workdir, "-w", "--workdir");
    private final Supplier<Optional<String>> user =
            options.value("USER[:GROUP]", "Run as USER, by name or number.", String::toString, "-u", "--user");
    private final Supplier<List<MountRequest>> volumes = options.values(
            "SOURCE:TARGET[:ro]",
            "Show a folder or file of the host at TARGET.",
            MountRequest::volume,
            "-v",
            "--volume");
    private final Supplier<List<MountRequest>> mounts = options.values(
            "KEY=VALUE,...",
            "The same in words: type=bind,source=S,target=T,readonly or type=tmpfs,target=T,tmpfs-size=N.",
            MountRequest::mount,
            "--mount");
    private final Supplier<List<MountRequest>> tmpfs = options.values(
            "TARGET[:OPTIONS]", "An empty file system in memory at TARGET.", MountRequest::tmpfs, "--tmpfs");
    private final Supplier<Boolean> readOnly = options.flag("The root cannot be changed.", "--read-only");
    private final Supplier<Optional<String>> entrypoint =
            options.value("COMMAND", "Replace the image's entrypoint.", String::toString, "--entrypoint");
    private final Supplier<List<String>> added =
            options.values("CAP", "Give a capability beside the default ones, or ALL.", Privileges::name, "--cap-add");
    private final Supplier<List<String>> dropped =
            options.values("CAP", "Take a capability away, or ALL.", Privileges::name, "--cap-drop");
    private final Supplier<List<Spec.Rlimit>> ulimits = options.values(
            "NAME=SOFT[:HARD]", "Limit a resource, as setrlimit(2) does: nofile=1024.", Ulimit::parse, "--ulimit");
    private final Supplier<Optional<Long>> shmSize =
            options.value("SIZE", "The size of /dev/shm (default: 64m).", RunOptions::shmSize, "--shm-size");
    private final Supplier<Boolean> init =
            options.flag("Run an init as PID 1, which passes signals on and reaps zombies.", "--init");
    private final Supplier<Optional<Boolean>> hostNetwork = options.value(
            "none|host",
            "Nothing but loopback, or the host's network (default: none).",
            RunOptions::hostNetwork,
            "--network");
    private final Supplier<Optional<Long>> memory = options.value(
            "SIZE", "Limit memory: 10m, 1g; a bare number counts MiB.", Limits::memory, "-m", "--mem", "--memory");
    private final Supplier<Optional<Long>> swap = options.value(
            "SIZE", "Limit swap, beside memory; -1 for no limit (default: as --mem).", Limits::swap, "--swap");
    private final Supplier<Optional<Long>> cpus =
            options.value("N", "Limit processor time: 0.5 is half of one.", Limits::cpus, "--cpus");
    private final Supplier<Optional<Long>> pids = options.value(
            "N", "Limit the number of processes; -1 for no limit.", Limits::pids, "--pids", "--pids-limit");
    private final Supplier<Optional<Fault>> fail = options.hidden(
            "STEP[#N]=ERRNO", "Let a step fail without being made, to see what happens then.", Fault::parse, "--fail");

    private final PositionalParamSpec image = PositionalParamSpec.builder()
            .index("0")
            .arity("1")
            .required(true)
            .paramLabel("IMAGE")
            .type(Object.class)
            .converters(Options.converter(ImageReference::parse))
            .description("The image to start from, such as busybox.")
            .build();
    private final PositionalParamSpec command = PositionalParamSpec.builder()
            .index("1..*")
            .arity("0..*")
            .paramLabel("COMMAND")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("The command and its arguments (default: the image's).")
            .build();

    RunCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(image);
        spec.addPositional(command);
        spec.parser().stopAtPositional(true);
        spec.usageMessage()
                .customSynopsis("koker container run [OPTIONS] IMAGE [COMMAND [ARG...]]")
                .footer(
                        "",
                        "Exit status: the command's own; 128+n if signal n ended it; 125 if koker failed;",
                        "126 if the command cannot be executed; 127 if it does not exist.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        return koker.containers().run(runOptions());
    }

    private RunOptions runOptions() {
        if (remove.get() && keep.get()) {
            throw usage("--rm and --keep exclude each other");
        }
        try {
            return new RunOptions(
                    image.getValue(),
                    pull.get().orElse(PullPolicy.MISSING),
                    command.getValue() == null ? List.of() : command.getValue(),
                    name.get(),
                    hostname.get(),
                    interactive.get(),
                    terminal.get(),
                    remove.get() ? Removal.ALWAYS : keep.get() ? Removal.NEVER : Removal.UNLESS_NAMED,
                    allEnvironment(),
                    workdir.get(),
                    user.get(),
                    allMounts(),
                    readOnly.get(),
                    entrypoint.get(),
                    new Privileges(added.get(), dropped.get()),
                    ulimits.get(),
                    shmSize.get().orElse(SHM_SIZE),
                    init.get(),
                    hostNetwork.get().orElse(false),
                    new Limits(memory.get(), swap.get(), cpus.get(), pids.get()),
                    fail.get());
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private List<String> allEnvironment() {
        var all = new ArrayList<String>();
        environmentFiles.get().forEach(all::addAll);
        environment.get().forEach(all::addAll);
        return all;
    }

    private List<MountRequest> allMounts() {
        var all = new ArrayList<MountRequest>();
        all.addAll(volumes.get());
        all.addAll(mounts.get());
        all.addAll(tmpfs.get());
        return MountRequest.distinct(all);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
