package koker.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.DeviceRequest;
import koker.engine.Environment;
import koker.engine.MountRequest;
import koker.engine.Privileges;
import koker.engine.PullPolicy;
import koker.engine.RestartPolicy;
import koker.engine.RunOptions;
import koker.engine.RunOptions.Removal;
import koker.engine.SecurityOption;
import koker.engine.Ulimit;
import koker.image.ImageReference;
import koker.kernel.Signal;
import koker.spec.Spec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** The options and arguments that describe a container that is to be made; {@code run} and {@code create} have them. */
final class ContainerOptions {
    private static final long SHM_SIZE = 64L << 20;

    private final CommandSpec spec;
    private final Supplier<Optional<String>> name;
    private final Supplier<Optional<String>> hostname;
    private final Supplier<Optional<PullPolicy>> pull;
    private final Supplier<Boolean> interactive;
    private final Supplier<Boolean> terminal;
    private final Supplier<Boolean> remove;
    private final Supplier<Boolean> keep;
    private final Supplier<List<List<String>>> environment;
    private final Supplier<List<List<String>>> environmentFiles;
    private final Supplier<Optional<String>> workdir;
    private final Supplier<Optional<String>> user;
    private final Supplier<List<MountRequest>> volumes;
    private final Supplier<List<MountRequest>> mounts;
    private final Supplier<List<MountRequest>> tmpfs;
    private final Supplier<Boolean> readOnly;
    private final Supplier<Optional<String>> entrypoint;
    private final Supplier<List<String>> added;
    private final Supplier<List<String>> dropped;
    private final Supplier<List<SecurityOption>> security;
    private final Supplier<List<Spec.Rlimit>> ulimits;
    private final Supplier<Optional<Long>> shmSize;
    private final Supplier<Boolean> init;
    private final NetworkOptions network;
    private final LimitOptions limits;
    private final Supplier<List<DeviceRequest>> devices;
    private final Supplier<Optional<Integer>> oomScoreAdj;
    private final Supplier<Optional<String>> cgroupParent;
    private final Supplier<Optional<Boolean>> hostCgroups;
    private final PositionalParamSpec image;
    private final PositionalParamSpec command;
    private final Supplier<Optional<RestartPolicy>> restart;
    private final Supplier<Optional<Signal>> stopSignal;
    private final Supplier<Optional<Integer>> stopTimeout;
    private final Supplier<Optional<Long>> logLimit;
    private final Supplier<List<String>> labels;
    private final Supplier<List<String>> annotations;
    private final HealthCheckOptions health;
    private final Supplier<Optional<Path>> cidfile;
    private final Supplier<Optional<Path>> pidfile;

    /** Declares them, as those of the command {@code spec}. */
    ContainerOptions(CommandSpec spec, Options options) {
        this.spec = spec;
        name = options.value("NAME", "Call the container NAME, and keep it when it ends.", RunOptions::name, "--name");
        hostname = options.value(
                "NAME", "Its own host name (default: the beginning of its ID).", RunOptions::hostname, "--hostname");
        pull = options.value("WHEN", "Get the image: always, missing (default) or never.", PullPolicy::parse, "--pull");
        interactive = options.flag("Pass standard input on.", "-i", "--interactive");
        terminal = options.flag("Give the container a terminal.", "-t", "--tty");
        remove = options.flag("Remove the container when it ends, even if it has a name.", "--rm");
        keep = options.flag("Keep the container when it ends, even if it has no name.", "--keep");
        environment = options.values(
                "NAME[=VALUE]",
                "Set an environment variable, or pass on the host's.",
                Environment::assignments,
                "-e",
                "--env");
        environmentFiles = options.values(
                "FILE",
                "Set the variables in the lines of FILE.",
                file -> Environment.file(Path.of(file)),
                "--env-file");
        workdir = options.value("DIR", "Start in DIR (made if it is missing).", RunOptions::workdir, "-w", "--workdir");
        user = options.value("USER[:GROUP]", "Run as USER, by name or number.", String::toString, "-u", "--user");
        volumes = options.values(
                "SOURCE:TARGET[:ro]",
                "Show a folder or file of the host at TARGET.",
                MountRequest::volume,
                "-v",
                "--volume");
        mounts = options.values(
                "KEY=VALUE,...",
                "The same in words: type=bind,source=S,target=T,readonly or type=tmpfs,target=T,tmpfs-size=N.",
                MountRequest::mount,
                "--mount");
        tmpfs = options.values(
                "TARGET[:OPTIONS]", "An empty file system in memory at TARGET.", MountRequest::tmpfs, "--tmpfs");
        readOnly = options.flag("The root cannot be changed.", "--read-only");
        entrypoint = options.value("COMMAND", "Replace the image's entrypoint.", String::toString, "--entrypoint");
        added = options.values(
                "CAP", "Give a capability beside the default ones, or ALL.", Privileges::name, "--cap-add");
        dropped = options.values("CAP", "Take a capability away, or ALL.", Privileges::name, "--cap-drop");
        security = options.values(
                "OPTION",
                "Hold it to more: no-new-privileges, seccomp=FILE with a profile as Docker has them, seccomp=unconfined (default), or"
                        + " apparmor=PROFILE.",
                SecurityOption::parse,
                "--security-opt");
        ulimits = options.values(
                "NAME=SOFT[:HARD]", "Limit a resource, as setrlimit(2) does: nofile=1024.", Ulimit::parse, "--ulimit");
        shmSize = options.value("SIZE", "The size of /dev/shm (default: 64m).", RunOptions::shmSize, "--shm-size");
        init = options.flag("Run an init as PID 1, which passes signals on and reaps zombies.", "--init");
        network = new NetworkOptions(options);
        limits = new LimitOptions(options);
        devices = options.values(
                "DEVICE[:TARGET][:rwm]", "Give it a device of the host.", DeviceRequest::parse, "--device");
        oomScoreAdj = options.value(
                "N",
                "How soon it is killed when the host's memory runs out, -1000 to 1000.",
                RunOptions::oomScoreAdj,
                "--oom-score-adj");
        cgroupParent = options.value(
                "PATH",
                "Make its cgroup in this one (default: the root).",
                RunOptions::cgroupParent,
                "--cgroup-parent");
        hostCgroups = options.value(
                "WHOSE",
                "Which cgroups it sees: its own (private) or all (host).",
                RunOptions::hostCgroups,
                "--cgroupns");
        image = PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel("IMAGE")
                .type(Object.class)
                .converters(Options.converter(ImageReference::parse))
                .description("The image to start from, such as busybox.")
                .build();
        command = PositionalParamSpec.builder()
                .index("1..*")
                .arity("0..*")
                .paramLabel("COMMAND")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("The command and its arguments (default: the image's).")
                .build();
        restart = options.value(
                "POLICY",
                "Start it again when it ends: no, on-failure[:N], always or unless-stopped (default: no).",
                RestartPolicy::parse,
                "--restart");
        stopSignal = options.value(
                "SIGNAL",
                "Ask it to end by this signal (default: the image's, or TERM).",
                Signal::parse,
                "--stop-signal");
        stopTimeout = options.value(
                "SECONDS",
                "How long koker stop waits before it kills (default: 10).",
                RunOptions::seconds,
                "--stop-timeout");
        logLimit = options.value(
                "SIZE",
                "Begin a new log after so many bytes, and keep one old one.",
                RunOptions::logLimit,
                "--log-max-size");
        labels =
                options.values("NAME[=VALUE]", "Say something about the container.", String::toString, "-l", "--label");
        annotations = options.values(
                "NAME=VALUE", "Put an annotation into its config.json.", RunOptions::annotation, "--annotation");
        pidfile = options.value(
                "FILE", "Keep the PID of its first process in FILE while it runs.", RunOptions::pidfile, "--pidfile");
        health = new HealthCheckOptions(options);
        cidfile = options.value("FILE", "Write the ID to FILE, which must not exist.", Path::of, "--cidfile");
        spec.addPositional(image);
        spec.addPositional(command);
        spec.parser().stopAtPositional(true);
    }

    /** What they come to. */
    RunOptions runOptions(boolean detached) {
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
                    new Privileges(added.get(), dropped.get(), security.get()),
                    ulimits.get(),
                    shmSize.get().orElse(SHM_SIZE),
                    init.get(),
                    network.request(),
                    limits.limits(),
                    devices.get(),
                    oomScoreAdj.get(),
                    cgroupParent.get(),
                    hostCgroups.get().orElse(false),
                    detached,
                    restart.get(),
                    stopSignal.get(),
                    stopTimeout.get(),
                    logLimit.get().orElse(0L),
                    pairs(labels.get()),
                    pairs(annotations.get()),
                    health.options(),
                    cidfile.get(),
                    pidfile.get());
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

    private static Map<String, String> pairs(List<String> texts) {
        var all = new LinkedHashMap<String, String>();
        for (var text : texts) {
            var parts = text.split("=", 2);
            all.put(parts[0], parts.length == 2 ? parts[1] : "");
        }
        return all;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
