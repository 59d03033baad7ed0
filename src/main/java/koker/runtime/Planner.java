package koker.runtime;

import static java.util.Map.entry;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import koker.cgroup.Cgroups;
import koker.kernel.Capability;
import koker.kernel.CloneFlag;
import koker.kernel.Constant;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;
import koker.kernel.Resource;
import koker.kernel.Scheduling;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.NamespaceStep;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Hooks;
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
            entry("cgroup", CloneFlag.CLONE_NEWCGROUP),
            entry("user", CloneFlag.CLONE_NEWUSER),
            entry("time", CloneFlag.CLONE_NEWTIME));
    /** The annotation that asks for an init process, "true" or "false". */
    public static final String INIT = "koker.init";

    /** Why the process meets koker when hooks are to be run. */
    public static final String HOOKS = "the hooks";

    /** Why the process meets koker when hooks are to be run before it becomes the command. */
    public static final String START_HOOKS = "the hooks of its start";

    /** Why the process meets koker when somebody else has to make its cgroup. */
    public static final String SCOPE = "systemd, which makes its cgroup";

    /** Why the process meets koker when somebody else is to decide about its calls: koker takes {@link ProcessStep.FilterCalls#LISTENER}. */
    public static final String LISTENER = "whoever decides about its calls";

    private static final String RECORD = "the record of the process";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** File systems that the kernel fills. */
    private static final Set<String> UNLABELLED = Set.of("proc", "sysfs", "cgroup", "cgroup2", "mqueue");

    private static final int DEVICE_MODE = 0666;
    private static final int PERMISSIONS = 07777;

    private static final List<Spec.Device> DEVICES = List.of(
            new Spec.Device("/dev/null", "c", 1, 3, DEVICE_MODE, 0, 0),
            new Spec.Device("/dev/zero", "c", 1, 5, DEVICE_MODE, 0, 0),
            new Spec.Device("/dev/full", "c", 1, 7, DEVICE_MODE, 0, 0),
            new Spec.Device("/dev/random", "c", 1, 8, DEVICE_MODE, 0, 0),
            new Spec.Device("/dev/urandom", "c", 1, 9, DEVICE_MODE, 0, 0),
            new Spec.Device("/dev/tty", "c", 5, 0, DEVICE_MODE, 0, 0));
    private static final List<Step> LINKS = List.of(
            new MountStep.MakeLink("/dev/fd", "/proc/self/fd"),
            new MountStep.MakeLink("/dev/stdin", "/proc/self/fd/0"),
            new MountStep.MakeLink("/dev/stdout", "/proc/self/fd/1"),
            new MountStep.MakeLink("/dev/stderr", "/proc/self/fd/2"),
            new MountStep.MakeLink("/dev/core", "/proc/kcore"),
            new MountStep.MakeLink("/dev/ptmx", "pts/ptmx"));

    private final Spec spec;
    private final Path bundle;
    private final Cgroups cgroups;
    private final Set<String> folders;
    private final boolean scoped;
    private final Set<CloneFlag> namespaces;
    private Path root;
    private final Set<String> warnings = new LinkedHashSet<>();

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
        this(spec, bundle, cgroups, folders, false);
    }

    private Planner(Spec spec, Path bundle, Cgroups cgroups, Set<String> folders, boolean scoped) {
        this.scoped = scoped;
        this.folders = folders;
        this.spec = Destinations.clean(spec);
        refuseRepetition();
        this.bundle = bundle;
        this.cgroups = cgroups;
        this.namespaces = namespaces(spec);
        this.root = bundle.resolve(spec.root().path());
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
        return whole(steps);
    }

    /**
     * The plan of a container that is started at once. It does not end with koker.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan started() {
        var steps = detached();
        steps.addAll(beforeCommand());
        steps.add(command());
        return whole(steps);
    }

    private Plan plan(boolean supervised) {
        var steps = make(true, supervised);
        // koker has its record of the process by then; and if it died meanwhile, the command never starts.
        steps.add(new ProcessStep.Meet(RECORD));
        steps.add(new ProcessStep.ChangeFolder(spec.process().cwd()));
        steps.addAll(beforeCommand());
        steps.addAll(filterCalls(true));
        steps.add(hasInit(spec) ? new ProcessStep.Init(command()) : command());
        return whole(steps);
    }

    /** Whoever asked for the container looks after it, and wants to know now if there is no such command. */
    private List<Step> detached() {
        var process = spec.process();
        var steps = make(false, false);
        steps.add(new ProcessStep.ChangeFolder(process.cwd()));
        steps.add(new ProcessStep.FindCommand(process.args().getFirst(), candidates(process)));
        steps.addAll(filterCalls(true)); // now, so that whoever creates it learns if the kernel refuses the filter
        steps.add(new ProcessStep.Meet(RECORD));
        return steps;
    }

    /** All but the command; {@code attended} says whether the process ends with koker. */
    private List<Step> make(boolean attended, boolean supervised) {
        var steps = new ArrayList<Step>();
        steps.addAll(makeCgroup());
        steps.addAll(inStages() ? enterNamespacesInStages(attended) : enterNamespaces(attended));
        if (inStages()) {
            steps.addAll(prepareMounts());
        }
        steps.add(new ProcessStep.HideProgram(supervised));
        // Kernel parameters are set while /proc is the host's: the container's may lead elsewhere (CVE-2025-52881).
        if (!hasEarlyHooks()) {
            steps.addAll(setSysctls());
        }
        steps.addAll(mountRoot());
        if (!inStages()) {
            steps.addAll(takeBindMountsAlong(false));
        }
        if (hasEarlyHooks()) {
            steps.add(new MountStep.VisitRoot(rootfs()));
            steps.addAll(mountEverythingElse());
            steps.addAll(makeDevices());
            steps.add(new ProcessStep.Meet(HOOKS));
            steps.add(new MountStep.LeaveRoot());
            steps.addAll(setSysctls()); // links that hooks have plugged in have some, too
            steps.add(new MountStep.EnterRoot(rootfs()));
            steps.addAll(propagateRoot());
        } else {
            steps.add(new MountStep.EnterRoot(rootfs()));
            steps.addAll(propagateRoot());
            steps.addAll(mountEverythingElse());
            steps.addAll(makeDevices());
        }
        steps.addAll(openTerminal(true));
        steps.addAll(nameHost());
        steps.addAll(linkLoopback());
        steps.addAll(protectPaths());
        if (!inStages()) {
            steps.addAll(limitProcess());
        }
        steps.addAll(changePersonality());
        steps.addAll(makeWorkingFolder());
        steps.addAll(lockRoot());
        steps.addAll(dropPrivileges(attended));
        return steps;
    }

    /** The plan of {@code steps}; whoever stayed outside of the PID namespace goes on behind them, and ends. */
    private static Plan whole(List<Step> steps) {
        for (var step : List.copyOf(steps)) {
            if (step instanceof NamespaceStep.EnterPidNamespace) {
                steps.add(new NamespaceStep.Leave());
            }
        }
        return new Plan(steps);
    }

    /** The process is born in its namespaces. */
    private List<Step> enterNamespaces(boolean attended) {
        var steps = new ArrayList<Step>();
        steps.addAll(cloneProcess());
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        }
        steps.addAll(joinCgroup());
        steps.addAll(joinNamespaces());
        steps.addAll(offsetClocks());
        steps.add(new ProcessStep.NewSession());
        steps.addAll(takeBindMountsAlong(true));
        steps.add(new MountStep.IsolateMounts(hearsOfHost()));
        steps.addAll(adjustOomScore());
        steps.addAll(labelProcess());
        return steps;
    }

    /**
     * Whether the process enters its namespaces one after the other: a user namespace takes away the rights that it takes to join others,
     * and to reach what is to be mounted; and a PID namespace that is there takes in children alone.
     */
    private boolean inStages() {
        return namespaces.contains(CloneFlag.CLONE_NEWUSER) || isSet(path("pid"));
    }

    private List<Step> enterNamespacesInStages(boolean attended) {
        var steps = new ArrayList<Step>();
        var users = namespaces.contains(CloneFlag.CLONE_NEWUSER);
        var born = EnumSet.copyOf(namespaces);
        born.removeAll(EnumSet.of(
                CloneFlag.CLONE_NEWCGROUP, CloneFlag.CLONE_NEWTIME, CloneFlag.CLONE_NEWUSER, CloneFlag.CLONE_NEWPID));
        joined().forEach(namespace -> born.remove(NAMESPACES.get(namespace.type())));
        var late = EnumSet.copyOf(born);
        if (users) {
            born.retainAll(EnumSet.of(CloneFlag.CLONE_NEWNS));
        } else {
            late.clear();
        }
        if (namespaces.contains(CloneFlag.CLONE_NEWPID) && !isSet(path("pid"))) {
            late.add(CloneFlag.CLONE_NEWPID);
        }
        if (namespaces.contains(CloneFlag.CLONE_NEWCGROUP) && !isSet(path("cgroup"))) {
            late.add(CloneFlag.CLONE_NEWCGROUP);
        }
        steps.addAll(clone(born));
        steps.add(new ProcessStep.DieWithKoker()); // which whoever goes on inside forgets
        if (scoped) {
            steps.add(new ProcessStep.Meet(SCOPE));
        }
        if (spec.linux().cgroupsPath() != null && birthplace().isEmpty()) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
        }
        steps.addAll(limitProcess());
        steps.addAll(adjustOomScore());
        steps.addAll(labelProcess());
        steps.addAll(joinNamespaces());
        steps.addAll(offsetClocks());
        steps.addAll(takeBindMountsAlong(true));
        steps.add(new MountStep.IsolateMounts(hearsOfHost()));
        steps.addAll(takeBindMountsAlong(false));
        if (users) {
            steps.addAll(enterUserNamespace());
            steps.add(new NamespaceStep.BecomeRoot());
        }
        if (!late.isEmpty()) {
            steps.add(new NamespaceStep.Unshare(late));
        }
        if (namespaces.contains(CloneFlag.CLONE_NEWPID)) {
            steps.add(new NamespaceStep.EnterPidNamespace());
        }
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        }
        steps.add(new ProcessStep.NewSession());
        return steps;
    }

    private List<Step> enterUserNamespace() {
        if (isSet(path("user"))) {
            return List.of(new NamespaceStep.JoinNamespace(path("user"), CloneFlag.CLONE_NEWUSER));
        }
        return List.of(
                new NamespaceStep.UnshareUsers(),
                new ProcessStep.Meet("who is who in its user namespace"),
                new HostStep.MapUsers(
                        lines(spec.linux().uidMappings()), lines(spec.linux().gidMappings())));
    }

    private static String lines(List<Spec.IdMapping> mappings) {
        var lines = new StringBuilder();
        for (var mapping : mappings) {
            lines.append(mapping.containerID() + " " + mapping.hostID() + " " + mapping.size() + "\n");
        }
        return lines.toString();
    }

    private List<Step> offsetClocks() {
        if (!namespaces.contains(CloneFlag.CLONE_NEWTIME) || isSet(path("time"))) {
            return List.of();
        }
        var offsets = new ArrayList<String>();
        spec.linux()
                .timeOffsets()
                .forEach((clock, offset) -> offsets.add(clock + " " + offset.secs() + " " + offset.nanosecs()));
        return List.of(new NamespaceStep.OffsetClocks(offsets));
    }

    /** Whether what the host mounts later is to show in the container, too. */
    private boolean hearsOfHost() {
        var propagation = spec.linux().rootfsPropagation();
        return propagation != null && (propagation.endsWith("slave") || propagation.endsWith("shared"));
    }

    private List<Step> propagateRoot() {
        var propagation = spec.linux().rootfsPropagation();
        if (propagation == null || !propagation.endsWith("shared") && !propagation.endsWith("unbindable")) {
            return List.of(); // the others it has inherited
        }
        return List.of(new MountStep.Propagate(
                "/", MountOptions.parse(List.of(propagation)).propagation()));
    }

    private List<Step> changePersonality() {
        var personality = spec.linux().personality();
        return personality == null
                ? List.of()
                : List.of(new ProcessStep.SetPersonality(
                        personality.domain().equals("LINUX32") ? Constant.PER_LINUX32 : Constant.PER_LINUX));
    }

    /**
     * The plan for a further process in this container, which runs: the spec's process is that one, and {@code pid} the container's first.
     *
     * @param attended whether it ends with koker
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan join(int pid, boolean attended) {
        var steps = new ArrayList<Step>();
        root = Path.of("/proc/" + pid + "/root");
        steps.add(new HostStep.Clone(Set.of()));
        if (spec.linux().cgroupsPath() != null) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
        }
        steps.addAll(adjustOomScore());
        steps.addAll(labelProcess());
        steps.add(new ProcessStep.HideProgram(false));
        var users = namespaces.contains(CloneFlag.CLONE_NEWUSER);
        if (users) {
            steps.addAll(limitProcess()); // which takes rights outside
        }
        steps.add(new NamespaceStep.JoinNamespaces(pid, namespaces));
        if (users) {
            steps.add(new NamespaceStep.BecomeRoot());
        }
        steps.add(new NamespaceStep.EnterPidNamespace());
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        }
        steps.add(new ProcessStep.NewSession());
        steps.addAll(openTerminal(false));
        if (!users) {
            steps.addAll(limitProcess());
        }
        steps.addAll(changePersonality());
        steps.add(umask());
        steps.addAll(dropPrivileges(attended));
        steps.add(new ProcessStep.Meet("koker, which looks after the process"));
        steps.add(new ProcessStep.ChangeFolder(spec.process().cwd()));
        steps.addAll(filterCalls(true));
        steps.add(command());
        return whole(steps);
    }

    /** The types of namespaces that a container can have, as config.json names them. */
    public static List<String> namespaceTypes() {
        return NAMESPACES.keySet().stream().sorted().toList();
    }

    /**
     * The plan for a hook in this container, whose first process is {@code pid}.
     *
     * @param confined whether it may do no more than the container's command, in the container's root; else it is one of koker's own programs
     *     in the container's namespaces
     */
    public Plan hook(int pid, Hooks.Hook hook, boolean confined) {
        var steps = new ArrayList<Step>();
        steps.add(new HostStep.Clone(Set.of()));
        if (spec.linux().cgroupsPath() != null) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
        }
        if (confined) {
            steps.addAll(labelProcess());
        }
        steps.add(new NamespaceStep.JoinNamespaces(pid, namespaces));
        if (namespaces.contains(CloneFlag.CLONE_NEWUSER)) {
            steps.add(new NamespaceStep.BecomeRoot());
        }
        steps.add(new NamespaceStep.EnterPidNamespace());
        steps.addAll(confined ? confinedHook(hook) : hook(hook, rootfs()));
        return whole(steps);
    }

    /** The plan for a hook on the host. */
    public Plan hook(Hooks.Hook hook) {
        var steps = new ArrayList<Step>();
        steps.add(new HostStep.Clone(Set.of()));
        steps.addAll(hook(hook, bundle.toString()));
        return new Plan(steps);
    }

    /** Hooks that are run when the container starts; of one that waits for that, whoever starts it runs them. */
    private List<Step> beforeCommand() {
        return spec.hooks().startContainer().isEmpty() ? List.of() : List.of(new ProcessStep.Meet(START_HOOKS));
    }

    private List<Step> confinedHook(Hooks.Hook hook) {
        var steps = new ArrayList<Step>();
        steps.addAll(dropPrivileges(false));
        steps.addAll(hook(hook, spec.process().cwd()));
        return steps;
    }

    /** With a session of its own, so that all that the hook starts can be killed together. */
    private static List<Step> hook(Hooks.Hook hook, String folder) {
        var arguments = hook.args().isEmpty() ? List.of(hook.path()) : hook.args();
        return List.of(
                new ProcessStep.NewSession(),
                new ProcessStep.ChangeFolder(folder),
                new ProcessStep.Exec(List.of(hook.path()), arguments, hook.env()));
    }

    /** Whether hooks are to be run before the root changes. */
    private boolean hasEarlyHooks() {
        var hooks = spec.hooks();
        return !hooks.prestart().isEmpty()
                || !hooks.createRuntime().isEmpty()
                || !hooks.createContainer().isEmpty();
    }

    /** Whether an init stays in the container as its first process, which goes on to run the plan's program. */
    public static boolean hasInit(Spec spec) {
        return "true".equals(spec.annotations().get(INIT));
    }

    /** The same planner, for a container whose cgroup is made by somebody else, who wants a process for that: see {@link #SCOPE}. */
    public Planner scoped() {
        return new Planner(spec, bundle, cgroups, folders, true);
    }

    /** The steps by which koker adds what is still missing of that cgroup. */
    public List<Step> fillScope() {
        return cgroups.make(spec.linux().cgroupsPath(), resources()).stream()
                .map(step ->
                        step instanceof HostStep.MakeCgroup(var folder) ? new HostStep.MakeParentCgroup(folder) : step)
                .toList();
    }

    /** What the container is limited to; the devices that every container has are among those that it may use. */
    public Spec.Resources resources() {
        var resources = spec.linux().resources();
        return resources == null ? Spec.Resources.NONE : DeviceRules.withDefaults(resources);
    }

    private List<Step> makeCgroup() {
        if (scoped || spec.linux().cgroupsPath() == null) {
            return List.of();
        }
        return cgroups.make(spec.linux().cgroupsPath(), resources());
    }

    private List<Step> cloneProcess() {
        // The cgroup namespace comes after the cgroup is joined: its root is the cgroup that one is in at that moment.
        var early = EnumSet.copyOf(namespaces);
        early.remove(CloneFlag.CLONE_NEWCGROUP);
        early.remove(CloneFlag.CLONE_NEWTIME);
        joined().forEach(namespace -> early.remove(NAMESPACES.get(namespace.type())));
        return clone(early);
    }

    private List<Step> clone(Set<CloneFlag> early) {
        return birthplace()
                .<List<Step>>map(cgroup -> List.of(new HostStep.OpenCgroup(cgroup), new HostStep.Clone(early, true)))
                .orElse(List.of(new HostStep.Clone(early)));
    }

    private Optional<String> birthplace() {
        return scoped
                ? Optional.empty()
                : Optional.ofNullable(spec.linux().cgroupsPath()).flatMap(cgroups::birthplace);
    }

    private List<Step> joinCgroup() {
        var steps = new ArrayList<Step>();
        if (scoped) {
            steps.add(new ProcessStep.Meet(SCOPE));
        }
        if (spec.linux().cgroupsPath() != null && birthplace().isEmpty()) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
        }
        if (namespaces.contains(CloneFlag.CLONE_NEWCGROUP) && !isSet(path("cgroup"))) {
            steps.add(new NamespaceStep.HideCgroups());
        }
        return steps;
    }

    private List<Step> joinNamespaces() {
        return joined().filter(namespace -> !namespace.type().equals("user")) // the last, as it takes rights away
                .<Step>map(namespace ->
                        new NamespaceStep.JoinNamespace(namespace.path(), NAMESPACES.get(namespace.type())))
                .toList();
    }

    private Stream<Spec.Namespace> joined() {
        return spec.linux().namespaces().stream().filter(namespace -> isSet(namespace.path()));
    }

    private String path(String type) {
        var namespace = spec.linux().namespace(type);
        return namespace == null ? null : namespace.path();
    }

    private static boolean isSet(String text) {
        return text != null && !text.isEmpty();
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

    /** Copies of what is to be bound; those that are to share later mounts with the host are taken before the host's are let go. */
    private List<Step> takeBindMountsAlong(boolean sharing) {
        var steps = new ArrayList<Step>();
        for (var mount : spec.mounts()) {
            if (isBind(mount) && MountOptions.parse(mount.options()).sharesWithHost() == sharing) {
                steps.add(new MountStep.TakeAlong(
                        source(mount),
                        mount.destination(),
                        MountOptions.parse(mount.options()).recursive()));
            }
        }
        if (!sharing) {
            steps.addAll(takeCgroupsAlong());
            if (!masked().isEmpty()) {
                steps.add(new MountStep.HoldNull(masked()));
            }
            if (bindsDevices()) {
                devices().forEach(device -> steps.add(new MountStep.TakeAlong(device.path(), device.path(), false)));
            }
        }
        return steps;
    }

    /** Without a cgroup namespace, a hierarchy of version 1 would show all cgroups of the host: the container's own folders are bound. */
    private List<Step> takeCgroupsAlong() {
        var steps = new ArrayList<Step>();
        for (var mount : spec.mounts()) {
            if (showsOwnCgroups(mount)) {
                cgroups.views(spec.linux().cgroupsPath(), mount.destination())
                        .forEach((target, source) -> steps.add(new MountStep.TakeAlong(source, target, false)));
            }
        }
        return steps;
    }

    private boolean showsOwnCgroups(Spec.Mount mount) {
        return "cgroup".equals(mount.type())
                && !isBind(mount)
                && !namespaces.contains(CloneFlag.CLONE_NEWCGROUP)
                && spec.linux().cgroupsPath() != null;
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
        var options = MountOptions.parse(mount.options());
        var steps = new ArrayList<Step>();
        steps.add(
                Files.isDirectory(Path.of(source)) || folders.contains(source)
                        ? new MountStep.MakeFolder(base, target)
                        : new MountStep.MakeFile(base, target));
        if (inStages()) {
            // In a user namespace, what the source's mount forbids cannot be allowed again, so nothing is said of it.
            steps.add(new MountStep.Attach(source, target, Set.of()));
            var set = MountOptions.attributes(options.flags());
            if (!set.isEmpty()) {
                steps.add(new MountStep.ChangeMount(target, false, set, MountOptions.clearing(set, Set.of())));
            }
        } else {
            steps.add(new MountStep.Attach(source, target, options.flags()));
        }
        steps.addAll(change(target, options));
        return steps;
    }

    private List<Step> mount(Spec.Mount mount, String base) {
        var target = mount.destination();
        var source = mount.source() == null ? "" : mount.source();
        var options = MountOptions.parse(mount.options());
        var data = labelled(mount.type(), options.data());
        var steps = new ArrayList<Step>();
        if (options.remount()) {
            var flags = EnumSet.of(MountFlag.MS_REMOUNT);
            flags.addAll(options.flags());
            if (options.bind()) {
                flags.add(MountFlag.MS_BIND);
            }
            steps.add(new MountStep.Mount(type(mount), source, target, flags, options.data()));
            steps.addAll(change(target, options));
            return steps;
        }
        steps.add(new MountStep.MakeFolder(base, target));
        var flags = EnumSet.noneOf(MountFlag.class);
        flags.addAll(options.flags());
        if (isLocked(mount)) {
            flags.remove(MountFlag.MS_RDONLY); // what lies in it comes first
        }
        var views =
                showsOwnCgroups(mount) ? cgroups.views(spec.linux().cgroupsPath(), target) : Map.<String, String>of();
        if (!views.isEmpty()) {
            steps.addAll(showOwnCgroups(target, views, options));
        } else if (mount.type().equals("cgroup")) {
            steps.addAll(cgroups.show(target, options.flags()));
        } else if (options.copyUp()) {
            if (!mount.type().equals("tmpfs")) {
                throw new SpecException("mount option tmpcopyup is for a tmpfs alone, not for the mount at " + target);
            }
            steps.add(new MountStep.MountCopy(
                    source, target, flags, data, hasRootMount() ? List.of() : HiddenFiles.list(root, target)));
        } else if (isPrepared(mount)) {
            steps.add(new MountStep.AttachToFolder(source, target));
        } else if (!hasRootMount()
                && (mount.type().equals("proc") || mount.type().equals("sysfs"))) {
            steps.add(new MountStep.MountOnFolder(mount.type(), source, target, flags, options.data()));
        } else {
            steps.add(new MountStep.Mount(mount.type(), source, target, flags, data));
        }
        steps.addAll(change(target, options));
        return steps;
    }

    private List<Step> prepareMounts() {
        var steps = new ArrayList<Step>();
        for (var mount : spec.mounts()) {
            if (isPrepared(mount)) {
                var options = MountOptions.parse(mount.options());
                steps.add(new MountStep.PrepareMount(
                        mount.type(),
                        mount.source() == null ? "" : mount.source(),
                        mount.destination(),
                        MountOptions.attributes(options.flags()),
                        options.data()));
            }
        }
        return steps;
    }

    private boolean isPrepared(Spec.Mount mount) {
        return bindsDevices()
                && !isBind(mount)
                && ("proc".equals(mount.type()) || "sysfs".equals(mount.type()))
                && !MountOptions.parse(mount.options()).remount();
    }

    /** The same mount twice would be one on itself, which nobody means. */
    private void refuseRepetition() {
        var seen = new HashSet<String>();
        for (var mount : spec.mounts()) {
            if (!seen.add(mount.type() + " " + mount.source() + " " + mount.destination() + " " + mount.options())) {
                throw new SpecException("mounts: the one at " + mount.destination() + " is there twice");
            }
        }
    }

    /** Whether the root is made by koker, layer on layer, and nobody else can be in it yet. */
    private boolean hasRootMount() {
        return spec.mounts().stream().anyMatch(mount -> mount.destination().equals("/"));
    }

    private static String type(Spec.Mount mount) {
        return mount.type() == null
                        || mount.type().equals("none")
                        || mount.type().equals("bind")
                ? ""
                : mount.type();
    }

    /** Whether it becomes read-only when all is in its place: others may be mounted in it. */
    private static boolean isLocked(Spec.Mount mount) {
        return "tmpfs".equals(mount.type())
                && !MountOptions.parse(mount.options()).remount()
                && MountOptions.parse(mount.options()).flags().contains(MountFlag.MS_RDONLY);
    }

    private List<Step> lockMounts() {
        var steps = new ArrayList<Step>();
        for (var mount : spec.mounts()) {
            if (!mount.destination().equals("/") && !isBind(mount) && isLocked(mount)) {
                var flags = EnumSet.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND);
                flags.addAll(MountOptions.parse(mount.options()).flags());
                steps.add(new MountStep.Mount("", "", mount.destination(), flags, ""));
            }
        }
        return steps;
    }

    private static List<Step> showOwnCgroups(String target, Map<String, String> views, MountOptions options) {
        var steps = new ArrayList<Step>();
        steps.add(new MountStep.Mount(
                "tmpfs",
                "tmpfs",
                target,
                EnumSet.of(MountFlag.MS_NOSUID, MountFlag.MS_NODEV, MountFlag.MS_NOEXEC),
                "mode=755"));
        var set = MountOptions.attributes(options.flags());
        views.forEach((place, source) -> {
            steps.add(new MountStep.MakeFolder(target, place));
            steps.add(new MountStep.Attach(source, place, Set.of()));
            steps.add(new MountStep.ChangeMount(place, false, set, MountOptions.clearing(set, Set.of())));
        });
        if (options.flags().contains(MountFlag.MS_RDONLY)) {
            steps.add(new MountStep.ChangeMount(target, false, Set.of(MountAttribute.MOUNT_ATTR_RDONLY), Set.of()));
        }
        return steps;
    }

    /** What options ask for that mount(2) does not do when it mounts. */
    private static List<Step> change(String target, MountOptions options) {
        var steps = new ArrayList<Step>();
        if (!options.propagation().isEmpty() && !isPrivate(options.propagation())) {
            steps.add(new MountStep.Propagate(target, options.propagation()));
        }
        if (!options.set().isEmpty() || !options.unset().isEmpty()) {
            steps.add(new MountStep.ChangeMount(
                    target, true, options.set(), MountOptions.clearing(options.set(), options.unset())));
        }
        return steps;
    }

    /** Whether that is what all mounts are anyway. */
    private static boolean isPrivate(List<Set<MountFlag>> propagation) {
        return propagation.stream().allMatch(flags -> flags.contains(MountFlag.MS_PRIVATE));
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

    /** The devices that every container has (config-linux.md, default devices), and those that are asked for. */
    private List<Spec.Device> devices() {
        if (hasDevOfHost()) {
            return List.of();
        }
        var devices = new ArrayList<>(DEVICES);
        for (var device : spec.linux().devices()) {
            devices.removeIf(other -> other.path().equals(device.path()));
            if (!device.path().equals("/dev/ptmx") && !device.path().equals("/dev/console")) {
                devices.add(device); // these belong to the container's own terminals
            }
        }
        return devices;
    }

    private boolean hasDevOfHost() {
        return spec.mounts().stream().anyMatch(mount -> mount.destination().equals("/dev") && isBind(mount));
    }

    private boolean hasOwnDev() {
        return spec.mounts().stream().anyMatch(mount -> mount.destination().equals("/dev") && !isBind(mount));
    }

    /** In a user namespace nobody can make a device: the host's are bound. */
    private boolean bindsDevices() {
        return namespaces.contains(CloneFlag.CLONE_NEWUSER);
    }

    private List<Step> makeDevices() {
        if (hasDevOfHost()) {
            return List.of();
        }
        var steps = new ArrayList<Step>();
        if (!hasOwnDev()) {
            steps.add(new MountStep.MakeFolder("", "/dev"));
        }
        for (var device : devices()) {
            var above = device.path().lastIndexOf('/');
            if (bindsDevices()) {
                steps.add(new MountStep.MakeFile(
                        hasOwnDev() && device.path().startsWith("/dev/") ? "/dev" : "", device.path()));
                steps.add(new MountStep.Attach(device.path(), device.path(), Set.of()));
                continue;
            }
            if (above > 0 && !device.path().substring(0, above).equals("/dev")) {
                steps.add(new MountStep.MakeFolder("", device.path().substring(0, above)));
            }
            steps.add(new MountStep.MakeDevice(
                    device.path(),
                    device.type(),
                    (int) device.major(),
                    (int) device.minor(),
                    device.fileMode() == null ? DEVICE_MODE : device.fileMode() & PERMISSIONS,
                    device.uid() == null ? 0 : device.uid(),
                    device.gid() == null ? 0 : device.gid(),
                    !hasOwnDev() || !device.path().startsWith("/dev/")));
        }
        steps.addAll(LINKS);
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
        if (isSet(spec.hostname())) {
            steps.add(new NamespaceStep.SetHostname(spec.hostname()));
        }
        if (isSet(spec.domainname())) {
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
        spec.linux().sysctl().forEach((parameter, value) -> {
            var step = new NamespaceStep.SetSysctl(parameter, value);
            Sysctls.check(step, spec.linux());
            steps.add(step);
        });
        return steps;
    }

    private List<Step> protectPaths() {
        var steps = new ArrayList<Step>();
        steps.addAll(lockMounts());
        spec.linux().readonlyPaths().forEach(path -> steps.add(new MountStep.MakeReadOnly(path)));
        masked().forEach(path -> steps.add(new MountStep.Mask(path)));
        return steps;
    }

    private List<String> masked() {
        return spec.linux().maskedPaths().stream().distinct().toList();
    }

    private List<Step> limitProcess() {
        var steps = new ArrayList<Step>();
        for (var limit : spec.process().rlimits()) {
            steps.add(new ProcessStep.SetLimit(
                    resource(limit.type()),
                    limit.soft().longValue(),
                    limit.hard().longValue()));
        }
        var priority = spec.process().ioPriority();
        if (priority != null) {
            steps.add(new ProcessStep.SetIoPriority(Scheduling.valueOf(priority.class_()), priority.priority()));
        }
        var scheduler = spec.process().scheduler();
        if (scheduler != null) {
            steps.add(new ProcessStep.Schedule(
                    Scheduling.valueOf(scheduler.policy()),
                    scheduler.flags().stream().map(Planner::schedulingFlag).toList(),
                    scheduler.nice(),
                    scheduler.priority(),
                    scheduler.runtime(),
                    scheduler.deadline(),
                    scheduler.period()));
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
        if (inStages()) {
            return List.of(new MountStep.ChangeMount("/", false, Set.of(MountAttribute.MOUNT_ATTR_RDONLY), Set.of()));
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
        // None at all, where nothing is said of them.
        var asked = spec.process().capabilities();
        var sets = asked == null ? new Spec.Capabilities(null, null, null, null, null) : asked;
        steps.add(new ProcessStep.DropBounding(EnumSet.complementOf(capabilities(sets.bounding()))));
        steps.add(new ProcessStep.SetUser(user.uid(), user.gid(), user.additionalGids()));
        var permitted = capabilities(sets.permitted());
        var inheritable = capabilities(sets.inheritable());
        var effective = granted("effective", capabilities(sets.effective()), permitted);
        var ambient = granted("ambient", capabilities(sets.ambient()), permitted);
        ambient = granted("ambient", ambient, inheritable);
        steps.add(new ProcessStep.SetCapabilities(effective, permitted, inheritable, ambient));
        if (attended && (user.uid() != 0 || user.gid() != 0)) {
            steps.add(new ProcessStep.DieWithKoker()); // the kernel forgot it when the user changed
        }
        if (spec.process().noNewPrivileges()) {
            steps.add(new ProcessStep.NoNewPrivileges());
        }
        return steps;
    }

    /** It is for the process and all that it starts, and written as long as /proc is the host's. */
    private List<Step> adjustOomScore() {
        var score = spec.process().oomScoreAdj();
        return score == null ? List.of() : List.of(new ProcessStep.AdjustOomScore(score));
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
        return new ProcessStep.Exec(candidates(process), process.args(), environment());
    }

    /** The environment: of two variables of one name the later one counts; and HOME is what the container's own files say. */
    private List<String> environment() {
        var variables = new LinkedHashMap<String, String>();
        for (var variable : spec.process().env()) {
            var end = variable.indexOf('=');
            variables.put(variable.substring(0, end), variable.substring(end + 1));
        }
        if (!isSet(variables.get("HOME")) && !hasRootMount()) {
            variables.put("HOME", Accounts.home(root, spec.process().user().uid()));
        }
        var all = new ArrayList<String>();
        variables.forEach((name, value) -> all.add(name + "=" + value));
        return all;
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

    private static Scheduling schedulingFlag(String name) {
        return Arrays.stream(Scheduling.values())
                .filter(flag -> flag.name().equals(name) && name.startsWith("SCHED_FLAG_"))
                .findFirst()
                .orElseThrow(() -> new SpecException("process.scheduler.flags: there is no '" + name + "'"));
    }

    private static boolean isBind(Spec.Mount mount) {
        return !mount.destination().equals("/")
                && !mount.options().contains("remount")
                && (MountOptions.parse(mount.options()).bind()
                        || mount.type() == null
                        || mount.type().equals("bind"));
    }

    private static Set<CloneFlag> namespaces(Spec spec) {
        var flags = EnumSet.noneOf(CloneFlag.class);
        for (var namespace : spec.linux().namespaces()) {
            var flag = NAMESPACES.get(namespace.type());
            if (flag == null) {
                throw new SpecException("there are no namespaces of type '" + namespace.type() + "'");
            }
            if (isSet(namespace.path()) && flag == CloneFlag.CLONE_NEWNS) {
                throw new SpecException("the mount namespace at " + namespace.path()
                        + " is not joined: its root would change for all who are in it");
            }
            flags.add(flag);
        }
        if (!flags.contains(CloneFlag.CLONE_NEWNS)) {
            throw new SpecException("a container without a mount namespace would change the host's mounts");
        }
        return flags;
    }

    /** What the plan does not do as it was asked, in one line each, once it has been made. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Those of {@code asked} that the kernel gives to one who has {@code needed}. */
    private EnumSet<Capability> granted(String set, EnumSet<Capability> asked, Set<Capability> needed) {
        var granted = EnumSet.noneOf(Capability.class);
        for (var capability : asked) {
            if (needed.contains(capability)) {
                granted.add(capability);
            } else {
                warnings.add("process.capabilities." + set + ": " + capability
                        + " is not in the sets that it would come from; it is left out");
            }
        }
        return granted;
    }

    /** Names that no capability has, or none of this kernel's, are left out: the specification wants a warning, and no more. */
    private EnumSet<Capability> capabilities(Set<String> names) {
        var set = EnumSet.noneOf(Capability.class);
        for (var name : names) {
            var found = false;
            for (var capability : Capability.values()) {
                if (capability.name().equals(name)) {
                    set.add(capability);
                    found = true;
                }
            }
            if (!found) {
                warnings.add("there is no capability " + name + "; it is left out");
            }
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
