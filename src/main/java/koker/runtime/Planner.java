package koker.runtime;

import static java.util.Map.entry;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import koker.cgroup.Cgroups;
import koker.kernel.Capability;
import koker.kernel.CloneFlag;
import koker.kernel.MountFlag;
import koker.kernel.Resource;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.NamespaceStep;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Spec;
import koker.spec.SpecException;

/**
 * Plans a container: reads its config.json from top to bottom, and lists the steps that make it. This is the one place that says how
 * a container is made; {@link #plan} is the story of its birth.
 */
public final class Planner {
    private static final Map<String, CloneFlag> NAMESPACES = Map.ofEntries(
            entry("mount", CloneFlag.CLONE_NEWNS),
            entry("uts", CloneFlag.CLONE_NEWUTS),
            entry("ipc", CloneFlag.CLONE_NEWIPC),
            entry("pid", CloneFlag.CLONE_NEWPID),
            entry("network", CloneFlag.CLONE_NEWNET),
            entry("cgroup", CloneFlag.CLONE_NEWCGROUP));
    /** The annotation that asks for an init process, "true" or "false". */
    public static final String INIT = "koker.init";

    /** Why the process meets koker when somebody else is to decide about its calls: koker takes {@link ProcessStep.FilterCalls#LISTENER}. */
    public static final String LISTENER = "whoever decides about its calls";

    private static final String RECORD = "the record of the process";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** File systems that the kernel fills. */
    private static final Set<String> UNLABELLED = Set.of("proc", "sysfs", "cgroup", "cgroup2", "mqueue");

    private final Spec spec;
    private final Path bundle;
    private final Cgroups cgroups;
    private final Set<String> folders;
    private final Set<CloneFlag> namespaces;

    /**
     * A planner for {@code spec}, which was read from the folder {@code bundle}, on a host with {@code cgroups}.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Planner(Spec spec, Path bundle, Cgroups cgroups) {
        this(spec, bundle, cgroups, Set.of());
    }

    /**
     * The same, where the sources of some mounts are still to be made: {@code folders} are going to be folders.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Planner(Spec spec, Path bundle, Cgroups cgroups, Set<String> folders) {
        this.folders = folders;
        this.spec = spec;
        this.bundle = bundle;
        this.cgroups = cgroups;
        this.namespaces = namespaces(spec);
    }

    /**
     * The plan.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan plan() {
        return plan(false);
    }

    /**
     * The plan of a container whose first process is made by a supervisor, which has given Java's memory back by then.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan supervised() {
        return plan(true);
    }

    /**
     * The plan of a container that is created now, and started later by whoever writes to its {@link Step#GATE}. It does not end with koker.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan created() {
        var steps = detached();
        steps.add(new ProcessStep.AwaitStart());
        steps.add(command());
        return new Plan(steps);
    }

    /**
     * The plan of a container that is started at once. It does not end with koker.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan started() {
        var steps = detached();
        steps.add(command());
        return new Plan(steps);
    }

    private Plan plan(boolean supervised) {
        var steps = make(true);
        // koker has its record of the process by then; and if it died meanwhile, the command never starts.
        steps.add(new ProcessStep.Meet(RECORD));
        steps.add(new ProcessStep.ChangeFolder(spec.process().cwd()));
        steps.addAll(filterCalls(true));
        steps.add(hasInit(spec) ? new ProcessStep.Init(command(), supervised) : command());
        return new Plan(steps);
    }

    /** Whoever asked for the container looks after it, and wants to know now if there is no such command. */
    private List<Step> detached() {
        var process = spec.process();
        var steps = make(false);
        steps.add(new ProcessStep.ChangeFolder(process.cwd()));
        steps.add(new ProcessStep.FindCommand(process.args().getFirst(), candidates(process)));
        steps.addAll(filterCalls(true)); // now, so that whoever creates it learns if the kernel refuses the filter
        steps.add(new ProcessStep.Meet(RECORD));
        return steps;
    }

    /** All but the command; {@code attended} says whether the process ends with koker. */
    private List<Step> make(boolean attended) {
        var steps = new ArrayList<Step>();
        steps.addAll(makeCgroup());
        steps.addAll(cloneProcess());
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        }
        steps.addAll(joinCgroup());
        steps.addAll(joinNamespaces());
        steps.add(new ProcessStep.NewSession());
        steps.add(new MountStep.IsolateMounts());
        steps.addAll(labelProcess());
        steps.addAll(mountRoot());
        steps.addAll(takeBindMountsAlong());
        steps.add(new MountStep.EnterRoot(rootfs()));
        steps.addAll(mountEverythingElse());
        steps.addAll(makeDevices());
        steps.addAll(openTerminal(true));
        steps.addAll(nameHost());
        steps.addAll(linkLoopback());
        steps.addAll(setSysctls());
        steps.addAll(protectPaths());
        steps.addAll(limitProcess());
        steps.addAll(makeWorkingFolder());
        steps.addAll(lockRoot());
        steps.addAll(dropPrivileges(attended));
        return steps;
    }

    /**
     * The plan for a further process in this container, which runs: the spec's process is that one, and {@code pid} the container's first.
     *
     * @param attended whether it ends with koker
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan join(int pid, boolean attended) {
        var steps = new ArrayList<Step>();
        steps.add(new HostStep.Clone(Set.of()));
        if (spec.linux().cgroupsPath() != null) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
        }
        steps.addAll(labelProcess());
        steps.add(new NamespaceStep.JoinNamespaces(pid, namespaces));
        steps.add(new NamespaceStep.EnterPidNamespace());
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        }
        steps.add(new ProcessStep.NewSession());
        steps.addAll(openTerminal(false));
        steps.addAll(limitProcess());
        steps.add(umask());
        steps.addAll(dropPrivileges(attended));
        steps.add(new ProcessStep.Meet("koker, which looks after the process"));
        steps.add(new ProcessStep.ChangeFolder(spec.process().cwd()));
        steps.addAll(filterCalls(true));
        steps.add(command());
        steps.add(new NamespaceStep.Leave());
        return new Plan(steps);
    }

    /** The types of namespaces that a container can have, as config.json names them. */
    public static List<String> namespaceTypes() {
        return NAMESPACES.keySet().stream().sorted().toList();
    }

    /** Whether an init stays in the container as its first process, which goes on to run the plan's program. */
    public static boolean hasInit(Spec spec) {
        return "true".equals(spec.annotations().get(INIT));
    }

    private List<Step> makeCgroup() {
        if (spec.linux().cgroupsPath() == null) {
            return List.of();
        }
        var resources = spec.linux().resources();
        return cgroups.make(spec.linux().cgroupsPath(), resources == null ? Spec.Resources.NONE : resources);
    }

    private List<Step> cloneProcess() {
        // The cgroup namespace comes after the cgroup is joined: its root is the cgroup that one is in at that moment.
        var early = EnumSet.copyOf(namespaces);
        early.remove(CloneFlag.CLONE_NEWCGROUP);
        joined().forEach(namespace -> early.remove(NAMESPACES.get(namespace.type())));
        return birthplace()
                .<List<Step>>map(cgroup -> List.of(new HostStep.OpenCgroup(cgroup), new HostStep.Clone(early, true)))
                .orElse(List.of(new HostStep.Clone(early)));
    }

    private Optional<String> birthplace() {
        return Optional.ofNullable(spec.linux().cgroupsPath()).flatMap(cgroups::birthplace);
    }

    private List<Step> joinCgroup() {
        var steps = new ArrayList<Step>();
        if (spec.linux().cgroupsPath() != null && birthplace().isEmpty()) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
        }
        if (namespaces.contains(CloneFlag.CLONE_NEWCGROUP)) {
            steps.add(new NamespaceStep.HideCgroups());
        }
        return steps;
    }

    private List<Step> joinNamespaces() {
        return joined().<Step>map(namespace ->
                        new NamespaceStep.JoinNamespace(namespace.path(), NAMESPACES.get(namespace.type())))
                .toList();
    }

    private Stream<Spec.Namespace> joined() {
        return spec.linux().namespaces().stream().filter(namespace -> namespace.path() != null);
    }

    /** The steps that mount the container's root, with nothing in it mounted yet. */
    public List<Step> mountRoot() {
        for (var mount : spec.mounts()) {
            if (mount.destination().equals("/")) {
                if (mount.type() == null || mount.source() == null) {
                    throw new SpecException("the mount at / has no type or no source");
                }
                var options = MountOptions.parse(mount.options());
                return List.of(
                        options.data().length() < MountStep.MountInParts.PAGE
                                ? new MountStep.Mount(
                                        mount.type(), mount.source(), rootfs(), options.flags(), options.data())
                                : new MountStep.MountInParts(
                                        mount.type(), mount.source(), rootfs(), options.flags(), options.data()));
            }
        }
        // pivot_root wants a mount point; a folder becomes one when it is mounted on itself.
        var bind = EnumSet.of(MountFlag.MS_BIND, MountFlag.MS_REC);
        return List.of(new MountStep.Mount("", rootfs(), rootfs(), bind, ""));
    }

    private List<Step> takeBindMountsAlong() {
        return spec.mounts().stream()
                .filter(Planner::isBind)
                .<Step>map(mount -> new MountStep.TakeAlong(
                        source(mount),
                        mount.destination(),
                        MountOptions.parse(mount.options()).recursive()))
                .toList();
    }

    private List<Step> mountEverythingElse() {
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.SetUmask(0));
        var mounted = new ArrayList<String>();
        for (var mount : spec.mounts()) {
            if (!mount.destination().equals("/")) {
                steps.addAll(
                        isBind(mount) ? attach(mount, nearest(mounted, mount)) : mount(mount, nearest(mounted, mount)));
                mounted.add(mount.destination());
            }
        }
        return steps;
    }

    private List<Step> attach(Spec.Mount mount, String base) {
        var source = source(mount);
        var target = mount.destination();
        return List.of(
                Files.isDirectory(Path.of(source)) || folders.contains(source)
                        ? new MountStep.MakeFolder(base, target)
                        : new MountStep.MakeFile(base, target),
                new MountStep.Attach(
                        source, target, MountOptions.parse(mount.options()).flags()));
    }

    private List<Step> mount(Spec.Mount mount, String base) {
        var target = mount.destination();
        var source = mount.source() == null ? "" : mount.source();
        var options = MountOptions.parse(mount.options());
        var data = labelled(mount.type(), options.data());
        var steps = new ArrayList<Step>();
        steps.add(new MountStep.MakeFolder(base, target));
        steps.addAll(
                mount.type().equals("cgroup")
                        ? cgroups.show(target, options.flags())
                        : List.of(new MountStep.Mount(mount.type(), source, target, options.flags(), data)));
        return steps;
    }

    /** Options of a new file system, whose files SELinux is to know by the label for mounts; those of the kernel's own have theirs. */
    private String labelled(String type, String data) {
        var label = SecurityModules.selinux("linux.mountLabel", spec.linux().mountLabel());
        if (label.isEmpty() || UNLABELLED.contains(type)) {
            return data;
        }
        return (data.isEmpty() ? "" : data + ",") + "context=\"" + label.get() + "\"";
    }

    /** The nearest folder above the mount's target that is there for sure: one of those {@code mounted}, or the root. */
    private static String nearest(List<String> mounted, Spec.Mount mount) {
        return mounted.stream()
                .filter(folder -> mount.destination().startsWith(folder + "/"))
                .reduce((one, other) -> one.length() > other.length() ? one : other)
                .orElse("");
    }

    /** The devices and links that every container has (config-linux.md, default devices). */
    private List<Step> makeDevices() {
        if (spec.mounts().stream().noneMatch(mount -> mount.destination().equals("/dev") && !isBind(mount))) {
            return List.of();
        }
        var steps = new ArrayList<Step>(List.of(
                new MountStep.MakeDevice("/dev/null", "c", 1, 3, 0666, 0, 0),
                new MountStep.MakeDevice("/dev/zero", "c", 1, 5, 0666, 0, 0),
                new MountStep.MakeDevice("/dev/full", "c", 1, 7, 0666, 0, 0),
                new MountStep.MakeDevice("/dev/random", "c", 1, 8, 0666, 0, 0),
                new MountStep.MakeDevice("/dev/urandom", "c", 1, 9, 0666, 0, 0),
                new MountStep.MakeDevice("/dev/tty", "c", 5, 0, 0666, 0, 0),
                new MountStep.MakeLink("/dev/fd", "/proc/self/fd"),
                new MountStep.MakeLink("/dev/stdin", "/proc/self/fd/0"),
                new MountStep.MakeLink("/dev/stdout", "/proc/self/fd/1"),
                new MountStep.MakeLink("/dev/stderr", "/proc/self/fd/2"),
                new MountStep.MakeLink("/dev/core", "/proc/kcore"),
                new MountStep.MakeLink("/dev/ptmx", "pts/ptmx")));
        for (var device : spec.linux().devices()) {
            var above = device.path().lastIndexOf('/');
            if (above > 0) {
                steps.add(new MountStep.MakeFolder("", device.path().substring(0, above)));
            }
            steps.add(new MountStep.MakeDevice(
                    device.path(),
                    device.type(),
                    (int) device.major(),
                    (int) device.minor(),
                    device.fileMode(),
                    device.uid(),
                    device.gid()));
        }
        return steps;
    }

    private List<Step> openTerminal(boolean console) {
        if (!spec.process().terminal()) {
            return List.of();
        }
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.OpenTerminal(spec.process().user().uid(), console));
        if (spec.process().consoleSize() != null) {
            steps.add(new ProcessStep.SizeTerminal(
                    spec.process().consoleSize().height(),
                    spec.process().consoleSize().width()));
        }
        steps.add(new ProcessStep.Meet("the other end of the terminal"));
        return steps;
    }

    private List<Step> nameHost() {
        var steps = new ArrayList<Step>();
        if (spec.hostname() != null) {
            steps.add(new NamespaceStep.SetHostname(spec.hostname()));
        }
        if (spec.domainname() != null) {
            steps.add(new NamespaceStep.SetDomainname(spec.domainname()));
        }
        return steps;
    }

    private List<Step> linkLoopback() {
        return namespaces.contains(CloneFlag.CLONE_NEWNET) && joined().findAny().isEmpty()
                ? List.of(new NamespaceStep.LinkUp("lo"))
                : List.of();
    }

    private List<Step> setSysctls() {
        var steps = new ArrayList<Step>();
        spec.linux().sysctl().forEach((parameter, value) -> steps.add(new NamespaceStep.SetSysctl(parameter, value)));
        return steps;
    }

    private List<Step> protectPaths() {
        var steps = new ArrayList<Step>();
        spec.linux().readonlyPaths().forEach(path -> steps.add(new MountStep.MakeReadOnly(path)));
        spec.linux().maskedPaths().forEach(path -> steps.add(new MountStep.Mask(path)));
        return steps;
    }

    private List<Step> limitProcess() {
        var steps = new ArrayList<Step>();
        for (var limit : spec.process().rlimits()) {
            steps.add(new ProcessStep.SetLimit(
                    resource(limit.type()),
                    limit.soft().longValue(),
                    limit.hard().longValue()));
        }
        if (spec.process().oomScoreAdj() != null) {
            steps.add(new ProcessStep.AdjustOomScore(spec.process().oomScoreAdj()));
        }
        return steps;
    }

    private List<Step> makeWorkingFolder() {
        return List.of(umask(), new MountStep.MakeFolder("", spec.process().cwd()));
    }

    private Step umask() {
        var mask = spec.process().user().umask();
        return new ProcessStep.SetUmask(mask == null ? 0022 : mask);
    }

    private List<Step> lockRoot() {
        if (!spec.root().readonly()) {
            return List.of();
        }
        var flags = EnumSet.noneOf(MountFlag.class);
        spec.mounts().stream()
                .filter(mount -> mount.destination().equals("/"))
                .forEach(mount ->
                        flags.addAll(MountOptions.parse(mount.options()).flags()));
        return List.of(new MountStep.MakeRootReadOnly(flags));
    }

    private List<Step> dropPrivileges(boolean attended) {
        var user = spec.process().user();
        var steps = new ArrayList<Step>();
        steps.addAll(filterCalls(false));
        var sets = spec.process().capabilities();
        if (sets != null) {
            var dropped = EnumSet.complementOf(capabilities(sets.bounding()));
            steps.add(new ProcessStep.DropBounding(dropped));
        }
        steps.add(new ProcessStep.SetUser(user.uid(), user.gid(), user.additionalGids()));
        if (sets != null) {
            steps.add(new ProcessStep.SetCapabilities(
                    capabilities(sets.effective()),
                    capabilities(sets.permitted()),
                    capabilities(sets.inheritable()),
                    capabilities(sets.ambient())));
        }
        if (attended && (user.uid() != 0 || user.gid() != 0)) {
            steps.add(new ProcessStep.DieWithKoker()); // the kernel forgot it when the user changed
        }
        if (spec.process().noNewPrivileges()) {
            steps.add(new ProcessStep.NoNewPrivileges());
        }
        return steps;
    }

    /** What security modules are to know the command as: written as long as /proc is the host's, and of effect when it is executed. */
    private List<Step> labelProcess() {
        var steps = new ArrayList<Step>();
        SecurityModules.apparmor(spec.process().apparmorProfile())
                .ifPresent(profile -> steps.add(new ProcessStep.ConfineByAppArmor(profile)));
        SecurityModules.selinux("process.selinuxLabel", spec.process().selinuxLabel())
                .ifPresent(label -> steps.add(new ProcessStep.LabelProcess(label)));
        return steps;
    }

    /**
     * The filter of system calls. Without new privileges it is the last step, so that it need not allow what the others do; but otherwise the
     * kernel takes it from one with CAP_SYS_ADMIN alone, and so before that is given up.
     */
    private List<Step> filterCalls(boolean last) {
        if (spec.linux().seccomp() == null || last != spec.process().noNewPrivileges()) {
            return List.of();
        }
        var filter = CallFilter.of(spec.linux().seccomp());
        return filter.listens() ? List.of(filter, new ProcessStep.Meet(LISTENER)) : List.of(filter);
    }

    private ProcessStep.Exec command() {
        var process = spec.process();
        return new ProcessStep.Exec(candidates(process), process.args(), process.env());
    }

    /** Where the command may be: its path, or its name in each folder of PATH, as execvp(3) has it. */
    private static List<String> candidates(Spec.Process process) {
        var command = process.args().getFirst();
        if (command.contains("/")) {
            return List.of(command);
        }
        var path = process.env().stream()
                .filter(variable -> variable.startsWith("PATH="))
                .map(variable -> variable.substring("PATH=".length()))
                .reduce((first, last) -> last)
                .orElse(DEFAULT_PATH);
        return Arrays.stream(path.split(":"))
                .map(folder -> (folder.isEmpty() ? "." : folder) + "/" + command)
                .toList();
    }

    private String rootfs() {
        return bundle.resolve(spec.root().path()).toString();
    }

    private String source(Spec.Mount mount) {
        if (mount.source() == null) {
            throw new SpecException("the bind mount at " + mount.destination() + " has no source");
        }
        return bundle.resolve(mount.source()).toString();
    }

    private static boolean isBind(Spec.Mount mount) {
        return !mount.destination().equals("/")
                && (MountOptions.parse(mount.options()).bind()
                        || mount.type() == null
                        || mount.type().equals("bind"));
    }

    private static Set<CloneFlag> namespaces(Spec spec) {
        var flags = EnumSet.noneOf(CloneFlag.class);
        for (var namespace : spec.linux().namespaces()) {
            var flag = NAMESPACES.get(namespace.type());
            if (flag == null) {
                throw new SpecException("namespaces of type '" + namespace.type() + "' are not supported yet");
            }
            if (namespace.path() != null && flag != CloneFlag.CLONE_NEWNET) {
                throw new SpecException("joining a namespace (" + namespace.path() + ") is not supported yet");
            }
            flags.add(flag);
        }
        if (!flags.contains(CloneFlag.CLONE_NEWNS)) {
            throw new SpecException("a container without a mount namespace would change the host's mounts");
        }
        return flags;
    }

    private static EnumSet<Capability> capabilities(Set<String> names) {
        var set = EnumSet.noneOf(Capability.class);
        for (var name : names) {
            set.add(Arrays.stream(Capability.values())
                    .filter(capability -> capability.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new SpecException("unknown capability " + name)));
        }
        return set;
    }

    private static Resource resource(String name) {
        return Arrays.stream(Resource.values())
                .filter(resource -> resource.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new SpecException("unknown limit " + name));
    }
}
