package koker.plan;

import static koker.kernel.NftablesConstant.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import koker.kernel.Capability;
import koker.kernel.CloneFlag;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.Expression;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;
import koker.kernel.NftablesMessage;
import koker.kernel.Resource;
import koker.kernel.Scheduling;
import koker.kernel.Signal;
import koker.kernel.SystemCall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each step: its name, who makes it, and the calls it takes. What a call is given by an earlier one reads as 77. */
class StepTest {
    /** A step, its name, and its calls as they read in a trace. */
    record Case(Step step, String name, String... calls) {}

    private static Case of(Step step, String name, String... calls) {
        return new Case(step, name, calls);
    }

    private static Case request(Step step, String name, String message, int length) {
        return of(
                step,
                name,
                "sendto(5, [{nlmsg_type=" + message + "], " + length + ", 0, NULL, 0)",
                "recvfrom(5, …, 32768, 0, NULL, NULL)");
    }

    static List<Case> steps() {
        var exec = new ProcessStep.Exec(List.of("/a/x", "/b/x"), List.of("x", "1"), List.of("A=1"));
        var socket = new NetlinkSocket(5);
        return List.of(
                of(new HostStep.MakeCgroup("/cg/x"), "make-cgroup", "mkdirat(AT_FDCWD, '/cg/x', 0755)"),
                of(new HostStep.MakeParentCgroup("/cg/x"), "make-parent-cgroup", "mkdirat(AT_FDCWD, '/cg/x', 0755)"),
                of(
                        new HostStep.WriteCgroup("/cg/x/pids.max", "5"),
                        "write-cgroup",
                        "openat(AT_FDCWD, '/cg/x/pids.max', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '5', 1)",
                        "close(77)"),
                of(
                        new HostStep.WriteCgroup("/cg/x/memory.swap.max", "0", true),
                        "write-cgroup",
                        "openat(AT_FDCWD, '/cg/x/memory.swap.max', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0', 1)",
                        "close(77)"),
                of(
                        new HostStep.DelegateCgroup("/cg/x", 100_000, List.of("cgroup.procs")),
                        "delegate-cgroup",
                        "fchownat(AT_FDCWD, '/cg/x', 100000, -1, 0)",
                        "fchownat(AT_FDCWD, '/cg/x/cgroup.procs', 100000, -1, 0)"),
                of(
                        new HostStep.MoveToCgroup("/cg/x", List.of(7, 12)),
                        "move-to-cgroup",
                        "mkdirat(AT_FDCWD, '/cg/x', 0755)",
                        "openat(AT_FDCWD, '/cg/x/cgroup.procs', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '7', 1)",
                        "write(77, '12', 2)",
                        "close(77)"),
                of(
                        new HostStep.FilterDevices("/cg/x", List.of(1L, 2L)),
                        "filter-devices",
                        "openat(AT_FDCWD, '/cg/x', O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)",
                        "bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_CGROUP_DEVICE, insn_cnt=2, insns=[2 instructions],"
                                + " license='MIT'}, 48)",
                        "bpf(BPF_PROG_ATTACH, {target_fd=77, attach_bpf_fd=77, attach_type=BPF_CGROUP_DEVICE,"
                                + " attach_flags=BPF_F_ALLOW_MULTI}, 48)",
                        "close(77)",
                        "close(77)"),
                of(
                        new HostStep.RestrictDevices(
                                "/cg/x",
                                List.of(
                                        new HostStep.RestrictDevices.Rule(false, "a"),
                                        new HostStep.RestrictDevices.Rule(true, "c 1:3 rwm"))),
                        "restrict-devices",
                        "openat(AT_FDCWD, '/cg/x/devices.deny', O_WRONLY|O_CLOEXEC, 0)",
                        "openat(AT_FDCWD, '/cg/x/devices.allow', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, 'a', 1)",
                        "write(77, 'c 1:3 rwm', 9)",
                        "close(77)",
                        "close(77)"),
                of(
                        new HostStep.Clone(EnumSet.of(CloneFlag.CLONE_NEWNS)),
                        "clone",
                        "clone3({flags=CLONE_NEWNS|CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD}, 88)"),
                of(
                        new HostStep.Clone(EnumSet.of(CloneFlag.CLONE_NEWNS), true),
                        "clone",
                        "clone3({flags=CLONE_NEWNS|CLONE_CLEAR_SIGHAND|CLONE_INTO_CGROUP, exit_signal=SIGCHLD, cgroup=77}, 88)"),
                of(
                        new HostStep.OpenCgroup("/cg/x"),
                        "open-cgroup",
                        "openat(AT_FDCWD, '/cg/x', O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)"),
                of(
                        new ProcessStep.CloseDescriptors(9, 0, 0),
                        "close-descriptors",
                        "dup3(9, 100, O_CLOEXEC)",
                        "close_range(3, 99, 0)",
                        "close_range(101, 4294967295, 0)"),
                of(
                        new ProcessStep.CloseDescriptors(9, 2, 8),
                        "close-descriptors",
                        "dup3(9, 100, O_CLOEXEC)",
                        "dup3(8, 101, O_CLOEXEC)",
                        "close_range(5, 99, 0)",
                        "close_range(102, 4294967295, 0)"),
                of(new ProcessStep.Connect(6, 0), "connect", "dup3(6, 0, 0)"),
                of(new ProcessStep.DieWithKoker(), "die-with-koker", "prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)"),
                of(new ProcessStep.Meet("it"), "meet", "write(100, '.', 1)", "read(100, '', 1)"),
                of(
                        new ProcessStep.JoinCgroup("/cg/x/cgroup.procs"),
                        "join-cgroup",
                        "openat(AT_FDCWD, '/cg/x/cgroup.procs', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0', 1)",
                        "close(77)"),
                of(
                        new ProcessStep.JoinCgroup("/cg/x/cgroup.procs", Optional.of("/cg/x/init/cgroup.procs")),
                        "join-cgroup",
                        "openat(AT_FDCWD, '/cg/x/cgroup.procs', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0', 1)",
                        "openat(AT_FDCWD, '/cg/x/init/cgroup.procs', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0', 1)",
                        "close(77)",
                        "close(77)"),
                of(new NamespaceStep.HideCgroups(), "hide-cgroups", "unshare(CLONE_NEWCGROUP)"),
                of(new ProcessStep.NewSession(), "new-session", "setsid()"),
                of(new MountStep.IsolateMounts(), "isolate-mounts", "mount(NULL, '/', NULL, MS_REC|MS_PRIVATE, NULL)"),
                of(new ProcessStep.SetUmask(022), "set-umask", "umask(022)"),
                of(
                        new MountStep.Mount("tmpfs", "", "/x", EnumSet.of(MountFlag.MS_NODEV), "size=1"),
                        "mount",
                        "mount(NULL, '/x', 'tmpfs', MS_NODEV, 'size=1')"),
                of(new ProcessStep.OutliveKoker(), "outlive-koker", "prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)"),
                of(
                        new HostStep.SetForProcess(7, new ProcessStep.SetLimit(Resource.RLIMIT_NOFILE, 1, -1)),
                        "set-for-process",
                        "prlimit64(7, RLIMIT_NOFILE, {rlim_cur=1, rlim_max=RLIM64_INFINITY}, NULL)"),
                of(
                        new HostStep.SetForProcess(
                                7, new ProcessStep.Schedule(Scheduling.SCHED_BATCH, List.of(), 5, 0, 0, 0, 0)),
                        "set-for-process",
                        "sched_setattr(7, {size=48, sched_policy=SCHED_BATCH, sched_flags=0, sched_nice=5,"
                                + " sched_priority=0, sched_runtime=0, sched_deadline=0, sched_period=0}, 0)"),
                of(
                        new HostStep.SetForProcess(7, new ProcessStep.SetIoPriority(Scheduling.IOPRIO_CLASS_BE, 3)),
                        "set-for-process",
                        "ioprio_set(IOPRIO_WHO_PROCESS, 7, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 3))"),
                of(
                        new ProcessStep.CloseDescriptors(101, 0, 100),
                        "close-descriptors",
                        "dup3(101, 102, 0)",
                        "dup3(100, 101, O_CLOEXEC)",
                        "dup3(102, 100, O_CLOEXEC)",
                        "close_range(3, 99, 0)",
                        "close_range(102, 4294967295, 0)"),
                of(
                        ProcessStep.HideProgram.behind(0, true),
                        "hide-program",
                        "memfd_create('koker', MFD_CLOEXEC)",
                        "dup3(77, 102, 0)",
                        "close(77)",
                        "openat(AT_FDCWD, '/proc/self/fd/102', O_RDONLY|O_CLOEXEC, 0)",
                        "dup3(77, 102, 0)",
                        "close(77)",
                        "prctl(PR_SET_MM, PR_SET_MM_MAP, {exe_fd=102}, 104, 0)",
                        "close(102)"),
                of(
                        new MountStep.HoldNull(List.of("/secret", "/proc/keys")),
                        "hold-null",
                        "open_tree(AT_FDCWD, '/dev/null', OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC)",
                        "open_tree(AT_FDCWD, '/dev/null', OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC)"),
                of(
                        new MountStep.TakeAlong("/src", "/dst", true),
                        "take-along",
                        "open_tree(AT_FDCWD, '/src', OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)"),
                of(
                        new MountStep.MapOwners("/src", "/dst", true, "0 1000 1\n", "0 2000 1\n"),
                        "map-owners",
                        "clone3({flags=CLONE_VM|CLONE_FILES|CLONE_VFORK|CLONE_NEWUSER|CLONE_CLEAR_SIGHAND,"
                                + " exit_signal=SIGCHLD}, 88)",
                        "openat(AT_FDCWD, '/proc/self', O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)",
                        "openat(77, 'uid_map', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0 1000 1\\n', 9)",
                        "close(77)",
                        "openat(77, 'gid_map', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0 2000 1\\n', 9)",
                        "close(77)",
                        "openat(77, 'ns/user', O_RDONLY|O_CLOEXEC, 0)",
                        "waitid(P_PID, 77, {si_pid=0, si_code=0, si_status=0}, WEXITED|__WALL, NULL)",
                        "close(77)",
                        "mount_setattr(77, '', AT_EMPTY_PATH|AT_RECURSIVE,"
                                + " {attr_set=MOUNT_ATTR_IDMAP, userns_fd=0}, 32)",
                        "close(77)"),
                of(
                        new MountStep.MapOwnersAs("/src", "/dst", true, "/proc/7/ns/user"),
                        "map-owners-as",
                        "openat(AT_FDCWD, '/proc/7/ns/user', O_RDONLY|O_CLOEXEC, 0)",
                        "mount_setattr(77, '', AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_IDMAP, userns_fd=0}, 32)",
                        "close(77)"),
                of(
                        new MountStep.Attach("/src", "/dst", EnumSet.of(MountFlag.MS_RDONLY)),
                        "attach",
                        "move_mount(77, '', AT_FDCWD, '/dst', MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_SYMLINKS)",
                        "mount(NULL, '/dst', NULL, MS_RDONLY|MS_REMOUNT|MS_BIND, NULL)"),
                of(
                        new MountStep.Attach("/src", "/dst", Set.of()),
                        "attach",
                        "move_mount(77, '', AT_FDCWD, '/dst', MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_SYMLINKS)"),
                of(
                        new MountStep.EnterRoot("/root"),
                        "enter-root",
                        "chdir('/root')",
                        "pivot_root('.', '.')",
                        "umount2('.', MNT_DETACH)",
                        "chdir('/')"),
                of(
                        new MountStep.MakeFolder("", "/a/b"),
                        "make-folder",
                        "mkdirat(AT_FDCWD, '/a', 0755)",
                        "mkdirat(AT_FDCWD, '/a/b', 0755)"),
                of(new MountStep.MakeFolder("/a", "/a/b"), "make-folder", "mkdirat(AT_FDCWD, '/a/b', 0755)"),
                of(new MountStep.MakeFolder("", "/"), "make-folder"),
                of(
                        new MountStep.MakeFile("", "/a/f"),
                        "make-file",
                        "mkdirat(AT_FDCWD, '/a', 0755)",
                        "mknodat(AT_FDCWD, '/a/f', 0100644, makedev(0, 0))"),
                of(
                        new MountStep.MakeDevice("/dev/sda", "b", 8, 0, 0660, 0, 0),
                        "make-device",
                        "mknodat(AT_FDCWD, '/dev/sda', 060660, makedev(8, 0))"),
                of(
                        new MountStep.MakeDevice("/d", "c", 10, 229, 0600, 5, 6, true),
                        "make-device",
                        "mknodat(AT_FDCWD, '/d', 020600, makedev(10, 229))",
                        "fchownat(AT_FDCWD, '/d', 5, 6, 0)",
                        "statx(AT_FDCWD, '/d', AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,"
                                + " {stx_mode=00, stx_uid=0, stx_gid=0, stx_ino=0})"),
                of(new MountStep.MakeLink("/l", "to"), "make-link", "symlinkat('to', AT_FDCWD, '/l')"),
                of(
                        new ProcessStep.OpenTerminal(1000, true),
                        "open-terminal",
                        "openat(AT_FDCWD, '/dev/pts/ptmx', O_RDWR|O_NOCTTY|O_CLOEXEC, 0)",
                        "ioctl(77, TIOCSPTLCK, [0])",
                        "ioctl(77, TIOCGPTPEER, O_RDWR|O_NOCTTY)",
                        "dup3(77, 0, 0)",
                        "dup3(77, 1, 0)",
                        "dup3(77, 2, 0)",
                        "close(77)",
                        "ioctl(0, TIOCSCTTY, 0)",
                        "fchown(0, 1000, -1)",
                        "mknodat(AT_FDCWD, '/dev/console', 0100620, makedev(0, 0))",
                        "open_tree(0, '', OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH)",
                        "openat2(AT_FDCWD, '/dev/console', {flags=O_RDONLY|O_PATH|O_CLOEXEC, resolve=RESOLVE_NO_SYMLINKS}, 24)",
                        "move_mount(77, '', 77, '', MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)",
                        "close(77)",
                        "close(77)"),
                of(
                        new ProcessStep.SizeTerminal(24, 80),
                        "size-terminal",
                        "ioctl(0, TIOCSWINSZ, {ws_row=24, ws_col=80})"),
                of(new NamespaceStep.SetHostname("me"), "set-hostname", "sethostname('me', 2)"),
                of(new NamespaceStep.SetDomainname("here"), "set-domainname", "setdomainname('here', 4)"),
                of(
                        new NamespaceStep.LinkUp("lo"),
                        "link-up",
                        "socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, 0)",
                        "ioctl(77, SIOCSIFFLAGS, {ifr_name='lo', ifr_flags=IFF_UP|IFF_RUNNING})",
                        "close(77)"),
                of(
                        new NamespaceStep.SetSysctl("net.ipv4.ip_forward", "1"),
                        "set-sysctl",
                        "openat(AT_FDCWD, '/proc/sys/net/ipv4/ip_forward', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '1', 1)",
                        "close(77)"),
                of(
                        new MountStep.MakeReadOnly("/proc/fs", false, false),
                        "make-read-only",
                        "mount('/proc/fs', '/proc/fs', NULL, MS_BIND|MS_REC, NULL)",
                        "mount_setattr(AT_FDCWD, '/proc/fs', 0, {attr_set=MOUNT_ATTR_RDONLY, attr_clr=0,"
                                + " propagation=0}, 32)"),
                of(
                        new MountStep.MakeReadOnly("/proc/fs", true, false),
                        "make-read-only",
                        "mount('/proc/fs', '/proc/fs', NULL, MS_BIND|MS_REC, NULL)",
                        "mount_setattr(AT_FDCWD, '/proc/fs', 0, {attr_set=MOUNT_ATTR_RDONLY,"
                                + " attr_clr=MOUNT_ATTR_NOSYMFOLLOW, propagation=0}, 32)"),
                of(
                        new MountStep.MakeReadOnly("/proc/fs", false, true),
                        "make-read-only",
                        "mount('/proc/fs', '/proc/fs', NULL, MS_BIND|MS_REC, NULL)",
                        "mount(NULL, '/proc/fs', NULL, MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC|MS_REMOUNT|MS_BIND, NULL)"),
                of(
                        new MountStep.Mask("/secret"),
                        "mask",
                        "move_mount(77, '', AT_FDCWD, '/secret', MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_SYMLINKS)",
                        "mount('tmpfs', '/secret', 'tmpfs', MS_RDONLY, 'size=0')"),
                of(
                        new MountStep.MakeRootReadOnly(EnumSet.of(MountFlag.MS_NODEV)),
                        "make-root-read-only",
                        "mount(NULL, '/', NULL, MS_RDONLY|MS_NODEV|MS_REMOUNT|MS_BIND, NULL)"),
                of(
                        new ProcessStep.SetLimit(Resource.RLIMIT_CORE, 0, -1),
                        "set-limit",
                        "prlimit64(0, RLIMIT_CORE, {rlim_cur=0, rlim_max=RLIM64_INFINITY}, NULL)"),
                of(
                        new ProcessStep.AdjustOomScore(-500),
                        "adjust-oom-score",
                        "openat(AT_FDCWD, '/proc/self/oom_score_adj', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '-500', 4)",
                        "close(77)"),
                of(
                        new ProcessStep.DropBounding(EnumSet.of(Capability.CAP_CHOWN, Capability.CAP_BPF)),
                        "drop-bounding",
                        "prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0)",
                        "prctl(PR_CAPBSET_DROP, CAP_BPF, 0, 0, 0)"),
                of(
                        new ProcessStep.SetUser(1, 2, List.of(3L, 4L)),
                        "set-user",
                        "prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)",
                        "setgroups(2, [3, 4])",
                        "setresgid(2, 2, 2)",
                        "setresuid(1, 1, 1)"),
                of(
                        new ProcessStep.SetCapabilities(
                                EnumSet.of(Capability.CAP_KILL),
                                EnumSet.of(Capability.CAP_KILL),
                                EnumSet.of(Capability.CAP_KILL),
                                EnumSet.of(Capability.CAP_KILL)),
                        "set-capabilities",
                        "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
                        "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, "
                                + "{effective=CAP_KILL, permitted=CAP_KILL, inheritable=CAP_KILL})",
                        "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0)"),
                of(
                        new MountStep.VisitRoot("/r"),
                        "visit-root",
                        "openat(AT_FDCWD, '/', O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)",
                        "chdir('/r')",
                        "chroot('.')"),
                of(new MountStep.LeaveRoot(), "leave-root", "fchdir(77)", "chroot('.')", "close(77)"),
                of(
                        new ProcessStep.JoinKeyring("_ses.x", false),
                        "join-keyring",
                        "keyctl(KEYCTL_JOIN_SESSION_KEYRING, '_ses.x')",
                        "keyctl(KEYCTL_SETPERM, 77, 0x3f1b0000)"),
                of(new ProcessStep.NoNewPrivileges(), "no-new-privileges", "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)"),
                of(
                        new ProcessStep.ConfineByAppArmor("docker-default"),
                        "confine-by-app-armor",
                        "openat(AT_FDCWD, '/proc/self/attr/apparmor/exec', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, 'exec docker-default', 19)",
                        "close(77)"),
                of(
                        new ProcessStep.LabelProcess("a:b:c:s0"),
                        "label-process",
                        "openat(AT_FDCWD, '/proc/self/attr/exec', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, 'a:b:c:s0', 8)",
                        "close(77)"),
                of(
                        new ProcessStep.FilterCalls(
                                EnumSet.of(
                                        Constant.SECCOMP_FILTER_FLAG_TSYNC,
                                        Constant.SECCOMP_FILTER_FLAG_LOG,
                                        Constant.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                                        Constant.SECCOMP_FILTER_FLAG_NEW_LISTENER,
                                        Constant.SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
                                        Constant.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
                                List.of(0x7fff000000000006L)),
                        "filter-calls",
                        "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_LOG|"
                                + "SECCOMP_FILTER_FLAG_SPEC_ALLOW|SECCOMP_FILTER_FLAG_NEW_LISTENER|"
                                + "SECCOMP_FILTER_FLAG_TSYNC_ESRCH|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, "
                                + "{len=1, filter=[1 instructions]})"),
                of(new ProcessStep.ChangeFolder("/w"), "change-folder", "chdir('/w')"),
                of(new ProcessStep.ChangeFolderAsUser("/w"), "change-folder-as-user", "chdir('/w')"),
                of(new ProcessStep.CheckFolder(), "check-folder", "getcwd('', 4096)"),
                of(
                        new MountStep.MountInParts(
                                "overlay", "overlay", "/r", Set.of(MountFlag.MS_NODEV), "lowerdir=/2:/1,upperdir=/u"),
                        "mount-in-parts",
                        "fsopen('overlay', FSOPEN_CLOEXEC)",
                        "fsconfig(77, FSCONFIG_SET_STRING, 'source', 'overlay', 0)",
                        "fsconfig(77, FSCONFIG_SET_STRING, 'lowerdir+', '/2', 0)",
                        "fsconfig(77, FSCONFIG_SET_STRING, 'lowerdir+', '/1', 0)",
                        "fsconfig(77, FSCONFIG_SET_STRING, 'upperdir', '/u', 0)",
                        "fsconfig(77, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
                        "fsmount(77, FSMOUNT_CLOEXEC, MS_NODEV)",
                        "move_mount(77, '', AT_FDCWD, '/r', MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_SYMLINKS)",
                        "close(77)",
                        "close(77)"),
                of(
                        new SupervisorStep.NameProcess("koker-1f0c"),
                        "name-process",
                        "prctl(PR_SET_NAME, 'koker-1f0c', 0, 0, 0)"),
                of(
                        new SupervisorStep.KeepDescriptors(List.of(7, 9), List.of(201, 200)),
                        "keep-descriptors",
                        "dup3(7, 201, 0)",
                        "dup3(9, 200, 0)",
                        "close_range(0, 199, 0)",
                        "close_range(202, 4294967295, 0)"),
                of(
                        new SupervisorStep.KeepDescriptors(List.of(7, 201, 100), List.of(201, 100, 102)),
                        "keep-descriptors",
                        "dup3(201, 203, 0)",
                        "dup3(100, 204, 0)",
                        "dup3(7, 201, 0)",
                        "dup3(203, 100, 0)",
                        "dup3(204, 102, 0)",
                        "close_range(0, 99, 0)",
                        "close_range(101, 101, 0)",
                        "close_range(103, 200, 0)",
                        "close_range(202, 4294967295, 0)"),
                of(
                        new NamespaceStep.JoinNamespaces(17, EnumSet.of(CloneFlag.CLONE_NEWNS, CloneFlag.CLONE_NEWPID)),
                        "join-namespaces",
                        "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
                        "pidfd_open(17, 0)",
                        "setns(77, CLONE_NEWNS|CLONE_NEWPID)",
                        "close(77)"),
                of(new NamespaceStep.EnterPidNamespace(), "enter-pid-namespace", "clone3({flags=CLONE_PARENT}, 88)"),
                of(
                        new NamespaceStep.JoinNamespace("/ns/pid", CloneFlag.CLONE_NEWPID),
                        "join-namespace",
                        "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
                        "openat(AT_FDCWD, '/ns/pid', O_RDONLY|O_CLOEXEC, 0)",
                        "setns(77, CLONE_NEWPID)",
                        "close(77)"),
                of(new NamespaceStep.UnshareUsers(), "unshare-users", "unshare(CLONE_NEWUSER)"),
                of(
                        new HostStep.MapUsers("0 9 1\n", "0 8 1\n", true).of(4711),
                        "map-users",
                        "openat(AT_FDCWD, '/proc/4711/uid_map', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0 9 1\\n', 6)",
                        "close(77)",
                        "openat(AT_FDCWD, '/proc/4711/setgroups', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, 'deny', 4)",
                        "close(77)",
                        "openat(AT_FDCWD, '/proc/4711/gid_map', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0 8 1\\n', 6)",
                        "close(77)"),
                of(new NamespaceStep.BecomeRoot(), "become-root", "setresgid(0, 0, 0)", "setresuid(0, 0, 0)"),
                of(
                        new NamespaceStep.UnshareNamespaces(EnumSet.of(CloneFlag.CLONE_NEWNS, CloneFlag.CLONE_NEWPID)),
                        "unshare-namespaces",
                        "unshare(CLONE_NEWNS|CLONE_NEWPID)"),
                of(
                        new NamespaceStep.OffsetClocks(List.of("boottime 5 0")),
                        "offset-clocks",
                        "unshare(CLONE_NEWTIME)",
                        "openat(AT_FDCWD, '/proc/self/timens_offsets', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, 'boottime 5 0\\n', 13)",
                        "close(77)",
                        "openat(AT_FDCWD, '/proc/self/ns/time_for_children', O_RDONLY|O_CLOEXEC, 0)",
                        "setns(77, CLONE_NEWTIME)",
                        "close(77)"),
                of(
                        new MountStep.MountOnFolder("proc", "proc", "/proc", Set.of(MountFlag.MS_NODEV), ""),
                        "mount-on-folder",
                        "openat2(AT_FDCWD, '/proc', {flags=O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC,"
                                + " resolve=RESOLVE_NO_SYMLINKS}, 24)",
                        "fchdir(77)",
                        "mount('proc', '.', 'proc', MS_NODEV, NULL)",
                        "chdir('/')",
                        "close(77)"),
                of(
                        new MountStep.MountTmpfs("/a", "t", "/a/b/t", Set.of(MountFlag.MS_NODEV), "size=1m"),
                        "mount-tmpfs",
                        "mkdirat(AT_FDCWD, '/a/b', 0755)",
                        "mkdirat(AT_FDCWD, '/a/b/t', 0755)",
                        "statx(AT_FDCWD, '/a/b/t', 0, STATX_BASIC_STATS,"
                                + " {stx_mode=00, stx_uid=0, stx_gid=0, stx_ino=0})",
                        "mount('t', '/a/b/t', 'tmpfs', MS_NODEV, 'size=1m')",
                        "fchmodat(AT_FDCWD, '/a/b/t', mode of the folder at /a/b/t+28)"),
                of(
                        new MountStep.MountCopy(
                                "",
                                "t",
                                "/t",
                                Set.of(MountFlag.MS_NODEV),
                                "size=1m",
                                true,
                                List.of(
                                        new MountStep.MountCopy.Entry("d", 040755, 1, 2, "", 0),
                                        new MountStep.MountCopy.Entry("d/f", 0100640, 3, 4, "", 5),
                                        new MountStep.MountCopy.Entry("l", 0120777, 6, 7, "d/f", 3))),
                        "mount-copy",
                        "mkdirat(AT_FDCWD, '/t', 0755)",
                        "statx(AT_FDCWD, '/t', 0, STATX_BASIC_STATS, {stx_mode=00, stx_uid=0, stx_gid=0, stx_ino=0})",
                        "openat(AT_FDCWD, '/t', O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)",
                        "mount('t', '/t', 'tmpfs', MS_NODEV, 'size=1m')",
                        "fchmodat(AT_FDCWD, '/t', mode of the folder at /t+28)",
                        "mkdirat(AT_FDCWD, '/t/d', 0700)",
                        "openat(AT_FDCWD, '/t/d', O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)",
                        "fchown(77, 1, 2)",
                        "fchmod(77, 0755)",
                        "close(77)",
                        "openat(77, 'd/f', O_RDONLY|O_NOFOLLOW|O_CLOEXEC, 0)",
                        "openat(AT_FDCWD, '/t/d/f', O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600)",
                        "sendfile(77, 77, NULL, 5)",
                        "fchown(77, 3, 4)",
                        "fchmod(77, 0640)",
                        "close(77)",
                        "close(77)",
                        "symlinkat('d/f', AT_FDCWD, '/t/l')",
                        "fchownat(AT_FDCWD, '/t/l', 6, 7, AT_SYMLINK_NOFOLLOW)",
                        "close(77)"),
                of(
                        new MountStep.PrepareMount(
                                "proc", "proc", "/proc", Set.of(MountAttribute.MOUNT_ATTR_NODEV), "hidepid=2"),
                        "prepare-mount",
                        "fsopen('proc', FSOPEN_CLOEXEC)",
                        "fsconfig(77, FSCONFIG_SET_STRING, 'source', 'proc', 0)",
                        "fsconfig(77, FSCONFIG_SET_STRING, 'hidepid', '2', 0)",
                        "fsconfig(77, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
                        "fsmount(77, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV)",
                        "close(77)"),
                of(
                        new MountStep.AttachToFolder("proc", "/proc"),
                        "attach-to-folder",
                        "openat2(AT_FDCWD, '/proc', {flags=O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC,"
                                + " resolve=RESOLVE_NO_SYMLINKS}, 24)",
                        "move_mount(77, '', 77, '', MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)",
                        "close(77)",
                        "close(77)"),
                of(
                        new MountStep.Propagate(
                                "/x",
                                List.of(
                                        EnumSet.of(MountFlag.MS_SLAVE),
                                        EnumSet.of(MountFlag.MS_REC, MountFlag.MS_SHARED))),
                        "propagate",
                        "mount(NULL, '/x', NULL, MS_SLAVE, NULL)",
                        "mount(NULL, '/x', NULL, MS_REC|MS_SHARED, NULL)"),
                of(
                        new MountStep.ChangeMount(
                                "/x",
                                true,
                                Set.of(MountAttribute.MOUNT_ATTR_RDONLY),
                                Set.of(MountAttribute.MOUNT_ATTR_NOSUID)),
                        "change-mount",
                        "mount_setattr(AT_FDCWD, '/x', AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY,"
                                + " attr_clr=MOUNT_ATTR_NOSUID, propagation=0}, 32)"),
                of(
                        new ProcessStep.Schedule(Scheduling.SCHED_OTHER, List.of(), 5, 0, 0, 0, 0),
                        "schedule",
                        "sched_setattr(0, {size=48, sched_policy=SCHED_OTHER, sched_flags=0, sched_nice=5,"
                                + " sched_priority=0, sched_runtime=0, sched_deadline=0, sched_period=0}, 0)"),
                of(
                        new ProcessStep.SetIoPriority(Scheduling.IOPRIO_CLASS_BE, 3),
                        "set-io-priority",
                        "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 3))"),
                of(new ProcessStep.SetPersonality(Constant.PER_LINUX32), "set-personality", "personality(PER_LINUX32)"),
                of(new NamespaceStep.Leave(), "leave", "exit_group(0)"),
                of(
                        new SupervisorStep.TakeTerminal(),
                        "take-terminal",
                        "pidfd_open(77, 0)",
                        "pidfd_getfd(77, 77, 0)",
                        "dup3(77, 200, 0)",
                        "close(77)",
                        "ioctl(200, TIOCGPTPEER, O_RDWR|O_NOCTTY|O_CLOEXEC)",
                        "dup3(77, 205, 0)",
                        "close(77)",
                        "close(77)"),
                of(new EndStep.OpenProcess(17), "open-process", "pidfd_open(17, 0)"),
                of(
                        new EndStep.SendSignal(5, 17, Signal.SIGTERM),
                        "send-signal",
                        "pidfd_send_signal(5, SIGTERM, NULL, 0)",
                        "close(5)"),
                of(
                        new EndStep.WaitForEnd(5, 17, Duration.ofMillis(1500)),
                        "wait-for-end",
                        "ppoll([{fd=5, events=POLLIN}], 1, {tv_sec=1, tv_nsec=500000000}, NULL, 8)",
                        "close(5)"),
                of(
                        new EndStep.RemoveCgroup("/c/koker-1"),
                        "remove-cgroup",
                        "unlinkat(AT_FDCWD, '/c/koker-1', AT_REMOVEDIR)"),
                of(new EndStep.RemoveFile("/n/web"), "remove-file", "unlinkat(AT_FDCWD, '/n/web', 0)"),
                of(
                        new EndStep.RemoveStateFolder("/c/x"),
                        "remove-state-folder",
                        "unlinkat(AT_FDCWD, '/c/x', AT_REMOVEDIR)"),
                of(
                        new HostStep.MakeGate("/o/c/gate"),
                        "make-gate",
                        "mknodat(AT_FDCWD, '/o/c/gate', 010600, makedev(0, 0))",
                        "openat(AT_FDCWD, '/o/c/gate', O_RDWR|O_CLOEXEC, 0)"),
                of(
                        new HostStep.OpenGate("/o/c/gate"),
                        "open-gate",
                        "openat(AT_FDCWD, '/o/c/gate', O_WRONLY|O_NONBLOCK|O_CLOEXEC, 0)"),
                of(
                        new HostStep.LetStart(5, "/o/c/gate"),
                        "let-start",
                        "write(5, '.', 1)",
                        "unlinkat(AT_FDCWD, '/o/c/gate', 0)",
                        "close(5)"),
                of(
                        new HostStep.LeaseAddress("/n/leases/10.1.0.2", "c0ffee"),
                        "lease-address",
                        "symlinkat('c0ffee', AT_FDCWD, '/n/leases/10.1.0.2')"),
                of(
                        new HostStep.LockNetworks("/run/k"),
                        "lock-networks",
                        "openat(AT_FDCWD, '/run/k', O_RDONLY|O_CLOEXEC, 0)",
                        "flock(77, LOCK_EX)"),
                of(new HostStep.UnlockNetworks(5), "unlock-networks", "flock(5, LOCK_UN)", "close(5)"),
                of(new HostStep.MakeStateFolder("/c/x", 0710), "make-state-folder", "mkdirat(AT_FDCWD, '/c/x', 0710)"),
                of(
                        new HostStep.WriteFile("/c/x/hostname", "x\n"),
                        "write-file",
                        "openat(AT_FDCWD, '/c/x/hostname', O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0644)",
                        "write(77, 'x\\n', 2)",
                        "close(77)"),
                of(
                        new HostStep.ReturnAddress("/n/leases/10.1.0.2"),
                        "return-address",
                        "unlinkat(AT_FDCWD, '/n/leases/10.1.0.2', 0)"),
                of(
                        new HostStep.SetHostSysctl("net.ipv4.ip_forward", "1"),
                        "set-host-sysctl",
                        "openat(AT_FDCWD, '/proc/sys/net/ipv4/ip_forward', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '1', 1)",
                        "close(77)"),
                of(
                        new LinkStep.OpenNetlink(),
                        "open-netlink",
                        "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE)",
                        "bind(77, {sa_family=AF_NETLINK, nl_pid=0}, 12)"),
                of(
                        new LinkStep.OpenNetlinkInside(4711),
                        "open-netlink-inside",
                        "pidfd_open(4711, 0)",
                        "setns(77, CLONE_NEWNET)",
                        "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE)",
                        "bind(77, {sa_family=AF_NETLINK, nl_pid=0}, 12)",
                        "close(77)"),
                of(
                        new LinkStep.ExplainRefusals(socket),
                        "explain-refusals",
                        "setsockopt(5, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4)",
                        "setsockopt(5, SOL_NETLINK, NETLINK_CAP_ACK, [1], 4)"),
                request(
                        new LinkStep.MakeBridge(socket, "koker0", HardwareAddress.parse("02:42:0a:01:00:01"), "mine"),
                        "make-bridge",
                        "RTM_NEWLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_EXCL|NLM_F_CREATE}, {ifi_family=AF_UNSPEC},"
                                + " [[{nla_type=IFLA_IFNAME}, 'koker0'], [{nla_type=IFLA_ADDRESS}, 02:42:0a:01:00:01],"
                                + " [{nla_type=IFLA_IFALIAS}, 'mine'],"
                                + " [{nla_type=IFLA_LINKINFO}, [{nla_type=IFLA_INFO_KIND}, 'bridge']]]",
                        84),
                request(
                        new LinkStep.MakeVeth(
                                socket,
                                "veth1",
                                7,
                                "koker0",
                                "eth0",
                                4711,
                                HardwareAddress.of(Ipv4.parse("10.1.0.2")),
                                1400),
                        "make-veth",
                        "RTM_NEWLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_EXCL|NLM_F_CREATE},"
                                + " {ifi_family=AF_UNSPEC, ifi_flags=IFF_UP},"
                                + " [[{nla_type=IFLA_IFNAME}, 'veth1'], [{nla_type=IFLA_MTU}, 1400],"
                                + " [{nla_type=IFLA_MASTER}, 7], [{nla_type=IFLA_LINKINFO},"
                                + " [[{nla_type=IFLA_INFO_KIND}, 'veth'], [{nla_type=IFLA_INFO_DATA},"
                                + " [{nla_type=VETH_INFO_PEER}, [{ifi_family=AF_UNSPEC}, [[{nla_type=IFLA_IFNAME}, 'eth0'],"
                                + " [{nla_type=IFLA_ADDRESS}, 02:42:0a:01:00:02], [{nla_type=IFLA_MTU}, 1400],"
                                + " [{nla_type=IFLA_NET_NS_PID}, 4711]]]]]]]]",
                        140),
                request(
                        new LinkStep.PlugIn(socket, "veth1", 7, "koker0"),
                        "plug-in",
                        "RTM_NEWLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK}, {ifi_family=AF_UNSPEC, ifi_flags=IFF_UP},"
                                + " [[{nla_type=IFLA_IFNAME}, 'veth1'], [{nla_type=IFLA_MASTER}, 7]]",
                        52),
                request(
                        new LinkStep.SetHairpin(socket, "veth1"),
                        "set-hairpin",
                        "RTM_NEWLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK}, {ifi_family=AF_UNSPEC},"
                                + " [[{nla_type=IFLA_IFNAME}, 'veth1'], [{nla_type=IFLA_LINKINFO},"
                                + " [[{nla_type=IFLA_INFO_SLAVE_KIND}, 'bridge'],"
                                + " [{nla_type=IFLA_INFO_SLAVE_DATA}, [{nla_type=IFLA_BRPORT_MODE}, 1]]]]]",
                        72),
                request(
                        new LinkStep.FindLink(socket, "eth0"),
                        "find-link",
                        "RTM_GETLINK, nlmsg_flags=NLM_F_REQUEST}, {ifi_family=AF_UNSPEC},"
                                + " [{nla_type=IFLA_IFNAME}, 'eth0']",
                        44),
                request(
                        new LinkStep.RemoveLink(socket, "eth0"),
                        "remove-link",
                        "RTM_DELLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK}, {ifi_family=AF_UNSPEC},"
                                + " [{nla_type=IFLA_IFNAME}, 'eth0']",
                        44),
                request(
                        new LinkStep.SwitchOn(socket, "eth0"),
                        "switch-on",
                        "RTM_NEWLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK}, {ifi_family=AF_UNSPEC, ifi_flags=IFF_UP},"
                                + " [{nla_type=IFLA_IFNAME}, 'eth0']",
                        44),
                request(
                        new LinkStep.AddAddress(
                                socket, "eth0", 3, Ipv4.parse("10.1.0.2"), 16, Ipv4.parse("10.1.255.255")),
                        "add-address",
                        "RTM_NEWADDR, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_EXCL|NLM_F_CREATE},"
                                + " {ifa_family=AF_INET, ifa_prefixlen=16}, [[{nla_type=IFA_LOCAL}, inet_addr('10.1.0.2')],"
                                + " [{nla_type=IFA_ADDRESS}, inet_addr('10.1.0.2')],"
                                + " [{nla_type=IFA_BROADCAST}, inet_addr('10.1.255.255')]]",
                        48),
                request(
                        new LinkStep.AddDefaultRoute(socket, Ipv4.parse("10.1.0.1")),
                        "add-default-route",
                        "RTM_NEWROUTE, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_EXCL|NLM_F_CREATE}, {rtm_family=AF_INET,"
                                + " rtm_dst_len=0, rtm_table=RT_TABLE_MAIN, rtm_protocol=RTPROT_BOOT,"
                                + " rtm_scope=RT_SCOPE_UNIVERSE, rtm_type=RTN_UNICAST},"
                                + " [{nla_type=RTA_GATEWAY}, inet_addr('10.1.0.1')]",
                        36),
                request(
                        new LinkStep.AddIpv6Address(socket, "eth0", 3, Ipv6.parse("fd00::2"), 64),
                        "add-ipv6-address",
                        "RTM_NEWADDR, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_EXCL|NLM_F_CREATE},"
                                + " {ifa_family=AF_INET6, ifa_prefixlen=64, ifa_flags=IFA_F_NODAD},"
                                + " [{nla_type=IFA_ADDRESS}, inet_pton(AF_INET6, 'fd00::2')]",
                        44),
                of(
                        new LinkStep.AllowIpv6(4711, "eth0"),
                        "allow-ipv6",
                        "pidfd_open(4711, 0)",
                        "setns(77, CLONE_NEWNET)",
                        "openat(AT_FDCWD, '/proc/sys/net/ipv6/conf/eth0/disable_ipv6', O_WRONLY|O_CLOEXEC, 0)",
                        "write(77, '0', 1)",
                        "close(77)",
                        "close(77)"),
                request(
                        new LinkStep.ListAll(socket, NetlinkMessage.listLinks()),
                        "list-all",
                        "RTM_GETLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP}, {ifi_family=AF_UNSPEC}",
                        32),
                of(new LinkStep.ReceiveMore(socket), "receive-more", "recvfrom(5, …, 32768, 0, NULL, NULL)"),
                of(new LinkStep.CloseNetlink(socket), "close-netlink", "close(5)"),
                of(
                        new HostStep.RunHook("poststop", "/bin/x", List.of("x", "1"), List.of("A=1")),
                        "run-hook",
                        "clone3({flags=CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD}, 88)",
                        "execve('/bin/x', ['x', '1'], ['A=1'])"),
                of(
                        new FirewallStep.RestoreRules(List.of("/sbin/iptables-restore", "-w"), "*nat\nCOMMIT\n"),
                        "restore-rules",
                        "clone3({flags=CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD}, 88)",
                        "execve('/sbin/iptables-restore', ['/sbin/iptables-restore', '-w'], ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'])"),
                of(
                        new FirewallStep.OpenNetfilter(),
                        "open-netfilter",
                        "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_NETFILTER)",
                        "bind(77, {sa_family=AF_NETLINK, nl_pid=0}, 12)"),
                of(
                        new FirewallStep.ChangeRules(
                                socket,
                                "koker",
                                List.of(
                                        NftablesMessage.addTable(NFPROTO_IPV4, "koker"),
                                        NftablesMessage.appendRule(
                                                NFPROTO_IPV4,
                                                "koker",
                                                "forward",
                                                List.of(
                                                        new Expression.Meta(NFT_META_OIFNAME, 1),
                                                        new Expression.Compare(true, 1, new byte[] {'k', 'o'}),
                                                        new Expression.Verdict(NF_DROP, "")),
                                                "mine"))),
                        "change-rules",
                        "sendto(5, [[{nlmsg_type=NFNL_MSG_BATCH_BEGIN, nlmsg_flags=NLM_F_REQUEST},"
                                + " {nfgen_family=AF_UNSPEC, res_id=htons(10)}],"
                                + " [{nlmsg_type=NFT_MSG_NEWTABLE, nlmsg_flags=NLM_F_REQUEST|NLM_F_CREATE},"
                                + " {nfgen_family=2, res_id=htons(0)}, [{nla_type=NFTA_TABLE_NAME}, 'koker']],"
                                + " [{nlmsg_type=NFT_MSG_NEWRULE,"
                                + " nlmsg_flags=NLM_F_REQUEST|NLM_F_CREATE|NLM_F_APPEND|NLM_F_ACK},"
                                + " {nfgen_family=2, res_id=htons(0)}, [[{nla_type=NFTA_RULE_TABLE}, 'koker'],"
                                + " [{nla_type=NFTA_RULE_CHAIN}, 'forward'], [{nla_type=NFTA_RULE_EXPRESSIONS},"
                                + " '[meta load oifname => reg 1] [cmp eq reg 1 0x6b6f] [immediate reg 0 drop]'],"
                                + " [{nla_type=NFTA_RULE_USERDATA}, 'mine']]],"
                                + " [{nlmsg_type=NFNL_MSG_BATCH_END, nlmsg_flags=NLM_F_REQUEST},"
                                + " {nfgen_family=AF_UNSPEC, res_id=htons(10)}]], 260, 0, NULL, 0)",
                        "recvfrom(5, …, 32768, 0, NULL, NULL)"),
                of(new StoreStep.AskRegistry("host:5000/x:latest"), "ask-registry"),
                of(new StoreStep.FetchBlob("sha256:1", 17), "fetch-blob"),
                of(
                        new StoreStep.KeepBlob("sha256:1", "/i/.1.partial", "/i/blobs/sha256/1"),
                        "keep-blob",
                        "renameat2(AT_FDCWD, '/i/.1.partial', AT_FDCWD, '/i/blobs/sha256/1', 0)"),
                of(
                        new StoreStep.MakeLayerFolder("/l/2.partial"),
                        "make-layer-folder",
                        "mkdirat(AT_FDCWD, '/l/2.partial', 0700)"),
                of(new StoreStep.UnpackLayer("sha256:2"), "unpack-layer"),
                of(
                        new StoreStep.KeepLayer("sha256:2", "/l/2.partial", "/l/2"),
                        "keep-layer",
                        "renameat2(AT_FDCWD, '/l/2.partial', AT_FDCWD, '/l/2', 0)"),
                of(
                        new StoreStep.NameImage("x:latest", "/i/.index.json.partial", "/i/index.json"),
                        "name-image",
                        "renameat2(AT_FDCWD, '/i/.index.json.partial', AT_FDCWD, '/i/index.json', 0)"),
                of(
                        new NamespaceStep.JoinNamespace("/ns", CloneFlag.CLONE_NEWNET),
                        "join-namespace",
                        "openat(AT_FDCWD, '/ns', O_RDONLY|O_CLOEXEC, 0)",
                        "setns(77, CLONE_NEWNET)",
                        "close(77)"),
                of(
                        exec,
                        "exec",
                        "rt_sigprocmask(SIG_SETMASK, [], NULL, 8)",
                        "execve('/a/x', ['x', '1'], ['A=1'])",
                        "execve('/b/x', ['x', '1'], ['A=1'])"),
                of(
                        exec.left(),
                        "exec",
                        "rt_sigprocmask(SIG_SETMASK, [], NULL, 8)",
                        "execve('/a/x', ['x', '1'], ['A=1'])",
                        "execve('/b/x', ['x', '1'], ['A=1'])",
                        "write(2, 'exec x: execve(2) failed\\n', 25)",
                        "write(2, 'exec x: no such file or directory\\n', 34)",
                        "write(2, 'exec x: exec format error\\n', 26)",
                        "write(2, 'exec x: permission denied\\n', 26)",
                        "write(2, 'exec x: operation not permitted\\n', 32)",
                        "write(2, 'exec x: argument list too long\\n', 31)",
                        "write(2, 'exec x: cannot allocate memory\\n', 31)",
                        "write(2, 'exec x: too many levels of symbolic links\\n', 42)",
                        "write(2, 'exec x: text file busy\\n', 23)",
                        "write(2, 'exec x: resource temporarily unavailable\\n', 41)",
                        "exit_group(255)"));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void isMadeByTheseCalls(Case each) {
        var shown = each.step().calls().stream()
                .filter(call -> call.operation() instanceof SystemCall)
                .map(call -> call.show(_ -> 77).replace('"', '\''))
                .toList();
        assertEquals(List.of(each.calls()), shown);
        assertEquals(each.name(), each.step().name());
        assertFalse(each.step().title().isBlank());
        var host = each.step() instanceof HostStep
                || each.step() instanceof LinkStep
                || each.step() instanceof FirewallStep
                || each.step() instanceof EndStep
                || each.step() instanceof StoreStep;
        assertEquals(host ? Side.HOST : Side.CONTAINER, each.step().side());
    }

    @Test
    void everyStepIsTested() {
        var tested = steps().stream().map(each -> each.step().getClass()).collect(Collectors.toSet());
        // Programs with jumps and arithmetic; what they do is tested by running them.
        var programs = Set.of(
                ProcessStep.Init.class,
                ProcessStep.FindCommand.class,
                ProcessStep.AwaitStart.class,
                SupervisorStep.ShedMemory.class,
                SupervisorStep.ShedContainer.class,
                SupervisorStep.KeepLog.class,
                SupervisorStep.RecordEnd.class,
                SupervisorStep.DrainTerminal.class,
                SupervisorStep.Retire.class);
        var all = Arrays.stream(Step.class.getPermittedSubclasses())
                .flatMap(kind -> Arrays.stream(kind.getPermittedSubclasses()))
                .flatMap(step -> step.isSealed() ? Arrays.stream(step.getPermittedSubclasses()) : Stream.of(step))
                .filter(step -> !programs.contains(step))
                .collect(Collectors.toSet());
        assertEquals(all, tested);
    }

    @Test
    void theStepsOfAPullAreKnownByName() {
        var names = steps().stream()
                .map(Case::step)
                .filter(StoreStep.class::isInstance)
                .map(Step::name)
                .toList();
        assertEquals(names, StoreStep.NAMES);
    }

    @Test
    void anInitStartsTheCommandBetweenItsOwnCalls() {
        var exec = new ProcessStep.Exec(List.of("/a/x"), List.of("x"), List.of());
        var calls = new ProcessStep.Init(exec).calls();
        var operations = calls.stream().map(call -> call.operation()).toList();
        assertEquals(1, operations.stream().filter(SystemCall.CLONE3::equals).count());
        assertEquals(1, operations.stream().filter(SystemCall.EXECVE::equals).count());
        assertEquals(
                exec.calls().getLast().show(_ -> 0),
                calls.get(operations.indexOf(SystemCall.EXECVE)).show(_ -> 0));
        assertEquals(SystemCall.EXIT_GROUP, operations.getLast());
    }

    @Test
    void aFailureIsToldInOneLine() {
        var step = new MountStep.Mount("overlay", "overlay", "/r", Set.of(), "");
        assertEquals(
                "Mount target source=overlay target=/r type=overlay: mount: No such device (ENODEV); "
                        + "this kernel has no file system overlay; try: modprobe overlay",
                new StepException(step, step.calls().getFirst(), Errno.ENODEV).getMessage());
        var asked = new StoreStep.FetchBlob("sha256:1", 17);
        assertEquals(
                "Fetch blob digest=sha256:1 size=17: Connection reset by peer (ECONNRESET); "
                        + "the connection broke off; pull again, and it goes on from there",
                new StepException(asked, asked.calls().getFirst(), Errno.ECONNRESET).getMessage());
    }
}
