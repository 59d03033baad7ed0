package koker.plan;

import static koker.kernel.Constant.*;
import static koker.kernel.MountFlag.*;
import static koker.kernel.OpenFlag.*;
import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Capability;
import koker.kernel.CloneFlag;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.MountFlag;
import koker.kernel.Resource;
import koker.kernel.Signal;
import koker.kernel.UnmountFlag;

/** One step on the way to a running container: what it is about, and the system calls that it takes. */
public sealed interface Step {
    /** The descriptor by which the new process and koker wait for each other. */
    int MEETING_POINT = 100;

    /** What happens, in a few words. */
    String title();

    /** What it happens to: names and values, in the order to show them; nothing where the title says it all. */
    default Map<String, Object> about() {
        return Map.of();
    }

    /** The calls, in order. */
    List<Call> calls();

    /** Who makes them. */
    default Side side() {
        return Side.CONTAINER;
    }

    /** What the user can do when a call of this step fails with {@code errno}; empty where nothing particular is known. */
    default String advice(Errno errno) {
        return "";
    }

    /** The name that the command line knows the step by: {@code enter-root}. */
    default String name() {
        return getClass().getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(java.util.Locale.ROOT);
    }

    // On the host

    /** A new folder in a cgroup hierarchy is a new cgroup (cgroups(7)). */
    record MakeCgroup(String folder) implements Step {
        @Override
        public String title() {
            return "Make cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mkdir(folder, 0755));
        }

        @Override
        public Side side() {
            return Side.HOST;
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case EROFS, EACCES, EPERM -> "koker needs a cgroup file system that it may write to";
                case ENOSPC -> "the kernel has no room for another cgroup; see cgroup.max.descendants";
                default -> "";
            };
        }
    }

    /** A limit is set by writing to a file of the cgroup. */
    record WriteCgroup(String file, String value) implements Step {
        @Override
        public String title() {
            return "Write cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields(file.substring(file.lastIndexOf('/') + 1), value);
        }

        @Override
        public List<Call> calls() {
            return overwrite(file, value);
        }

        @Override
        public Side side() {
            return Side.HOST;
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case ENOENT -> "this kernel does not offer that limit";
                case EINVAL, ERANGE -> "the kernel does not take that value";
                default -> "";
            };
        }
    }

    /** Which devices the cgroup's processes may use: a rule is {@code allow} or {@code deny}, as the files devices.* take them. */
    record RestrictDevices(String folder, List<Rule> rules) implements Step {
        /** A rule: {@code devices} is for instance "c 1:3 rwm". */
        public record Rule(boolean allow, String devices) {}

        @Override
        public String title() {
            return "Restrict devices";
        }

        @Override
        public Map<String, Object> about() {
            return fields("rules", rules.size());
        }

        @Override
        public List<Call> calls() {
            var allow = folder + "/devices.allow";
            var deny = folder + "/devices.deny";
            var calls = new ArrayList<Call>();
            calls.add(Calls.openat(deny, O_WRONLY, O_CLOEXEC).as(deny));
            calls.add(Calls.openat(allow, O_WRONLY, O_CLOEXEC).as(allow));
            rules.forEach(rule -> calls.add(Calls.write(rule.allow() ? allow : deny, rule.devices())));
            calls.add(Calls.close(deny));
            calls.add(Calls.close(allow));
            return calls;
        }

        @Override
        public Side side() {
            return Side.HOST;
        }
    }

    /** The container's first process, in namespaces of its own; all steps after this one happen in it. */
    record Clone(Set<CloneFlag> namespaces) implements Step {
        /** What others know the process by. */
        static final String PROCESS = "process of the container";

        @Override
        public String title() {
            return "Clone process";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.clone(namespaces).as(PROCESS));
        }

        @Override
        public Side side() {
            return Side.HOST;
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case ENOSPC -> "too many namespaces; see /proc/sys/user/max_*_namespaces";
                case EINVAL -> "this kernel lacks a namespace that koker needs; it has: " + namespacesOfKernel();
                case EAGAIN -> "too many processes; see ulimit -u and the pids cgroup";
                case ENOSYS -> "koker needs clone3(2), which Linux has since 5.3";
                default -> "";
            };
        }

        private static String namespacesOfKernel() {
            var names = new java.io.File("/proc/self/ns").list();
            return names == null ? "none" : String.join(" ", names);
        }
    }

    // In the new process

    /** Nothing of koker's open files reaches the container: only 0, 1, 2, and the meeting point until the command starts. */
    record CloseDescriptors(int meetingPoint) implements Step {
        @Override
        public String title() {
            return "Close descriptors";
        }

        @Override
        public Map<String, Object> about() {
            return fields("keep", "0,1,2," + MEETING_POINT);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.dupCloseOnExec(meetingPoint, MEETING_POINT).tolerating(Errno.EINVAL),
                    Calls.closeRange(3, MEETING_POINT - 1L),
                    Calls.closeRange(MEETING_POINT + 1L, 0xffffffffL));
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.ENOSYS ? "koker needs close_range(2), which Linux has since 5.9" : "";
        }
    }

    /** Standard input, output or error of the container is {@code descriptor} of koker's. */
    record Connect(int descriptor, int as) implements Step {
        @Override
        public String title() {
            return "Connect";
        }

        @Override
        public Map<String, Object> about() {
            return fields("to", as == 0 ? "stdin" : as == 1 ? "stdout" : "stderr");
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.dup(descriptor, as));
        }
    }

    /** If koker dies, the kernel kills this process, and with it the container. */
    record DieWithKoker() implements Step {
        @Override
        public String title() {
            return "Die with koker";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.prctl(PR_SET_PDEATHSIG, Signal.SIGKILL));
        }
    }

    /** The process tells koker that it has come this far, and waits until koker has done its part. */
    record Meet(String reason) implements Step {
        @Override
        public String title() {
            return "Meet koker";
        }

        @Override
        public Map<String, Object> about() {
            return fields("for", reason);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.write(MEETING_POINT, "."),
                    Calls.read(MEETING_POINT, new byte[1]).on(0, Runner.ORPHANED));
        }
    }

    /** A process moves itself by writing 0 to a file of the cgroup; its children will be born there. */
    record JoinCgroup(String file) implements Step {
        @Override
        public String title() {
            return "Join cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file.substring(0, file.lastIndexOf('/')));
        }

        @Override
        public List<Call> calls() {
            return overwrite(file, "0");
        }
    }

    /** From here on /proc/self/cgroup shows this cgroup as the root. */
    record HideCgroups() implements Step {
        @Override
        public String title() {
            return "Hide parent cgroups";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unshare(CloneFlag.CLONE_NEWCGROUP));
        }
    }

    /** A session of its own: the user's terminal no longer controls the process. */
    record NewSession() implements Step {
        @Override
        public String title() {
            return "New session";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setsid());
        }
    }

    /** The host's mounts become private: a copy of its tree that no longer tells the host of changes. */
    record IsolateMounts() implements Step {
        @Override
        public String title() {
            return "Isolate mounts";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mount(
                    Optional.empty(), "/", Optional.empty(), EnumSet.of(MS_REC, MS_PRIVATE), Optional.empty()));
        }
    }

    /** New files get exactly the modes that are asked for, or with {@code mask} what users expect. */
    record SetUmask(int mask) implements Step {
        @Override
        public String title() {
            return "Set umask";
        }

        @Override
        public Map<String, Object> about() {
            return fields("mask", "0" + Integer.toOctalString(mask));
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.umask(mask));
        }
    }

    /** A file system is mounted. An empty {@code source}, {@code type} or {@code data} is none. */
    record Mount(String type, String source, String target, Set<MountFlag> flags, String data) implements Step {
        @Override
        public String title() {
            return "Mount target";
        }

        @Override
        public Map<String, Object> about() {
            return fields(
                    "source",
                    source.isEmpty() ? "none" : source,
                    "target",
                    target,
                    "type",
                    type.isEmpty() ? "none" : type);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mount(some(source), target, some(type), flags, some(data)));
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case ENODEV -> "this kernel has no file system " + type + "; try: modprobe " + type;
                case EINVAL ->
                    type.equals("overlay")
                            ? "the state folder must be on a file system that can hold an overlay, such as ext4; see --root"
                            : "";
                case ELOOP, ENOTDIR -> "the image has a file or a link where a folder is needed";
                default -> "";
            };
        }
    }

    /**
     * A file system is mounted whose options are more than the page that mount(2) takes: they are given one by one, the folders of
     * {@code lowerdir}, too.
     */
    record MountInParts(String type, String source, String target, Set<MountFlag> flags, String data) implements Step {
        /** The bytes of options from which on this is needed. */
        public static final int PAGE = 4096;

        private static final String CONTEXT = "file system";
        private static final String TREE = "tree";
        private static final String LOWER = "lowerdir=";

        @Override
        public String title() {
            return "Mount in parts";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source, "target", target, "type", type);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.fsopen(type).as(CONTEXT));
            calls.add(Calls.fsconfig(CONTEXT, "source", source));
            for (var option : data.split(",")) {
                if (option.startsWith(LOWER)) {
                    for (var folder : option.substring(LOWER.length()).split(":")) {
                        calls.add(Calls.fsconfig(CONTEXT, "lowerdir+", folder));
                    }
                } else {
                    var parts = option.split("=", 2);
                    calls.add(Calls.fsconfig(CONTEXT, parts[0], parts.length == 2 ? parts[1] : ""));
                }
            }
            calls.add(Calls.fsconfig(CONTEXT));
            // The flags that an overlay of koker's may have are the same numbers here as for mount(2).
            calls.add(Calls.fsmount(CONTEXT, flags).as(TREE));
            calls.add(Calls.moveMount(TREE, target));
            calls.add(Calls.close(TREE));
            calls.add(Calls.close(CONTEXT));
            return calls;
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case EINVAL, ENOSYS -> "so many layers need Linux 6.7, or a --root with a shorter name";
                default -> "";
            };
        }
    }

    /** A copy of the mount at {@code source}, or of the folder there, is taken along; it is attached once inside. */
    record TakeAlong(String source, String target, boolean recursive) implements Step {
        @Override
        public String title() {
            return "Take along";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.openTree(source, recursive).as(label(source, target)));
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.ENOSYS ? "koker needs open_tree(2), which Linux has since 5.2" : "";
        }

        private static String label(String source, String target) {
            return source + " for " + target;
        }
    }

    /** What was taken along appears at {@code target}, with {@code flags} (none: as it was). */
    record Attach(String source, String target, Set<MountFlag> flags) implements Step {
        @Override
        public String title() {
            return "Bind mount";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source, "target", target);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.moveMount(TakeAlong.label(source, target), target));
            if (!flags.isEmpty()) {
                var all = EnumSet.of(MS_REMOUNT, MS_BIND);
                all.addAll(flags);
                calls.add(Calls.mount(Optional.empty(), target, Optional.empty(), all, Optional.empty()));
            }
            return calls;
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.ENOTDIR ? "a folder can only be mounted on a folder, and a file on a file" : "";
        }
    }

    /** The container's root becomes the root of the namespace, and the host's whole tree is let go: there is no way back. */
    record EnterRoot(String rootfs) implements Step {
        @Override
        public String title() {
            return "Enter root";
        }

        @Override
        public Map<String, Object> about() {
            return fields("rootfs", rootfs);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.chdir(rootfs),
                    Calls.pivotRoot(".", "."),
                    Calls.umount2(".", UnmountFlag.MNT_DETACH),
                    Calls.chdir("/"));
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.EINVAL ? "pivot_root does not work when the host's root is an initramfs" : "";
        }
    }

    /** A folder where something is to be mounted or to run, with those above it up to {@code base}, which is there. */
    record MakeFolder(String base, String path) implements Step {
        @Override
        public String title() {
            return "Make folder";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return folders(base, path);
        }
    }

    /** An empty file where a file is to be mounted, with the folders above it up to {@code base}, which is there. */
    record MakeFile(String base, String path) implements Step {
        @Override
        public String title() {
            return "Make file";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<>(folders(base, path.substring(0, path.lastIndexOf('/'))));
            calls.add(Calls.mknod(path, REGULAR | 0644, 0, 0).tolerating(Errno.EEXIST));
            return calls;
        }
    }

    /** A device node; {@code type} is "c" or "b". */
    record MakeDevice(String path, String type, int major, int minor, int mode) implements Step {
        @Override
        public String title() {
            return "Make device";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path, "device", type + " " + major + ":" + minor);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mknod(path, (type.equals("b") ? BLOCK : CHARACTER) | mode, major, minor));
        }
    }

    /** A symbolic link; one that is there already stays. */
    record MakeLink(String path, String target) implements Step {
        @Override
        public String title() {
            return "Make link";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path, "target", target);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.symlink(target, path).tolerating(Errno.EEXIST));
        }
    }

    /**
     * A terminal from the container's own /dev/pts becomes standard input, output and error, and controls the session; the first one is its
     * {@code console}, too. koker takes the other end.
     */
    record OpenTerminal(long uid, boolean console) implements Step {
        /** The descriptor that koker takes. */
        public static final String MASTER = "terminal";

        @Override
        public String title() {
            return "Open terminal";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", console ? "/dev/pts/0" : "/dev/pts/ptmx");
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<>(List.of(
                    Calls.openat("/dev/pts/ptmx", O_RDWR, O_NOCTTY, O_CLOEXEC).as(MASTER),
                    Calls.unlockTerminal(MASTER),
                    Calls.ioctl(MASTER, TIOCGPTPEER, new Argument.Flags(List.of(O_RDWR, O_NOCTTY)))
                            .as("peer"),
                    Calls.dup("peer", 0),
                    Calls.dup("peer", 1),
                    Calls.dup("peer", 2),
                    Calls.close("peer"),
                    Calls.ioctl(0, TIOCSCTTY, new Argument.Number(0)),
                    Calls.fchown(0, uid, -1)));
            if (console) {
                calls.add(Calls.mknod("/dev/console", REGULAR | 0620, 0, 0));
                calls.add(Calls.mount(
                        Optional.of("/dev/pts/0"),
                        "/dev/console",
                        Optional.empty(),
                        EnumSet.of(MS_BIND),
                        Optional.empty()));
            }
            return calls;
        }
    }

    /** The size of the terminal, in characters. */
    record SizeTerminal(int rows, int columns) implements Step {
        @Override
        public String title() {
            return "Size terminal";
        }

        @Override
        public Map<String, Object> about() {
            return fields("rows", rows, "columns", columns);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setWindowSize(0, rows, columns));
        }
    }

    /** The name that the container calls itself. */
    record SetHostname(String hostname) implements Step {
        @Override
        public String title() {
            return "Set hostname";
        }

        @Override
        public Map<String, Object> about() {
            return fields("hostname", hostname);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.sethostname(hostname));
        }
    }

    /** The NIS domain name. */
    record SetDomainname(String domainname) implements Step {
        @Override
        public String title() {
            return "Set domain name";
        }

        @Override
        public Map<String, Object> about() {
            return fields("domainname", domainname);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setdomainname(domainname));
        }
    }

    /** A new network namespace has a loopback link, but it is off. */
    record LinkUp(String link) implements Step {
        @Override
        public String title() {
            return "Link up";
        }

        @Override
        public Map<String, Object> about() {
            return fields("link", link);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.linkSocket().as("link socket"),
                    Calls.linkUp("link socket", link),
                    Calls.close("link socket"));
        }
    }

    /** A kernel parameter, {@code kernel.shm_rmid_forced} for instance. */
    record SetSysctl(String parameter, String value) implements Step {
        @Override
        public String title() {
            return "Set sysctl";
        }

        @Override
        public Map<String, Object> about() {
            return fields(parameter, value);
        }

        @Override
        public List<Call> calls() {
            return overwrite("/proc/sys/" + parameter.replace('.', '/'), value);
        }
    }

    /** Nothing can be changed at or below {@code path} (if it exists). */
    record MakeReadOnly(String path) implements Step {
        @Override
        public String title() {
            return "Make read-only";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            var flags = EnumSet.of(MS_REMOUNT, MS_BIND, MS_RDONLY);
            if (path.startsWith("/proc/") || path.startsWith("/sys/")) {
                flags.addAll(List.of(MS_NOSUID, MS_NODEV, MS_NOEXEC));
            }
            return List.of(
                    Calls.mount(
                                    Optional.of(path),
                                    path,
                                    Optional.empty(),
                                    EnumSet.of(MS_BIND, MS_REC),
                                    Optional.empty())
                            .tolerating(Errno.ENOENT),
                    Calls.mount(Optional.empty(), path, Optional.empty(), flags, Optional.empty())
                            .tolerating(Errno.ENOENT));
        }
    }

    /** Nothing can be seen at {@code path} (if it exists): a file is covered by /dev/null, a folder by an empty one. */
    record Mask(String path) implements Step {
        @Override
        public String title() {
            return "Mask";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.mount(Optional.of("/dev/null"), path, Optional.empty(), EnumSet.of(MS_BIND), Optional.empty())
                            .tolerating(Errno.ENOENT, Errno.ENOTDIR),
                    Calls.mount(
                                    Optional.of("tmpfs"),
                                    path,
                                    Optional.of("tmpfs"),
                                    EnumSet.of(MS_RDONLY),
                                    Optional.of("size=0"))
                            .tolerating(Errno.ENOENT, Errno.ENOTDIR));
        }
    }

    /** The root itself can no longer be changed; what it was mounted with, it must be told again. */
    record MakeRootReadOnly(Set<MountFlag> kept) implements Step {
        @Override
        public String title() {
            return "Make root read-only";
        }

        @Override
        public List<Call> calls() {
            var flags = EnumSet.of(MS_REMOUNT, MS_BIND, MS_RDONLY);
            flags.addAll(kept);
            return List.of(Calls.mount(Optional.empty(), "/", Optional.empty(), flags, Optional.empty()));
        }
    }

    /** A limit of the process and its children; -1 is none. */
    record SetLimit(Resource resource, long soft, long hard) implements Step {
        @Override
        public String title() {
            return "Set limit";
        }

        @Override
        public Map<String, Object> about() {
            return fields("resource", resource, "soft", soft, "hard", hard);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.prlimit(resource, soft, hard));
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.EPERM
                    ? "koker itself has a lower hard limit, and lacks CAP_SYS_RESOURCE to raise it"
                    : "";
        }
    }

    /** The kernel prefers to kill this process, or to spare it, when memory runs out; from -1000 to 1000. */
    record AdjustOomScore(int score) implements Step {
        @Override
        public String title() {
            return "Adjust out-of-memory score";
        }

        @Override
        public Map<String, Object> about() {
            return fields("score", score);
        }

        @Override
        public List<Call> calls() {
            return overwrite("/proc/self/oom_score_adj", Integer.toString(score));
        }
    }

    /** Capabilities that no program in the container can ever have, not even one with file capabilities. */
    record DropBounding(Set<Capability> dropped) implements Step {
        @Override
        public String title() {
            return "Drop capabilities";
        }

        @Override
        public Map<String, Object> about() {
            return fields("count", dropped.size());
        }

        @Override
        public List<Call> calls() {
            return dropped.stream()
                    .map(capability -> Calls.prctl(PR_CAPBSET_DROP, capability).tolerating(Errno.EINVAL))
                    .toList();
        }
    }

    /** The process becomes the user, and for now keeps the capabilities it has. */
    record SetUser(long uid, long gid, List<Long> groups) implements Step {
        @Override
        public String title() {
            return "Set user";
        }

        @Override
        public Map<String, Object> about() {
            return fields("uid", uid, "gid", gid, "groups", groups);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.prctl(PR_SET_KEEPCAPS, 1),
                    Calls.setgroups(groups),
                    Calls.setresgid(gid),
                    Calls.setresuid(uid));
        }
    }

    /** The capabilities that are left to the process, and those that its programs keep without being root. */
    record SetCapabilities(
            Set<Capability> effective, Set<Capability> permitted, Set<Capability> inheritable, Set<Capability> ambient)
            implements Step {
        @Override
        public String title() {
            return "Set capabilities";
        }

        @Override
        public Map<String, Object> about() {
            return fields("permitted", permitted.size(), "ambient", ambient.size());
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.capset(effective, permitted, inheritable));
            ambient.forEach(capability -> calls.add(Calls.raiseAmbient(capability)));
            return calls;
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.EPERM
                    ? "koker cannot give a capability that it lacks itself; see CapPrm in /proc/self/status"
                    : "";
        }
    }

    /** No program started from here can gain privileges, setuid or not. */
    record NoNewPrivileges() implements Step {
        @Override
        public String title() {
            return "No new privileges";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.prctl(PR_SET_NO_NEW_PRIVS, 1));
        }
    }

    /** The folder that the command starts in. */
    record ChangeFolder(String path) implements Step {
        @Override
        public String title() {
            return "Change folder";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.chdir(path));
        }
    }

    /** The process becomes the command: the first of {@code paths} that can be executed. */
    record Exec(List<String> paths, List<String> arguments, List<String> environment) implements Step {
        @Override
        public String title() {
            return "Execute";
        }

        @Override
        public Map<String, Object> about() {
            return fields("command", String.join(" ", arguments));
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.blockSignals(false));
            for (var path : paths) {
                var call = Calls.execve(path, arguments, environment);
                calls.add(
                        path.equals(paths.getLast())
                                ? call
                                : call.tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES));
            }
            return calls;
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case ENOENT -> "is it in the image, and the interpreter that it names too?";
                case EACCES -> "it is no file, or nobody may execute it; see its mode with: ls -l";
                case ENOEXEC -> "it is a program for another processor, or a script that does not begin with #!";
                default -> "";
            };
        }
    }

    /**
     * The process stays, as an init: it starts the command as its child, passes signals on to it, reaps what is orphaned, and ends as the
     * command ends. It is a program of system calls, and costs a few kilobytes.
     *
     * @param shed whether the process has given Java's memory back already
     */
    record Init(Exec command, boolean shed) implements Step {
        private static final String MAIN = "main process";
        private static final String COMMAND = "become the command";
        private static final String SUPERVISE = "supervise";
        private static final String SIGNAL = "signal";
        private static final String DEAD = "dead";
        private static final String ENDED = "main process ended";
        private static final String EXITED = "main process exited";
        private static final String STATUS = "status";
        // The fields of siginfo_t that waitid(2) fills.
        private static final Argument.Field CODE = new Argument.Field(DEAD, 8);
        private static final Argument.Field PID = new Argument.Field(DEAD, 16);
        private static final Argument.Field VALUE = new Argument.Field(DEAD, 24);
        private static final int CLD_EXITED = 1;

        @Override
        public String title() {
            return "Start init";
        }

        @Override
        public String advice(Errno errno) {
            return command.advice(errno);
        }

        @Override
        public Map<String, Object> about() {
            return command.about();
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            // Or the container could reach Java's own executable on the host as /proc/1/exe, and later write to it.
            calls.add(Calls.prctl(PR_SET_DUMPABLE, 0));
            calls.add(Calls.setName("koker-init"));
            calls.add(Calls.fork().as(MAIN).on(0, COMMAND));
            calls.add(Calls.jump(SUPERVISE));

            // The child: in the foreground of the terminal, if there is one, so that signals typed there come to it
            // alone.
            calls.add(Calls.leadGroup().as(COMMAND));
            calls.add(Calls.foreground(0, 2).tolerating(Errno.ENOTTY, Errno.EINVAL, Errno.EBADF, Errno.EPERM));
            calls.addAll(command.calls());

            // The parent: nothing of koker's memory and descriptors is left to it.
            calls.add(Calls.closeRange(3, 0xffffffffL).as(SUPERVISE));
            if (!shed) {
                calls.addAll(Calls.shedMemory("init"));
            }
            calls.add(Calls.awaitSignal()
                    .as(SIGNAL)
                    .on(Signal.SIGCHLD.value(), DEAD)
                    .orElse(SIGNAL));
            calls.add(Calls.kill(MAIN, SIGNAL).on(0, SIGNAL).orElse(SIGNAL));
            calls.add(Calls.reap(new byte[128]).as(DEAD).orElse(SIGNAL));
            calls.add(Calls.subtract(PID, 0).on(0, SIGNAL));
            calls.add(Calls.subtract(PID, MAIN).on(0, ENDED));
            calls.add(Calls.jump(DEAD));
            calls.add(Calls.subtract(CODE, CLD_EXITED).as(ENDED).on(0, EXITED));
            calls.add(Calls.subtract(VALUE, -128).as(STATUS));
            calls.add(Calls.exit(STATUS));
            calls.add(Calls.exit(VALUE).as(EXITED));
            return calls;
        }
    }

    // In a further process of a container that runs

    /** The process joins namespaces of the process {@code pid}; a PID namespace only takes in its children. */
    record JoinNamespaces(int pid, Set<CloneFlag> namespaces) implements Step {
        @Override
        public String title() {
            return "Join namespaces";
        }

        @Override
        public Map<String, Object> about() {
            return fields("of", pid);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    // Or the container could reach Java's own executable on the host as /proc/PID/exe.
                    Calls.prctl(PR_SET_DUMPABLE, 0),
                    Calls.pidfdOpen(pid).as("container"),
                    Calls.setns("container", namespaces),
                    Calls.close("container"));
        }

        @Override
        public String advice(Errno errno) {
            return switch (errno) {
                case ESRCH -> "the container has just ended";
                case EINVAL -> "koker needs setns(2) with a PID file descriptor, which Linux has since 5.8";
                default -> "";
            };
        }
    }

    /** A sibling is born in the PID namespace, with koker as its parent; all steps after this one happen in it. */
    record EnterPidNamespace() implements Step {
        /** What others know the sibling by. */
        static final String PROCESS = "process inside";

        private static final String INSIDE = "born inside";

        @Override
        public String title() {
            return "Enter PID namespace";
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.sibling().as(PROCESS).on(0, INSIDE),
                    Calls.jump(Leave.OUTSIDE),
                    Calls.nothing().as(INSIDE));
        }

        @Override
        public String advice(Errno errno) {
            return errno == Errno.EAGAIN ? "the container may have no more processes; see --pids" : "";
        }
    }

    /** The process that stayed outside ends. */
    record Leave() implements Step {
        private static final String OUTSIDE = "stay outside";

        @Override
        public String title() {
            return "Leave";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.exit(0).as(OUTSIDE));
        }
    }

    // In the supervisor of a container that nobody waits for

    /** The descriptors of a supervisor, which others may find there: what the container writes, or its terminal. */
    int OUTPUT = 200;
    /** What the container writes to its standard error. */
    int ERRORS = 201;
    /** The log. */
    int LOG = 202;
    /** The locked file that says that the container is looked after. */
    int ATTENDANCE = 203;
    /** What the container reads. */
    int INPUT = 204;

    /** What ps(1) shows. */
    record NameProcess(String text) implements Step {
        @Override
        public String title() {
            return "Name process";
        }

        @Override
        public Map<String, Object> about() {
            return fields("name", text);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setName(text));
        }
    }

    /** Java's memory is given back: a process that only waits needs a few pages. */
    record ShedMemory() implements Step {
        @Override
        public String title() {
            return "Shed memory";
        }

        @Override
        public List<Call> calls() {
            return Calls.shedMemory("supervisor");
        }
    }

    /** So is the part of the program that the container's process has run, and all that this was told. */
    record ShedContainer() implements Step {
        @Override
        public String title() {
            return "Shed the container's program";
        }

        @Override
        public List<Call> calls() {
            return Calls.shedLater();
        }
    }

    /** Of the descriptors that the process was born with it keeps these, under new numbers: number n of {@code from} becomes that of {@code as}. */
    record KeepDescriptors(List<Integer> from, List<Integer> as) implements Step {
        @Override
        public String title() {
            return "Keep descriptors";
        }

        @Override
        public Map<String, Object> about() {
            return fields("keep", as);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            var spare = 1 + Math.max(Collections.max(from), Collections.max(as));
            var movable = new ArrayList<>(from);
            for (var i = 0; i < from.size(); i++) {
                if (as.contains(from.get(i))) { // or an earlier one would take its place
                    calls.add(Calls.dup(from.get(i), spare + i));
                    movable.set(i, spare + i);
                }
            }
            for (var i = 0; i < from.size(); i++) {
                calls.add(Calls.dup(movable.get(i), as.get(i)));
            }
            var next = 0L;
            for (var kept : as.stream().sorted().toList()) {
                if (next < kept) {
                    calls.add(Calls.closeRange(next, kept - 1L));
                }
                next = kept + 1L;
            }
            calls.add(Calls.closeRange(next, 0xffffffffL));
            return calls;
        }
    }

    /** The outer end of the container's terminal, which the container has opened, becomes the supervisor's {@link #OUTPUT}. */
    record TakeTerminal() implements Step {
        @Override
        public String title() {
            return "Take terminal";
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.pidfdOpen(Clone.PROCESS).as("process"),
                    Calls.pidfdGetfd("process", OpenTerminal.MASTER).as("taken terminal"),
                    Calls.dup("taken terminal", OUTPUT),
                    Calls.close("taken terminal"),
                    Calls.close("process"));
        }
    }

    /**
     * What the container writes is kept in a file, each piece behind 32 bytes: which stream, seconds and nanoseconds since 1970, and how
     * many bytes follow. A file of {@code limit} bytes or more becomes {@code file}.1; 0 is no limit.
     */
    record KeepLog(int streams, String file, long limit) implements Step {
        /** The bytes before each piece. */
        public static final int HEADER = 32;

        private static final int PIECE = (4 << 10) - HEADER; // together a page
        private static final String READY = "output";
        private static final String RECORD = "record";

        @Override
        public String title() {
            return "Keep log";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.awaitInput(List.of(OUTPUT, ERRORS).subList(0, streams))
                    .as(READY)
                    .orElse(READY));
            for (var stream = 0; stream < streams; stream++) {
                calls.addAll(copy(stream));
            }
            calls.add(Calls.jump(READY));
            for (var stream = 0; stream < streams; stream++) {
                calls.add(Calls.leaveOut(READY, stream).as("close " + stream));
                calls.add(
                        streams == 1
                                ? Calls.jump(ENDED)
                                : Calls.leftOut(READY, 1 - stream).on(0, ENDED));
                calls.add(Calls.jump(READY));
            }
            return calls;
        }

        private List<Call> copy(int stream) {
            var read = "read " + stream;
            var size = "size " + stream;
            var written = stream == 0 ? RECORD : "written " + stream;
            var end = "end of log " + stream;
            var begin = "begin of piece " + stream;
            var whole = "whole " + stream;
            var next = "after " + stream;
            var calls = new ArrayList<Call>();
            calls.add(Calls.inputAt(READY, stream).on(0, next));
            // At the end of a pipe there is nothing; at that of a terminal an error.
            calls.add(Calls.read(OUTPUT + stream, new Argument.Address(RECORD, HEADER), PIECE)
                    .as(read)
                    .on(0, "close " + stream)
                    .orElse("close " + stream));
            calls.add(Calls.store(stream + 1L, new Argument.Address(RECORD, 0)));
            calls.add(Calls.time(new Argument.Address(RECORD, 8)));
            calls.add(Calls.store(read, new Argument.Address(RECORD, 24)));
            calls.add(Calls.subtract(read, -HEADER).as(size));
            // A full disk costs the log, not the container; but no piece is there in part.
            calls.add((stream == 0
                            ? Calls.write(LOG, new byte[HEADER + PIECE], size)
                            : Calls.write(LOG, new Argument.Address(RECORD, 0), size))
                    .as(written)
                    .orElse(next));
            calls.add(Calls.subtract(size, written).on(0, whole)); // not the other way round: -28 would be an error
            calls.add(Calls.position(LOG).as(end).orElse(next));
            calls.add(Calls.subtract(end, written).as(begin));
            calls.add(Calls.truncate(LOG, begin).orElse(next));
            calls.add(Calls.nothing().as(whole));
            if (limit > 0) {
                calls.addAll(rotate(stream, next));
            }
            calls.add(Calls.nothing().as(next));
            return calls;
        }

        private List<Call> rotate(int stream, String next) {
            var position = "position " + stream;
            var opened = "next log " + stream;
            return List.of(
                    Calls.position(LOG).as(position).orElse(next),
                    Calls.atLeast(position, limit).on(0, next),
                    Calls.rename(file, file + ".1").orElse(next),
                    Calls.create(file, 0600, O_WRONLY, O_APPEND, O_CLOEXEC)
                            .as(opened)
                            .orElse(next),
                    Calls.dup(opened, LOG).tolerating(Errno.values()),
                    Calls.close(opened));
        }
    }

    /** Label: the container's process is waited for. */
    String ENDED = "ended";

    /**
     * How and when the container ended is written to a file: the 128 bytes that waitid(2) returns, seconds and nanoseconds since 1970, and
     * what {@code memory}, a file of its cgroup, says of memory that ran out; empty for none. {@code file}{@value #NEW} is there already,
     * with {@value #SIZE} bytes, so that a full disk does not keep anybody from learning how the container ended.
     */
    record RecordEnd(String file, String memory) implements Step {
        public static final String NEW = ".new";
        public static final int SIZE = 1 << 10;

        private static final String FILE = "end file";
        private static final String TIME = "end time";
        private static final String MEMORY = "memory";
        private static final String WRITTEN = "end written";

        @Override
        public String title() {
            return "Record end";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.waitid(Clone.PROCESS, new byte[128]).as(ENDED).orElse(ENDED));
            calls.add(Calls.time(new byte[16]).as(TIME));
            calls.add(Calls.openat(file + NEW, O_WRONLY, O_CLOEXEC).as(FILE).orElse(Retire.BECOME));
            calls.add(Calls.write(FILE, new Argument.Address(ENDED, 0), 128).orElse(Retire.BECOME));
            calls.add(Calls.write(FILE, new Argument.Address(TIME, 0), 16).orElse(Retire.BECOME));
            if (!memory.isEmpty()) {
                calls.add(Calls.openat(memory, O_RDONLY, O_CLOEXEC).as(memory).orElse(WRITTEN));
                calls.add(Calls.read(memory, new byte[512]).as(MEMORY).orElse(WRITTEN));
                calls.add(Calls.write(FILE, new Argument.Address(MEMORY, 0), MEMORY)
                        .orElse(WRITTEN));
            }
            calls.add(Calls.rename(file + NEW, file).as(WRITTEN).orElse(Retire.BECOME));
            return calls;
        }
    }

    /**
     * What is left of the container on the host is removed: its cgroups, and the file that says that it is looked after. Where there is more
     * to do, or something cannot be removed, the supervisor becomes koker, after a {@code delay}.
     */
    record Retire(List<String> cgroups, String attendance, boolean more, java.time.Duration delay, Exec koker)
            implements Step {
        private static final String BECOME = "become koker";

        @Override
        public String title() {
            return "Retire";
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            cgroups.forEach(cgroup -> calls.add(Calls.rmdir(cgroup).orElse(BECOME)));
            if (!more) {
                calls.add(Calls.unlink(attendance).orElse(BECOME));
                calls.add(Calls.exit(0));
            }
            if (delay.isZero()) {
                calls.add(Calls.nothing().as(BECOME));
            } else {
                calls.add(Calls.sleep(delay).as(BECOME).tolerating(Errno.values()));
            }
            calls.addAll(koker.calls());
            return calls;
        }
    }

    int REGULAR = 0100000;
    int CHARACTER = 0020000;
    int BLOCK = 0060000;

    private static List<Call> overwrite(String file, String value) {
        return List.of(Calls.openat(file, O_WRONLY, O_CLOEXEC).as(file), Calls.write(file, value), Calls.close(file));
    }

    /** Makes each folder from below {@code base} to {@code path}. */
    private static List<Call> folders(String base, String path) {
        var calls = new ArrayList<Call>();
        for (var end = path.indexOf('/', base.length() + 1); end > 0; end = path.indexOf('/', end + 1)) {
            calls.add(Calls.mkdir(path.substring(0, end), 0755).tolerating(Errno.EEXIST));
        }
        if (path.length() > Math.max(base.length(), "/".length())) {
            calls.add(Calls.mkdir(path, 0755).tolerating(Errno.EEXIST));
        }
        return calls;
    }

    private static Optional<String> some(String value) {
        return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }
}
