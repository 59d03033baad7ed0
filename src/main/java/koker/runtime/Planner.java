package koker.runtime;

import static java.util.Map.entry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import koker.cgroup.CgroupException;
import koker.cgroup.Cgroups;
import koker.cgroup.Subgroups;
import koker.kernel.CloneFlag;
import koker.kernel.Event.Side;
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
    static final Map<String, CloneFlag> NAMESPACES = Map.ofEntries(
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
    private static final String LIMITS = "what it may not set itself";

    private static final String CGROUPS = "/sys/fs/cgroup";

    private final Spec spec;
    private final Path bundle;
    private final Cgroups cgroups;
    private final Set<String> folders;
    private final boolean scoped;
    private final Optional<String> keyring;
    private final Caller caller;
    private final List<String> found;
    private final Set<CloneFlag> namespaces;
    private final MountPlanner mounts;
    private final ProcessPlanner process;

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
        this(spec, bundle, cgroups, folders, false, Optional.empty(), Caller.ROOT, List.of());
    }

    private Planner(
            Spec spec,
            Path bundle,
            Cgroups cgroups,
            Set<String> folders,
            boolean scoped,
            Optional<String> keyring,
            Caller caller,
            List<String> found) {
        this.found = found;
        this.scoped = scoped;
        this.keyring = keyring;
        this.caller = caller;
        this.folders = folders;
        var clean = Destinations.clean(spec);
        this.spec = cgroups.isUnified() && spec.linux().has("user") ? HostCgroups.shown(clean) : clean;
        this.bundle = bundle;
        this.cgroups = cgroups;
        this.namespaces = namespaces(spec);
        this.mounts = new MountPlanner(this.spec, bundle, cgroups, folders, namespaces, inStages(), caller);
        this.process = new ProcessPlanner(this.spec, keyring, caller);
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
        steps.add(command().left());
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
        steps.addAll(beforeCommand());
        steps.addAll(process.filterCalls(true));
        steps.add(hasInit(spec) ? new ProcessStep.Init(command()) : command());
        return whole(steps);
    }

    /** Whoever asked for the container looks after it, and wants to know now if there is no such command. */
    private List<Step> detached() {
        var steps = make(false, false);
        steps.add(new ProcessStep.FindCommand(spec.process().args().getFirst(), process.candidates()));
        // Now, so that whoever creates it learns if the kernel refuses the filter.
        steps.addAll(process.filterCalls(true));
        steps.add(new ProcessStep.Meet(RECORD));
        return steps;
    }

    /** All but the command; {@code attended} says whether the process ends with koker. */
    private List<Step> make(boolean attended, boolean supervised) {
        var steps = new ArrayList<Step>();
        steps.addAll(makeCgroup());
        steps.addAll(enter(attended));
        steps.addAll(mounts.prepareMounts());
        steps.add(ProcessStep.HideProgram.behind(taken(steps), supervised));
        // Kernel parameters are set while /proc is the host's: the container's may lead elsewhere (CVE-2025-52881).
        if (!hasEarlyHooks()) {
            steps.addAll(setSysctls());
        }
        steps.addAll(mounts.mountRoot());
        if (!inStages()) {
            steps.addAll(mounts.takeBindMountsAlong(false));
        }
        if (hasEarlyHooks()) {
            steps.add(new MountStep.VisitRoot(mounts.rootfs()));
            steps.addAll(mounts.mountEverythingElse());
            steps.addAll(mounts.makeDevices());
            steps.add(new ProcessStep.Meet(HOOKS));
            steps.add(new MountStep.LeaveRoot());
            steps.addAll(setSysctls()); // links that hooks have plugged in have some, too
            steps.add(new MountStep.EnterRoot(mounts.rootfs()));
        } else {
            steps.add(new MountStep.EnterRoot(mounts.rootfs()));
            steps.addAll(mounts.mountEverythingElse());
            steps.addAll(mounts.makeDevices());
        }
        steps.addAll(mounts.propagateRoot());
        steps.addAll(process.openTerminal(true));
        steps.addAll(nameHost());
        steps.addAll(linkLoopback());
        steps.addAll(mounts.protectPaths());
        steps.addAll(limitProcess());
        steps.addAll(process.changePersonality());
        steps.addAll(makeWorkingFolder());
        steps.addAll(mounts.followLinks());
        steps.addAll(mounts.lockRoot());
        steps.addAll(process.enterFolderAndDropPrivileges(attended));
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

    private List<Step> enter(boolean attended) {
        if (caller == Caller.USER) {
            return enterNamespacesAsUser(attended);
        }
        return inStages() ? enterNamespacesInStages(attended) : enterNamespaces(attended);
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
        steps.addAll(mounts.takeBindMountsAlong(true));
        steps.add(new MountStep.IsolateMounts(mounts.hearsOfHost()));
        steps.addAll(process.adjustOomScore());
        steps.addAll(process.labelProcess());
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
        steps.addAll(settleOutside());
        steps.addAll(joinNamespaces());
        steps.addAll(offsetClocks());
        steps.addAll(mounts.takeBindMountsAlong(true));
        steps.add(new MountStep.IsolateMounts(mounts.hearsOfHost()));
        steps.addAll(mounts.takeBindMountsAlong(false));
        if (users) {
            steps.addAll(enterUserNamespace());
            steps.add(new NamespaceStep.BecomeRoot());
        }
        if (!late.isEmpty()) {
            steps.add(new NamespaceStep.UnshareNamespaces(late));
        }
        steps.addAll(goOnInside(attended));
        return steps;
    }

    /** The user namespace comes first: only in it has the process the rights to make others, and to mount. */
    private List<Step> enterNamespacesAsUser(boolean attended) {
        var steps = new ArrayList<Step>();
        steps.addAll(clone(Set.of()));
        steps.addAll(settleOutside());
        steps.addAll(enterUserNamespace());
        steps.add(new NamespaceStep.BecomeRoot());
        steps.addAll(joinNamespaces());
        var made = EnumSet.copyOf(namespaces);
        made.removeAll(EnumSet.of(CloneFlag.CLONE_NEWUSER, CloneFlag.CLONE_NEWTIME));
        joined().forEach(namespace -> made.remove(NAMESPACES.get(namespace.type())));
        steps.add(new NamespaceStep.UnshareNamespaces(made));
        steps.addAll(offsetClocks());
        steps.addAll(mounts.takeBindMountsAlong(true));
        steps.add(new MountStep.IsolateMounts(mounts.hearsOfHost()));
        steps.addAll(mounts.takeBindMountsAlong(false));
        steps.addAll(goOnInside(attended));
        return steps;
    }

    /** What only a process that is still outside of its namespaces can do. */
    private List<Step> settleOutside() {
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.DieWithKoker()); // which whoever goes on inside forgets
        steps.addAll(joinCgroupAlone());
        steps.addAll(process.adjustOomScore());
        steps.addAll(process.labelProcess());
        return steps;
    }

    /** The process, or its child where there is a PID namespace, is in all its namespaces. */
    private List<Step> goOnInside(boolean attended) {
        var steps = new ArrayList<Step>();
        if (namespaces.contains(CloneFlag.CLONE_NEWPID)) {
            steps.add(new NamespaceStep.EnterPidNamespace());
        }
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        } else if (!namespaces.contains(CloneFlag.CLONE_NEWPID)) {
            steps.add(new ProcessStep.OutliveKoker()); // which a child would by itself
        }
        steps.add(new ProcessStep.NewSession());
        return steps;
    }

    /**
     * In a user namespace it has no rights outside, where limits count; and when it has them, others would hinder it from getting there. So koker
     * limits it.
     */
    private List<Step> limitProcess() {
        var limits = process.limits();
        if (limits.isEmpty() || caller == Caller.USER || !namespaces.contains(CloneFlag.CLONE_NEWUSER)) {
            return List.copyOf(limits);
        }
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.Meet(LIMITS));
        for (var limit : limits) {
            steps.add(new HostStep.SetForProcess(limit));
        }
        return steps;
    }

    /** How many files the process has open by then that {@code steps} have opened for later. */
    private static int taken(List<Step> steps) {
        var taken = 0;
        for (var step : steps) {
            if (step instanceof MountStep.TakeAlong || step instanceof MountStep.PrepareMount) {
                taken++;
            } else if (step instanceof MountStep.HoldNull held) {
                taken += held.paths().size();
            }
        }
        return taken;
    }

    private List<Step> enterUserNamespace() {
        if (isSet(path("user"))) {
            return List.of(new NamespaceStep.JoinNamespace(path("user"), CloneFlag.CLONE_NEWUSER));
        }
        return List.of(
                new NamespaceStep.UnshareUsers(),
                new ProcessStep.Meet("who is who in its user namespace"),
                new HostStep.MapUsers(
                        lines(spec.linux().uidMappings()), lines(spec.linux().gidMappings()), caller == Caller.USER));
    }

    static String lines(List<Spec.IdMapping> mappings) {
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

    /**
     * The plan for a further process in this container, which runs: the spec's process is that one, and {@code pid} the container's first.
     *
     * @param attended whether it ends with koker
     * @throws SpecException if the spec asks for what koker cannot do
     */
    public Plan join(int pid, boolean attended) {
        return join(pid, attended, Subgroups.NONE);
    }

    /**
     * The same, in cgroups {@code below} the container's.
     *
     * @throws SpecException if the spec asks for what koker cannot do
     * @throws CgroupException if the host cannot have such cgroups
     */
    public Plan join(int pid, boolean attended, Subgroups below) {
        var steps = new ArrayList<Step>();
        steps.add(new HostStep.Clone(Set.of()));
        if (spec.linux().cgroupsPath() != null) {
            steps.addAll(cgroups.follow(pid, spec.linux().cgroupsPath(), below));
        }
        steps.addAll(process.adjustOomScore());
        steps.addAll(process.labelProcess());
        steps.addAll(enterContainer(pid, List.of(ProcessStep.HideProgram.behind(0, false))));
        steps.add(new NamespaceStep.EnterPidNamespace());
        if (attended) {
            steps.add(new ProcessStep.DieWithKoker());
        }
        steps.add(new ProcessStep.NewSession());
        steps.addAll(process.openTerminal(false));
        steps.addAll(limitProcess());
        steps.addAll(process.changePersonality());
        steps.add(process.umask());
        steps.addAll(process.enterFolderAndDropPrivileges(attended));
        steps.add(new ProcessStep.Meet("koker, which looks after the process"));
        steps.addAll(process.filterCalls(true));
        steps.add(command(Path.of("/proc/" + pid + "/root")));
        return whole(steps);
    }

    /** The process joins the container of the process {@code pid}; {@code hiding} is done before it can be seen there. */
    private List<Step> enterContainer(int pid, List<Step> hiding) {
        var steps = new ArrayList<Step>();
        var others = EnumSet.copyOf(namespaces);
        if (caller == Caller.USER) {
            // Only the user namespace gives it the rights to hide the program, and to join the others.
            others.remove(CloneFlag.CLONE_NEWUSER);
            steps.add(new NamespaceStep.JoinNamespaces(pid, Set.of(CloneFlag.CLONE_NEWUSER)));
            steps.add(new NamespaceStep.BecomeRoot());
        }
        steps.addAll(hiding);
        steps.add(new NamespaceStep.JoinNamespaces(pid, others));
        if (others.contains(CloneFlag.CLONE_NEWUSER)) {
            steps.add(new NamespaceStep.BecomeRoot());
        }
        return steps;
    }

    /**
     * The plan for a hook in this container, whose first process is {@code pid}.
     *
     * @param hook has the environment of the container's command, if it says nothing of one
     * @param confined whether it may do no more than the container's command, in the container's root; else it is one of koker's own programs
     *     in the container's namespaces
     */
    public Plan hook(int pid, Hooks.Hook hook, boolean confined) {
        var steps = new ArrayList<Step>();
        steps.add(new HostStep.Clone(Set.of()));
        if (spec.linux().cgroupsPath() != null) {
            steps.addAll(cgroups.follow(pid, spec.linux().cgroupsPath(), Subgroups.NONE));
        }
        if (confined) {
            steps.addAll(process.labelProcess());
        }
        steps.addAll(enterContainer(pid, List.of()));
        steps.add(new NamespaceStep.EnterPidNamespace());
        steps.addAll(
                confined
                        ? confinedHook(hook.in(
                                command(Path.of("/proc/" + pid + "/root")).environment()))
                        : hook(hook.in(process.environment(Optional.empty())), mounts.rootfs()));
        return new Plan(whole(steps).steps(), Side.HOOK);
    }

    /** The plan for a hook on the host, which says what environment it has. */
    public Plan hook(Hooks.Hook hook) {
        var steps = new ArrayList<Step>();
        steps.add(new HostStep.Clone(Set.of()));
        steps.addAll(hook(hook, bundle.toString()));
        return new Plan(steps, Side.HOOK);
    }

    /** Hooks that are run when the container starts; of one that waits for that, whoever starts it runs them. */
    private List<Step> beforeCommand() {
        return spec.hooks().startContainer().isEmpty() ? List.of() : List.of(new ProcessStep.Meet(START_HOOKS));
    }

    private List<Step> confinedHook(Hooks.Hook hook) {
        var steps = new ArrayList<Step>();
        steps.addAll(limitProcess());
        steps.add(process.umask());
        steps.addAll(process.enterFolderAndDropPrivileges(false));
        steps.add(new ProcessStep.NewSession());
        steps.addAll(process.filterCalls(true));
        steps.add(command(hook));
        return steps;
    }

    /** With a session of its own, so that all that the hook starts can be killed together. */
    private static List<Step> hook(Hooks.Hook hook, String folder) {
        return List.of(new ProcessStep.NewSession(), new ProcessStep.ChangeFolder(folder), command(hook));
    }

    private static Step command(Hooks.Hook hook) {
        return new ProcessStep.Exec(List.of(hook.path()), hook.arguments(), hook.env());
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
        return new Planner(spec, bundle, cgroups, folders, true, keyring, caller, found);
    }

    /** The same planner, for a container whose processes have a keyring of their own; the container is called {@code id}. */
    public Planner withKeyring(String id) {
        return new Planner(spec, bundle, cgroups, folders, scoped, Optional.of("_ses." + id), caller, found);
    }

    /** The same planner, for a container in a cgroup that somebody else has made, in part at least: {@code found} are the folders that are there. */
    public Planner taking(List<String> found) {
        return new Planner(spec, bundle, cgroups, folders, scoped, keyring, caller, found);
    }

    /**
     * The same planner, for a container that is made with the rights of {@code caller}.
     *
     * @throws SpecException if the spec asks for what those do not suffice for
     */
    public Planner madeBy(Caller caller) {
        return caller == Caller.ROOT
                ? this
                : new Planner(Rootless.of(spec, caller), bundle, cgroups, folders, scoped, keyring, caller, found);
    }

    /** The steps by which koker adds what is still missing of that cgroup. */
    public List<Step> fillScope() {
        var steps = new ArrayList<Step>();
        for (var step : cgroups.make(spec.linux().cgroupsPath(), resources())) {
            steps.add(step instanceof HostStep.MakeCgroup(var folder) ? new HostStep.MakeParentCgroup(folder) : step);
        }
        steps.addAll(delegateCgroup());
        return steps;
    }

    /**
     * What the container is limited to; it may use the devices that every container has, and others only if it says so. Without root's rights
     * on the host nobody can restrict devices, nor use more of them.
     */
    public Spec.Resources resources() {
        var resources = spec.linux().resources() == null
                ? Spec.Resources.NONE
                : spec.linux().resources();
        if (caller != Caller.ROOT) {
            return resources.withDevices(List.of());
        }
        var possible = !resources.devices().isEmpty() || cgroups.restrictsDevices();
        return possible ? DeviceRules.withDefaults(resources) : resources;
    }

    private List<Step> makeCgroup() {
        if (scoped || spec.linux().cgroupsPath() == null) {
            return List.of();
        }
        var steps = new ArrayList<Step>();
        for (var step : cgroups.make(spec.linux().cgroupsPath(), resources())) {
            if (found.isEmpty() || !(step instanceof HostStep.MakeCgroup(var folder) && found.contains(folder))) {
                steps.add(step);
            }
        }
        steps.addAll(delegateCgroup());
        return steps;
    }

    /** Whoever sees the container's cgroups as if there were no others, and may write to them, owns them (config-linux.md, "Cgroup ownership"). */
    private List<Step> delegateCgroup() {
        if (!namespaces.contains(CloneFlag.CLONE_NEWCGROUP) || isSet(path("cgroup"))) {
            return List.of();
        }
        for (var mount : spec.mounts()) {
            if (mount.destination().equals(CGROUPS)
                    && ("cgroup".equals(mount.type()) || "cgroup2".equals(mount.type()))
                    && !mount.options().contains("ro")) {
                var user = hostUser(spec.process().user().uid());
                return user > 0 ? cgroups.delegate(spec.linux().cgroupsPath(), user) : List.of();
            }
        }
        return List.of();
    }

    /** Who the container's user is on the host; -1 if that is not known. */
    private long hostUser(long user) {
        if (!namespaces.contains(CloneFlag.CLONE_NEWUSER)) {
            return user;
        }
        if (isSet(path("user"))) {
            return -1; // its own mappings count
        }
        for (var mapping : spec.linux().uidMappings()) {
            if (user >= mapping.containerID() && user < mapping.containerID() + mapping.size()) {
                return mapping.hostID() + user - mapping.containerID();
            }
        }
        return -1;
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

    /** Not in a cgroup that was there: if its processes have been killed by cgroup.kill once, Linux 6.14 kills who is born there, too. */
    private Optional<String> birthplace() {
        return scoped || !found.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(spec.linux().cgroupsPath()).flatMap(cgroups::birthplace);
    }

    private List<Step> joinCgroup() {
        var steps = new ArrayList<>(joinCgroupAlone());
        if (namespaces.contains(CloneFlag.CLONE_NEWCGROUP) && !isSet(path("cgroup"))) {
            steps.add(new NamespaceStep.HideCgroups());
        }
        return steps;
    }

    /** The same, without a namespace that hides the cgroups above. */
    private List<Step> joinCgroupAlone() {
        var steps = new ArrayList<Step>();
        if (scoped) {
            steps.add(new ProcessStep.Meet(SCOPE));
        }
        if (spec.linux().cgroupsPath() != null && birthplace().isEmpty()) {
            steps.addAll(cgroups.join(spec.linux().cgroupsPath()));
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

    static boolean isSet(String text) {
        return text != null && !text.isEmpty();
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
        return namespaces.contains(CloneFlag.CLONE_NEWNET) && !isSet(path("network"))
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

    private List<Step> makeWorkingFolder() {
        return List.of(
                process.umask(), new MountStep.MakeFolder("", spec.process().cwd()));
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

    /** The steps that mount the container's root, with nothing in it mounted yet. */
    public List<Step> mountRoot() {
        return mounts.mountRoot();
    }

    /** What the plan does not do as it was asked, in one line each, once it has been made. */
    public List<String> warnings() {
        return process.warnings();
    }

    private ProcessStep.Exec command() {
        return command(Path.of(mounts.rootfs()));
    }

    /** The command, in a container whose files are in the folder {@code root}, unless that is still to be mounted. */
    private ProcessStep.Exec command(Path root) {
        return process.command(mounts.hasRootMount() ? Optional.empty() : Optional.of(root));
    }
}
