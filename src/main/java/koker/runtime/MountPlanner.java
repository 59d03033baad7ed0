package koker.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.cgroup.Cgroups;
import koker.kernel.CloneFlag;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;
import koker.kernel.Release;
import koker.plan.MountStep;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Spec;
import koker.spec.SpecException;

/**
 * Plans what a container sees of files: its root, what is mounted there, devices, and what it may not see or change (config.md, "Mounts";
 * config-linux.md, "Devices", "Masked Paths"). The target of a mount is looked up when there is no other root any more.
 */
final class MountPlanner {

    /** File systems that the kernel fills. */
    private static final Set<String> UNLABELLED = Set.of("proc", "sysfs", "cgroup", "cgroup2", "mqueue");

    private static final Set<MountAttribute> NO_LINKS = Set.of(MountAttribute.MOUNT_ATTR_NOSYMFOLLOW);

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
    private final Set<CloneFlag> namespaces;
    private final boolean staged;
    private final boolean inside;
    private final List<PlannedMount> mounts;

    /**
     * That of {@code spec}, which was read from {@code bundle}.
     *
     * @param folders sources that are still to be made, and will be folders
     * @param namespaces those that the container does not share with the host
     * @param staged whether the process enters them one after the other
     * @param caller with whose rights it is mounted
     * @throws SpecException if something is to be mounted twice, or to have other owners and cannot
     */
    MountPlanner(
            Spec spec,
            Path bundle,
            Cgroups cgroups,
            Set<String> folders,
            Set<CloneFlag> namespaces,
            boolean staged,
            Caller caller) {
        this.spec = spec;
        this.bundle = bundle;
        this.cgroups = cgroups;
        this.folders = folders;
        this.namespaces = namespaces;
        this.staged = staged;
        this.inside = namespaces.contains(CloneFlag.CLONE_NEWUSER) || caller == Caller.ROOT_INSIDE;
        this.mounts = PlannedMount.all(spec.mounts());
        refuseOtherRoots();
        refuseRepetition();
        refuseMappedOwners();
        refuseWords();
    }

    /** Whether what the host mounts later is to show in the container, too. */
    boolean hearsOfHost() {
        var propagation = spec.linux().rootfsPropagation();
        return propagation != null && (propagation.endsWith("slave") || propagation.endsWith("shared"));
    }

    /** It comes when all is mounted, which is not about the mounts then; but if it is for all, what they say themselves counts more. */
    List<Step> propagateRoot() {
        var propagation = spec.linux().rootfsPropagation();
        if (propagation == null || !propagation.endsWith("shared") && !propagation.endsWith("unbindable")) {
            return List.of(); // the others it has inherited
        }
        var steps = new ArrayList<Step>();
        steps.add(new MountStep.Propagate(
                "/", MountOptions.parse(List.of(propagation)).propagation()));
        if (propagation.startsWith("r")) {
            for (var mount : mounts) {
                if (!mount.options().propagation().isEmpty()) {
                    steps.add(new MountStep.Propagate(
                            mount.destination(), mount.options().propagation()));
                }
            }
        }
        return steps;
    }

    /** The steps that mount the container's root, with nothing in it mounted yet. */
    List<Step> mountRoot() {
        for (var planned : mounts) {
            if (planned.isRoot()) {
                var mount = planned.mount();
                var options = planned.options();
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
    List<Step> takeBindMountsAlong(boolean sharing) {
        var steps = new ArrayList<Step>();
        for (var mount : mounts) {
            if (mount.isBind() && mount.options().sharesWithHost() == sharing) {
                steps.add(new MountStep.TakeAlong(
                        source(mount), mount.destination(), mount.options().recursive()));
                steps.addAll(mapOwners(mount));
            }
        }
        if (!sharing) {
            steps.addAll(takeCgroupsAlong());
            if (!masked().isEmpty()) {
                steps.add(new MountStep.HoldNull(masked()));
            }
            refuseOtherFiles();
            for (var device : devices()) {
                if (isBound(device)) {
                    steps.add(new MountStep.TakeAlong(device.path(), device.path(), false));
                }
            }
        }
        return steps;
    }

    /** Whether the host's device of that path is shown: in a user namespace nobody can make one. */
    private boolean isBound(Spec.Device device) {
        return inside && !device.type().equals("p");
    }

    /** Whatever has the path of a device on the host would be the container's. */
    private void refuseOtherFiles() {
        for (var device : spec.linux().devices()) {
            if (isBound(device) && !isElsewhere(device) && !HostDevice.is(device)) {
                throw new SpecException("linux.devices: the host's " + device.path() + ", which a container in a user"
                        + " namespace is shown, is no device " + device.type() + " " + device.major() + ":"
                        + device.minor());
            }
        }
    }

    /** Whose files are whose in a bind mount: what the mount itself says counts, else the container's user namespace. */
    private List<Step> mapOwners(PlannedMount planned) {
        if (!planned.hasMappedOwners()) {
            return List.of();
        }
        var mount = planned.mount();
        var source = source(planned);
        var recursive = mount.options().contains("ridmap");
        var users = spec.linux().namespace("user");
        if (mount.uidMappings().isEmpty() && Planner.isSet(users.path())) {
            return List.of(new MountStep.MapOwnersAs(source, mount.destination(), recursive, users.path()));
        }
        var own = !mount.uidMappings().isEmpty();
        return List.of(new MountStep.MapOwners(
                source,
                mount.destination(),
                recursive,
                Planner.lines(own ? mount.uidMappings() : spec.linux().uidMappings()),
                Planner.lines(own ? mount.gidMappings() : spec.linux().gidMappings())));
    }

    /** Without a cgroup namespace, a hierarchy of version 1 would show all cgroups of the host: the container's own folders are bound. */
    private List<Step> takeCgroupsAlong() {
        var steps = new ArrayList<Step>();
        for (var mount : mounts) {
            if (showsOwnCgroups(mount)) {
                cgroups.views(spec.linux().cgroupsPath(), mount.destination())
                        .forEach((target, source) -> steps.add(new MountStep.TakeAlong(source, target, false)));
            }
        }
        return steps;
    }

    private boolean showsOwnCgroups(PlannedMount mount) {
        return mount.isNew("cgroup")
                && !namespaces.contains(CloneFlag.CLONE_NEWCGROUP)
                && spec.linux().cgroupsPath() != null;
    }

    List<Step> mountEverythingElse() {
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.SetUmask(0));
        var mounted = new ArrayList<String>();
        for (var mount : mounts) {
            if (!mount.isRoot()) {
                var base = nearest(mounted, mount.destination());
                steps.addAll(mount.isBind() ? attach(mount, base) : mount(mount, base));
                if (showsOthers(mount)) {
                    steps.add(new MountStep.ChangeMount(mount.destination(), false, NO_LINKS, Set.of()));
                }
                mounted.add(mount.destination());
            }
        }
        return steps;
    }

    /** Whether that is in such a mount. */
    private boolean isWithoutLinks(String path) {
        for (var mount : mounts) {
            var folder = mount.destination();
            if (path.startsWith(folder) && path.startsWith("/", folder.length()) && showsOthers(mount)) {
                return true;
            }
        }
        return false;
    }

    /** All is made that links of the image could have led elsewhere: those of /proc are followed again. */
    List<Step> followLinks() {
        var steps = new ArrayList<Step>();
        for (var mount : mounts) {
            if (showsOthers(mount)) {
                steps.add(new MountStep.ChangeMount(mount.destination(), false, Set.of(), NO_LINKS));
            }
        }
        return steps;
    }

    /**
     * Whether processes outside of the container are seen there: a link of the image to /proc/PID/root is one to the host's root then, and what
     * is made for mounts and devices would be made on the host.
     */
    private boolean showsOthers(PlannedMount mount) {
        var options = mount.options();
        if (mount.isRoot()
                || options.remount()
                || options.flags().contains(MountFlag.MS_NOSYMFOLLOW)
                || options.set().contains(MountAttribute.MOUNT_ATTR_NOSYMFOLLOW)) {
            return false;
        }
        if (mount.isBind()) {
            return Path.of(source(mount)).normalize().startsWith("/proc") && Files.isDirectory(Path.of(source(mount)));
        }
        var pids = spec.linux().namespace("pid");
        return mount.isNew("proc") && (pids == null || Planner.isSet(pids.path()));
    }

    private List<Step> attach(PlannedMount mount, String base) {
        var source = source(mount);
        var target = mount.destination();
        var options = mount.options();
        var steps = new ArrayList<Step>();
        steps.add(
                Files.isDirectory(Path.of(source)) || folders.contains(source)
                        ? new MountStep.MakeFolder(base, target)
                        : new MountStep.MakeFile(base, target));
        steps.addAll(attach(source, target, options.flags(), options.allowed()));
        steps.addAll(change(target, options));
        return steps;
    }

    /** What is bound has what its source's mount has, and what is {@code allowed} again; if there are {@code flags}, these alone, as under runc. */
    private List<Step> attach(String source, String target, Set<MountFlag> flags, Set<MountAttribute> allowed) {
        if (!staged && !inside && !flags.isEmpty()) {
            return List.of(new MountStep.Attach(source, target, flags));
        }
        var steps = new ArrayList<Step>();
        steps.add(new MountStep.Attach(source, target, Set.of()));
        // In a user namespace, what the source's mount forbids cannot be allowed again, so nothing is said of it
        // unless the user does.
        var set = MountOptions.attributes(flags);
        if (!set.isEmpty() || !allowed.isEmpty() && (inside || Release.CURRENT.isAtLeast(5, 12))) {
            steps.add(new MountStep.ChangeMount(target, false, set, MountOptions.clearing(set, allowed)));
        }
        return steps;
    }

    private List<Step> mount(PlannedMount planned, String base) {
        var mount = planned.mount();
        var target = mount.destination();
        var source = planned.source();
        var options = planned.options();
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
        var data = labelled(mount.type(), options.data());
        if (planned.isNew("tmpfs")) {
            steps.addAll(mountTmpfs(planned, base, data));
            steps.addAll(change(target, options));
            return steps;
        }
        if (options.copyUp()) {
            throw new SpecException("mount option tmpcopyup is for a tmpfs alone, not for the mount at " + target);
        }
        steps.add(new MountStep.MakeFolder(base, target));
        var views =
                showsOwnCgroups(planned) ? cgroups.views(spec.linux().cgroupsPath(), target) : Map.<String, String>of();
        if (!views.isEmpty()) {
            steps.addAll(showOwnCgroups(target, views, options));
        } else if (mount.type().equals("cgroup")) {
            steps.addAll(cgroups.show(target, options.flags()));
        } else if (isPrepared(planned)) {
            steps.add(new MountStep.AttachToFolder(source, target));
        } else if (!hasRootMount()
                && (mount.type().equals("proc") || mount.type().equals("sysfs"))) {
            steps.add(new MountStep.MountOnFolder(mount.type(), source, target, options.flags(), options.data()));
        } else {
            steps.add(new MountStep.Mount(mount.type(), source, target, options.flags(), data));
        }
        steps.addAll(change(target, options));
        return steps;
    }

    /** As under runc, it has the mode of the folder that it hides, if nothing is said of that. */
    private List<Step> mountTmpfs(PlannedMount mount, String base, String data) {
        var target = mount.destination();
        var flags = EnumSet.noneOf(MountFlag.class);
        flags.addAll(mount.options().flags());
        flags.remove(MountFlag.MS_RDONLY); // what lies in it comes first
        var like = !mount.options().hasMode();
        if (mount.options().copyUp()) {
            if (hasRootMount()) {
                throw new SpecException("mount option tmpcopyup is not for a container whose root is mounted by koker:"
                        + " what is at " + target + " nobody knows before");
            }
            var files = HiddenFiles.list(Path.of(rootfs()), target);
            return List.of(new MountStep.MountCopy(base, mount.source(), target, flags, data, like, files));
        }
        return like
                ? List.of(new MountStep.MountTmpfs(base, mount.source(), target, flags, data))
                : List.of(
                        new MountStep.MakeFolder(base, target),
                        new MountStep.Mount("tmpfs", mount.source(), target, flags, data));
    }

    List<Step> prepareMounts() {
        var steps = new ArrayList<Step>();
        for (var mount : mounts) {
            if (isPrepared(mount)) {
                steps.add(new MountStep.PrepareMount(
                        mount.mount().type(),
                        mount.source(),
                        mount.destination(),
                        MountOptions.attributes(mount.options().flags()),
                        mount.options().data()));
            }
        }
        return steps;
    }

    private boolean isPrepared(PlannedMount mount) {
        return inside
                && (mount.isNew("proc") || mount.isNew("sysfs"))
                && !mount.options().remount();
    }

    private void refuseMappedOwners() {
        for (var mount : mounts) {
            if (mount.hasMappedOwners() && !mount.isBind()) {
                throw new SpecException("mounts: the one at " + mount.destination()
                        + " is no bind mount: a new file system has no owners that could be mapped (idmap, ridmap)");
            }
        }
    }

    /** The root is there before all else; so in the order of the list it can only be the first mount that is it. */
    private void refuseOtherRoots() {
        for (var i = 0; i < mounts.size(); i++) {
            var mount = mounts.get(i);
            if (mount.isRoot()
                    && (i > 0 || mount.options().bind() || mount.options().remount() || !mount.hasSource())) {
                throw new SpecException("mounts: one at / would be mounted over the root; only the first of them may,"
                        + " with the type and the source of a file system");
            }
        }
    }

    /** No file system would read what is no option of mounts: a word that is not spelt right would be one that does not count. */
    private void refuseWords() {
        for (var mount : mounts) {
            var words = mount.options().data();
            var reads = !mount.isBind()
                    && !mount.options().bind()
                    && !"cgroup".equals(mount.mount().type());
            if (!words.isEmpty() && !reads && !mount.isRoot()) {
                throw new SpecException("mounts: the one at " + mount.destination() + " has no file system of its own"
                        + " that would know what this means: " + words);
            }
        }
    }

    /** The same mount twice would be one on itself, which nobody means. */
    private void refuseRepetition() {
        var seen = new HashSet<String>();
        for (var planned : mounts) {
            var mount = planned.mount();
            var what = planned.isBind() ? "bind " : mount.type() + " ";
            var how = planned.options().remount() ? mount.options().toString() : "";
            if (!seen.add(what + mount.source() + " " + mount.destination() + " " + how)) {
                throw new SpecException("mounts: the one at " + mount.destination() + " is there twice");
            }
        }
    }

    /** Whether the root is made by koker, layer on layer, and nobody else can be in it yet. */
    boolean hasRootMount() {
        for (var mount : mounts) {
            if (mount.isRoot()) {
                return true;
            }
        }
        return false;
    }

    private static String type(Spec.Mount mount) {
        return mount.type() == null
                        || mount.type().equals("none")
                        || mount.type().equals("bind")
                ? ""
                : mount.type();
    }

    private List<Step> lockMounts() {
        var steps = new ArrayList<Step>();
        for (var mount : mounts) {
            if (!mount.isRoot() && mount.isLocked()) {
                var flags = EnumSet.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND);
                flags.addAll(mount.options().flags());
                steps.add(new MountStep.Mount("", "", mount.destination(), flags, ""));
            }
        }
        return steps;
    }

    private List<Step> showOwnCgroups(String target, Map<String, String> views, MountOptions options) {
        var steps = new ArrayList<Step>();
        var flags = EnumSet.of(MountFlag.MS_NOSUID, MountFlag.MS_NODEV, MountFlag.MS_NOEXEC);
        steps.add(new MountStep.Mount("tmpfs", "tmpfs", target, flags, "mode=755"));
        views.forEach((place, source) -> {
            steps.add(new MountStep.MakeFolder(target, place));
            steps.addAll(attach(source, place, options.flags(), Set.of()));
        });
        steps.addAll(cgroups.links(target));
        if (options.flags().contains(MountFlag.MS_RDONLY)) {
            var locked = EnumSet.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND, MountFlag.MS_RDONLY);
            locked.addAll(flags);
            steps.add(new MountStep.Mount("", "", target, locked, ""));
        }
        return steps;
    }

    /** What options ask for that mount(2) does not do when it mounts. */
    private List<Step> change(String target, MountOptions options) {
        var steps = new ArrayList<Step>();
        if (!options.propagation().isEmpty() && (hearsOfHost() || !isPrivate(options.propagation()))) {
            steps.add(new MountStep.Propagate(target, options.propagation()));
        }
        if (!options.set().isEmpty() || !options.unset().isEmpty()) {
            steps.add(new MountStep.ChangeMount(
                    target, true, options.set(), MountOptions.clearing(options.set(), options.unset())));
        }
        return steps;
    }

    /** Whether that is what all mounts are anyway, where they do not hear of the host. */
    private static boolean isPrivate(List<Set<MountFlag>> propagation) {
        for (var flags : propagation) {
            if (!flags.contains(MountFlag.MS_PRIVATE)) {
                return false;
            }
        }
        return true;
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
    private static String nearest(List<String> mounted, String target) {
        var nearest = "";
        for (var folder : mounted) {
            if (folder.length() > nearest.length() && target.startsWith(folder + "/")) {
                nearest = folder;
            }
        }
        return nearest;
    }

    /** The devices that every container has (config-linux.md, default devices), and those that are asked for. */
    private List<Spec.Device> devices() {
        var devices = new ArrayList<Spec.Device>();
        for (var device : DEVICES) {
            if (!isElsewhere(device)) {
                devices.add(device);
            }
        }
        for (var device : spec.linux().devices()) {
            if (!isElsewhere(device)) {
                devices.removeIf(other -> other.path().equals(device.path()));
                devices.add(device);
            }
        }
        return devices;
    }

    /** Whether something else sees to it: whoever mounts something there, or the container's own terminals. */
    private boolean isElsewhere(Spec.Device device) {
        var path = device.path();
        if (path.equals("/dev/ptmx")
                || path.equals("/dev/console") && spec.process().terminal()
                || path.startsWith("/dev/") && hasDevOfHost()) {
            return true;
        }
        for (var mount : mounts) {
            if (mount.destination().equals(path)) {
                return true;
            }
        }
        return false;
    }

    private boolean hasDevOfHost() {
        return mountsDev(true);
    }

    private boolean hasOwnDev() {
        return mountsDev(false);
    }

    private boolean mountsDev(boolean bound) {
        for (var mount : mounts) {
            if (mount.destination().equals("/dev") && mount.isBind() == bound) {
                return true;
            }
        }
        return false;
    }

    /** Whether the folder of the device {@code path} is one that has been empty. */
    private boolean isFresh(String path) {
        var length = 0;
        var fresh = false;
        for (var mount : mounts) {
            var folder = mount.destination();
            if (folder.length() >= length
                    && path.startsWith(folder)
                    && path.startsWith("/", folder.length())
                    && !mount.options().remount()) {
                length = folder.length();
                fresh = mount.isNew("tmpfs") && !mount.options().copyUp();
            }
        }
        return fresh;
    }

    List<Step> makeDevices() {
        var steps = new ArrayList<Step>();
        if (!hasOwnDev() && !hasDevOfHost()) {
            steps.add(new MountStep.MakeFolder("", "/dev"));
        }
        for (var device : devices()) {
            var above = device.path().lastIndexOf('/');
            if (isBound(device)) {
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
                    !isFresh(device.path())));
        }
        if (!hasDevOfHost()) {
            steps.addAll(LINKS);
        }
        return steps;
    }

    List<Step> protectPaths() {
        var steps = new ArrayList<Step>();
        steps.addAll(lockMounts());
        var old = !Release.CURRENT.isAtLeast(5, 12);
        spec.linux()
                .readonlyPaths()
                .forEach(path -> steps.add(new MountStep.MakeReadOnly(path, isWithoutLinks(path), old)));
        masked().forEach(path -> steps.add(new MountStep.Mask(path)));
        return steps;
    }

    private List<String> masked() {
        return spec.linux().maskedPaths().stream().distinct().toList();
    }

    List<Step> lockRoot() {
        if (!spec.root().readonly()) {
            return List.of();
        }
        if (staged || inside) {
            return List.of(new MountStep.ChangeMount("/", false, Set.of(MountAttribute.MOUNT_ATTR_RDONLY), Set.of()));
        }
        var flags = EnumSet.noneOf(MountFlag.class);
        for (var mount : mounts) {
            if (mount.isRoot()) {
                flags.addAll(mount.options().flags());
            }
        }
        return List.of(new MountStep.MakeRootReadOnly(flags));
    }

    String rootfs() {
        return bundle.resolve(spec.root().path()).toString();
    }

    private String source(PlannedMount mount) {
        if (mount.mount().source() == null) {
            throw new SpecException("the bind mount at " + mount.destination() + " has no source");
        }
        return bundle.resolve(mount.source()).toString();
    }
}
