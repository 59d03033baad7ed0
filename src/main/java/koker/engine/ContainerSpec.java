package koker.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import koker.cgroup.Cgroups;
import koker.image.ImageConfig;
import koker.kernel.Capability;
import koker.runtime.Planner;
import koker.spec.Hooks;
import koker.spec.Spec;

/** Turns what the user wants and what the image says into the config.json of a container. */
final class ContainerSpec {
    private static final List<String> MASKED = List.of(
            "/proc/asound",
            "/proc/acpi",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private final RunOptions options;
    private final ImageConfig.Defaults image;
    private final ContainerFolder folder;
    private final String cgroupsPath;
    private final Cgroups cgroups;

    ContainerSpec(
            RunOptions options,
            ImageConfig.Defaults image,
            ContainerFolder folder,
            String cgroupsPath,
            Cgroups cgroups) {
        this.options = options;
        this.image = image;
        this.folder = folder;
        this.cgroupsPath = cgroupsPath;
        this.cgroups = cgroups;
    }

    /**
     * The command that {@code options} and {@code image} come to: ENTRYPOINT and CMD, as in Docker.
     *
     * @throws EngineException if there is none
     */
    static List<String> command(RunOptions options, ImageConfig.Defaults image) {
        var entrypoint = options.entrypoint()
                .map(text -> text.isEmpty() ? List.<String>of() : List.of(text))
                .orElse(image.entrypoint());
        var cmd = options.command().isEmpty() && options.entrypoint().isEmpty() ? image.cmd() : options.command();
        var command = Stream.concat(entrypoint.stream(), cmd.stream()).toList();
        if (command.isEmpty()) {
            throw new EngineException("the image names no command; give one: koker run "
                    + options.image().familiar() + " COMMAND");
        }
        return command;
    }

    /**
     * The spec.
     *
     * @param layers the image's layers, topmost first
     * @param extra mounts that koker adds: files that name the host, and the image's volumes
     * @param size of the terminal, if there is one
     */
    Spec build(
            List<Path> layers,
            Account account,
            List<Spec.Mount> extra,
            Optional<Spec.ConsoleSize> size,
            String hostname) {
        return new Spec(
                Spec.VERSION,
                process(account, size, hostname),
                new Spec.Root("rootfs", options.readOnly()),
                hostname,
                null,
                mounts(layers, extra),
                annotations(),
                new Spec.Linux(
                        namespaces(),
                        cgroupsPath,
                        resources(),
                        options.devices().stream().map(DeviceRequest::node).toList(),
                        Map.of(),
                        MASKED,
                        READ_ONLY,
                        options.privileges().seccomp(capabilities(account).bounding()),
                        null),
                Hooks.NONE);
    }

    /** What has no field of its own (OCI image-spec 1.1, conversion.md, annotation fields). */
    private Map<String, String> annotations() {
        var annotations = new LinkedHashMap<String, String>();
        if (options.init()) {
            annotations.put(Planner.INIT, "true");
        }
        if (!image.stopSignal().isEmpty()) {
            annotations.put("org.opencontainers.image.stopSignal", image.stopSignal());
        }
        annotations.putAll(options.annotations());
        return annotations;
    }

    private Spec.Process process(Account account, Optional<Spec.ConsoleSize> size, String hostname) {
        var environment = new Environment().set(List.of("PATH=" + Spec.DEFAULT_PATH, "HOSTNAME=" + hostname));
        if (options.terminal()) {
            environment.set(List.of("TERM=xterm"));
        }
        environment.set(image.env()).set(options.environment()).setDefault("HOME", account.home());
        return new Spec.Process(
                options.terminal(),
                size.orElse(null),
                new Spec.User(account.uid(), account.gid(), null, account.groups()),
                command(options, image),
                environment.list(),
                workdir(),
                capabilities(account),
                options.ulimits(),
                options.privileges().noNewPrivileges(),
                options.oomScoreAdj().orElse(null),
                options.privileges().apparmorProfile(),
                null);
    }

    private Spec.Resources resources() {
        var devices = cgroups.restrictsDevices() ? DeviceRequest.rules(options.devices()) : null;
        return options.limits().over(new Spec.Resources(null, null, null, null, null, null, devices), cgroups);
    }

    private String workdir() {
        var workdir = options.workdir().orElse(image.workingDir());
        return workdir.isEmpty()
                ? "/"
                : Path.of("/").resolve(workdir).normalize().toString();
    }

    private Spec.Capabilities capabilities(Account account) {
        var own = Privileges.own();
        if (!cgroups.restrictsDevices()) {
            own.remove(Capability.CAP_MKNOD); // a node of the host's disk would be as good as the disk
        }
        var names = options.privileges().names(own);
        // Who is not root has none to begin with; the bounding set is what a setuid program can gain.
        var now = account.uid() == 0 ? names : Set.<String>of();
        return new Spec.Capabilities(names, now, Set.of(), now, Set.of());
    }

    private List<Spec.Namespace> namespaces() {
        return Stream.of("mount", "uts", "ipc", "pid", "network", "cgroup")
                .filter(type -> !type.equals("network") || !options.network().isHost())
                .filter(type -> !type.equals("cgroup") || !options.hostCgroups())
                .map(type -> new Spec.Namespace(type, null))
                .toList();
    }

    private List<Spec.Mount> mounts(List<Path> layers, List<Spec.Mount> extra) {
        var own = Stream.of(
                new Spec.Mount("/", "overlay", "overlay", overlay(layers)),
                mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
                mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
                mount(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        "nosuid",
                        "noexec",
                        "newinstance",
                        "ptmxmode=0666",
                        "mode=0620",
                        "gid=5"),
                mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
                mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
                mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
                mount(
                        "/dev/shm",
                        "tmpfs",
                        "shm",
                        "nosuid",
                        "noexec",
                        "nodev",
                        "mode=1777",
                        "size=" + options.shmSize()));
        var asked = options.mounts().stream().map(MountRequest::mount).toList();
        var targets = asked.stream().map(Spec.Mount::destination).collect(Collectors.toSet());
        var mounts = new ArrayList<>(Stream.concat(own, extra.stream())
                .filter(mount -> !targets.contains(mount.destination()))
                .toList());
        // A mount inside another one comes after it.
        asked.stream().sorted((one, other) -> depth(one) - depth(other)).forEach(mounts::add);
        return mounts;
    }

    private List<String> overlay(List<Path> layers) {
        return List.of("nodev", RootView.lower(layers), "upperdir=" + folder.upper(), "workdir=" + folder.work());
    }

    private static Spec.Mount mount(String target, String type, String source, String... options) {
        return new Spec.Mount(target, type, source, List.of(options));
    }

    private static int depth(Spec.Mount mount) {
        return Path.of(mount.destination()).getNameCount();
    }
}
