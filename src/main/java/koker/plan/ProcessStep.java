package koker.plan;

import static koker.kernel.Constant.*;
import static koker.kernel.OpenFlag.*;
import static koker.trace.Trace.fields;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Capability;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.Resource;
import koker.kernel.Scheduling;
import koker.kernel.Signal;

/** What the new process does to itself, until it becomes the command: its descriptors, its user, its rights and limits. */
public sealed interface ProcessStep extends Step {
    /**
     * Nothing of koker's open files reaches the container: only 0, 1, 2, and the meeting point until the command starts.
     *
     * @param preserved how many from 3 on are the container's, too, as koker was given them for it
     * @param gate what is to be {@link #GATE}; 0 for none
     */
    record CloseDescriptors(int meetingPoint, int preserved, int gate) implements ProcessStep {
        @Override
        public String title() {
            return "Close descriptors";
        }

        @Override
        public Map<String, Object> about() {
            var kept = new StringBuilder("0,1,2,");
            for (var i = 0; i < preserved; i++) {
                kept.append(3 + i).append(',');
            }
            return fields("keep", kept.append(MEETING_POINT).append(gate == 0 ? "" : "," + GATE));
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            var meeting = meetingPoint;
            if (gate == MEETING_POINT) { // or it would be closed
                meeting = Math.max(meetingPoint, GATE) + 1;
                calls.add(Calls.dup(meetingPoint, meeting));
                calls.add(Calls.dupCloseOnExec(gate, GATE));
            }
            calls.add(Calls.dupCloseOnExec(meeting, MEETING_POINT).tolerating(Errno.EINVAL));
            if (gate != 0 && gate != MEETING_POINT) {
                calls.add(Calls.dupCloseOnExec(gate, GATE).tolerating(Errno.EINVAL));
            }
            calls.add(Calls.closeRange(3L + preserved, MEETING_POINT - 1L));
            calls.add(Calls.closeRange((gate == 0 ? MEETING_POINT : GATE) + 1L, 0xffffffffL));
            return calls;
        }
    }

    /** Standard input, output or error of the container is {@code descriptor} of koker's. */
    record Connect(int descriptor, int as) implements ProcessStep {
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
    record DieWithKoker() implements ProcessStep {
        @Override
        public String title() {
            return "Die with koker";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.prctl(PR_SET_PDEATHSIG, Signal.SIGKILL));
        }
    }

    /** The process lives on when koker ends, which it should not have done until it has come this far. */
    record OutliveKoker() implements ProcessStep {
        @Override
        public String title() {
            return "Outlive koker";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.prctl(PR_SET_PDEATHSIG, 0));
        }
    }

    /** The process tells koker that it has come this far, and waits until koker has done its part. */
    record Meet(String reason) implements ProcessStep {
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

    /**
     * The process gives back all memory but its program of system calls, and then is, to the kernel, a run of an empty file in memory and no
     * longer of Java's executable: what the container makes of /proc/self/exe, or of #! with that name, harms nobody (CVE-2019-5736).
     *
     * @param shed whether the process was born with no other memory
     * @param empty a descriptor that is free by then
     */
    record HideProgram(boolean shed, int empty) implements ProcessStep {
        /** One before which the process has opened {@code taken} files, which it still has. */
        public static HideProgram behind(int taken, boolean shed) {
            return new HideProgram(shed, GATE + 1 + taken);
        }

        @Override
        public String title() {
            return "Hide program";
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            if (!shed) {
                calls.addAll(Calls.shedMemory("process"));
            }
            calls.add(Calls.memoryFile("koker").as("empty file"));
            // A file that somebody could still write to cannot be executed.
            calls.add(Calls.dup("empty file", empty));
            calls.add(Calls.close("empty file"));
            calls.add(
                    Calls.openat("/proc/self/fd/" + empty, O_RDONLY, O_CLOEXEC).as("empty program"));
            calls.add(Calls.dup("empty program", empty));
            calls.add(Calls.close("empty program"));
            calls.add(Calls.setProgram(empty));
            calls.add(Calls.close(empty));
            return calls;
        }
    }

    /**
     * A process moves itself by writing 0 to a file of the cgroup; its children will be born there.
     *
     * @param otherwise the file of another cgroup, for when the first one is gone, or may have no processes
     */
    record JoinCgroup(String file, Optional<String> otherwise) implements ProcessStep {
        private static final String JOINED = "in the cgroup";

        /** To that cgroup, or not at all. */
        public JoinCgroup(String file) {
            this(file, Optional.empty());
        }

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
            if (otherwise.isEmpty()) {
                return Calls.overwrite(file, "0");
            }
            var other = otherwise.get();
            return List.of(
                    Calls.openat(file, O_WRONLY, O_CLOEXEC)
                            .as(file)
                            .tolerating(Errno.ENOENT)
                            .elsewhere(other),
                    Calls.write(file, "0").tolerating(Errno.EBUSY, Errno.ENODEV).elsewhere(other),
                    Calls.jump(JOINED),
                    Calls.openat(other, O_WRONLY, O_CLOEXEC).as(other),
                    Calls.write(other, "0"),
                    Calls.close(other),
                    Calls.close(file).tolerating(Errno.EBADF).as(JOINED));
        }
    }

    /** A session of its own: the user's terminal no longer controls the process. */
    record NewSession() implements ProcessStep {
        @Override
        public String title() {
            return "New session";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setsid());
        }
    }

    /** New files get exactly the modes that are asked for, or with {@code mask} what users expect. */
    record SetUmask(int mask) implements ProcessStep {
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

    /**
     * A terminal from the container's own /dev/pts becomes standard input, output and error, and controls the session; the first one is its
     * {@code console}, too. koker takes the other end.
     */
    record OpenTerminal(long uid, boolean console) implements ProcessStep {
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
                calls.add(Calls.mknod("/dev/console", MountStep.REGULAR | 0620, 0, 0)
                        .tolerating(Errno.EEXIST));
                // Not by the name /dev/pts/0, which may be something else (CVE-2025-52565).
                calls.add(Calls.openTree(0).as("console"));
                // Nor where a link of the image's leads to.
                calls.add(Calls.holdReal("/dev/console").as("place of the console"));
                calls.add(Calls.moveMountTo("console", "place of the console"));
                calls.add(Calls.close("place of the console"));
                calls.add(Calls.close("console"));
            }
            return calls;
        }
    }

    /** The size of the terminal, in characters. */
    record SizeTerminal(int rows, int columns) implements ProcessStep {
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

    /** What the process sets for itself; or somebody else for it, who has the rights. */
    sealed interface Setting extends ProcessStep {
        /** The calls that set it for the process {@code pid}, 0 for the calling one. */
        List<Call> of(int pid);

        @Override
        default List<Call> calls() {
            return of(0);
        }
    }

    /** A limit of the process and its children; -1 is none. */
    record SetLimit(Resource resource, long soft, long hard) implements Setting {
        @Override
        public String title() {
            return "Set limit";
        }

        @Override
        public Map<String, Object> about() {
            return fields("resource", resource, "soft", soft, "hard", hard);
        }

        @Override
        public List<Call> of(int pid) {
            return List.of(Calls.prlimit(pid, resource, soft, hard));
        }
    }

    /** The kernel prefers to kill this process, or to spare it, when memory runs out; from -1000 to 1000. */
    record AdjustOomScore(int score) implements ProcessStep {
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
            return Calls.overwrite("/proc/self/oom_score_adj", Integer.toString(score));
        }
    }

    /** Whose turn it is on the processors, sched(7). Times are in nanoseconds. */
    record Schedule(
            Scheduling policy, List<Scheduling> flags, int nice, int priority, long runtime, long deadline, long period)
            implements Setting {
        @Override
        public String title() {
            return "Schedule";
        }

        @Override
        public Map<String, Object> about() {
            return fields("policy", policy, "nice", nice, "priority", priority);
        }

        @Override
        public List<Call> of(int pid) {
            return List.of(Calls.schedule(pid, policy, flags, nice, priority, runtime, deadline, period));
        }
    }

    /** Whose turn it is on the disks: a class, and 0 (most) to 7 within it. */
    record SetIoPriority(Scheduling kind, int priority) implements Setting {
        @Override
        public String title() {
            return "Set I/O priority";
        }

        @Override
        public Map<String, Object> about() {
            return fields("class", kind, "priority", priority);
        }

        @Override
        public List<Call> of(int pid) {
            return List.of(Calls.ioPriority(pid, kind, priority));
        }
    }

    /** The kernel behaves as another one would: PER_LINUX32 says that the machine is one of 32 bits. */
    record SetPersonality(Constant domain) implements ProcessStep {
        @Override
        public String title() {
            return "Set personality";
        }

        @Override
        public Map<String, Object> about() {
            return fields("domain", domain);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.personality(domain));
        }
    }

    /** Capabilities that no program in the container can ever have, not even one with file capabilities. */
    record DropBounding(Set<Capability> dropped) implements ProcessStep {
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

    /**
     * The process becomes the user, and for now keeps the capabilities it has.
     *
     * @param keep whether it keeps the further groups that it has, and gets no others
     */
    record SetUser(long uid, long gid, List<Long> groups, boolean keep) implements ProcessStep {
        /** One who has those groups and no others. */
        public SetUser(long uid, long gid, List<Long> groups) {
            this(uid, gid, groups, false);
        }

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
            var calls = new ArrayList<Call>();
            calls.add(Calls.prctl(PR_SET_KEEPCAPS, 1));
            if (!keep) {
                calls.add(Calls.setgroups(groups));
            }
            calls.add(Calls.setresgid(gid));
            calls.add(Calls.setresuid(uid));
            return calls;
        }
    }

    /** The capabilities that are left to the process, and those that its programs keep without being root. */
    record SetCapabilities(
            Set<Capability> effective, Set<Capability> permitted, Set<Capability> inheritable, Set<Capability> ambient)
            implements ProcessStep {
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
            // Who has the same ones, in a PID namespace of many, could now reach Java's executable on the host as
            // /proc/PID/exe (CVE-2019-5736).
            calls.add(Calls.prctl(PR_SET_DUMPABLE, 0));
            calls.add(Calls.capset(effective, permitted, inheritable));
            ambient.forEach(capability -> calls.add(Calls.raiseAmbient(capability)));
            return calls;
        }
    }

    /** No program started from here can gain privileges, setuid or not. */
    record NoNewPrivileges() implements ProcessStep {
        @Override
        public String title() {
            return "No new privileges";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.prctl(PR_SET_NO_NEW_PRIVS, 1));
        }
    }

    /**
     * The process gets a keyring for its session, so that it has no keys of whoever starts it; further processes find it by its name.
     *
     * @param all whether those with any number of the user namespace find it, and not its owner alone
     */
    record JoinKeyring(String keyring, boolean all) implements ProcessStep {
        /** What a new one has, keyrings(7): all for who has it, and for its owner to view, read and link it. */
        private static final int NEW = 0x3f130000;

        private static final int OWNER_SEARCHES = 0x80000;
        private static final int OTHERS_SEARCH = 0x8;

        private static final String JOINED = "keyring of the session";
        private static final String OTHER = "keyring of somebody else";

        @Override
        public String title() {
            return "Join keyring";
        }

        @Override
        public Map<String, Object> about() {
            return fields("keyring", keyring);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    // It is one more protection where there are keyrings: a kernel without them, a filter of calls
                    // around koker, or too many keys are no reason to run nothing.
                    Calls.joinKeyring(keyring)
                            .as(JOINED)
                            .tolerating(Errno.ENOSYS, Errno.EPERM, Errno.EACCES, Errno.EDQUOT)
                            .elsewhere(OTHER),
                    Calls.permitKeyring(JOINED, NEW | (all ? OTHERS_SEARCH : OWNER_SEARCHES)),
                    Calls.nothing().as(OTHER));
        }
    }

    /** When the process becomes the command, AppArmor confines it by {@code profile}. */
    record ConfineByAppArmor(String profile) implements ProcessStep {
        @Override
        public String title() {
            return "Confine by AppArmor";
        }

        @Override
        public Map<String, Object> about() {
            return fields("profile", profile);
        }

        @Override
        public List<Call> calls() {
            return Calls.overwrite("/proc/self/attr/apparmor/exec", "exec " + profile);
        }
    }

    /** When the process becomes the command, SELinux knows it by {@code label}. */
    record LabelProcess(String label) implements ProcessStep {
        @Override
        public String title() {
            return "Label process";
        }

        @Override
        public Map<String, Object> about() {
            return fields("label", label);
        }

        @Override
        public List<Call> calls() {
            return Calls.overwrite("/proc/self/attr/exec", label);
        }
    }

    /**
     * From now on the kernel asks a filter about each system call of the process, and of all it starts.
     *
     * @param flags those of seccomp(2)
     * @param program of classic BPF, in instructions of 8 bytes
     */
    record FilterCalls(Set<Constant> flags, List<Long> program) implements ProcessStep {
        /** The descriptor by which somebody else decides about some of the calls, if the flags ask for it. */
        public static final String LISTENER = "listener";

        @Override
        public String title() {
            return "Filter system calls";
        }

        @Override
        public Map<String, Object> about() {
            return fields("instructions", program.size());
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.filterCalls(flags, program).as(LISTENER));
        }

        /** Whether somebody else decides about some of the calls. */
        public boolean listens() {
            return flags.contains(SECCOMP_FILTER_FLAG_NEW_LISTENER);
        }
    }

    /**
     * The folder that the command starts in.
     *
     * @param tried whether the process goes on if it may not enter it, and {@link ChangeFolderAsUser} follows
     */
    record ChangeFolder(String path, boolean tried) implements ProcessStep {
        /** What entering it returned, where it is tried. */
        public static final String ENTERED = "working folder entered";

        /** One that the process must be able to enter. */
        public ChangeFolder(String path) {
            this(path, false);
        }

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
            var chdir = Calls.chdir(path);
            return List.of(tried ? chdir.as(ENTERED).tolerating(Errno.EACCES, Errno.EPERM) : chdir);
        }

        @Override
        public List<Call> substitute() {
            return tried ? List.of(Calls.nothing().as(ENTERED)) : List.of();
        }
    }

    /** The command's user enters that folder, if koker could not: over NFS, say, root may do less than others. */
    record ChangeFolderAsUser(String path) implements ProcessStep {
        private static final String THERE = "in the working folder";

        @Override
        public String title() {
            return "Change folder as user";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.atLeast(ChangeFolder.ENTERED, 0).on(1, THERE),
                    Calls.chdir(path),
                    Calls.nothing().as(THERE));
        }
    }

    /** No link in /proc has led the process to a folder outside of its root (CVE-2024-21626). */
    record CheckFolder() implements ProcessStep {
        private static final String FOLDER = "working folder";
        private static final String OUTSIDE = "working folder is outside";
        private static final String INSIDE = "working folder is inside";
        private static final int PATH_MAX = 4096;

        @Override
        public String title() {
            return "Check folder";
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.getcwd(new byte[PATH_MAX]).as(FOLDER),
                    Calls.ifUnreachable(FOLDER, OUTSIDE),
                    Calls.jump(INSIDE),
                    Calls.failure(Errno.ENOENT).as(OUTSIDE), // as getcwd(3) has it
                    Calls.nothing().as(INSIDE));
        }
    }

    /**
     * The first of {@code paths} that is no folder and may be executed is looked for: whoever creates a container wants to know then, and not
     * when it starts.
     */
    record FindCommand(String command, List<String> paths) implements ProcessStep {
        private static final String FOUND = "command found";

        @Override
        public String title() {
            return "Find command";
        }

        @Override
        public Map<String, Object> about() {
            return fields("command", command);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            for (var i = 0; i < paths.size(); i++) {
                var last = i == paths.size() - 1;
                var next = "candidate " + (i + 1);
                var check = Calls.mayExecute(paths.get(i)).as("candidate " + i);
                calls.add(last ? check : check.orElse(next));
                calls.add(Calls.openat(paths.get(i), O_RDONLY, O_DIRECTORY, O_CLOEXEC)
                        .as("folder " + i)
                        .orElse(FOUND));
                calls.add(Calls.close("folder " + i));
                if (last) {
                    calls.add(Calls.failure(Errno.EACCES));
                }
            }
            calls.add(Calls.nothing().as(FOUND));
            return calls;
        }
    }

    /**
     * The process gives Java's memory back, and all of its program that it has run, and waits at {@link #GATE} until somebody writes there that
     * it is to start.
     */
    record AwaitStart() implements ProcessStep {
        private static final String WAIT = "wait for start";

        @Override
        public String title() {
            return "Wait for start";
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            // From here on the program has memory of its own.
            calls.add(Calls.jump(WAIT));
            // Or others in its PID namespace could reach Java's own executable on the host as /proc/PID/exe.
            calls.add(Calls.prctl(PR_SET_DUMPABLE, 0).as(WAIT));
            calls.addAll(Calls.shedEarlier());
            calls.add(Calls.close(MEETING_POINT));
            calls.add(Calls.read(GATE, new byte[1]).on(0, Runner.ORPHANED));
            return calls;
        }
    }

    /**
     * The process becomes the command: the first of {@code paths} that can be executed.
     *
     * @param alone whether nobody waits for that any more: if none can be executed, the process says why on its standard error, and exits with
     *     255, as runc has it
     */
    record Exec(List<String> paths, List<String> arguments, List<String> environment, boolean alone)
            implements ProcessStep {
        private static final int FAILED = 255;
        private static final int NO_ERROR =
                4096; // what is less than 0 by less than that is an error, also of a subtraction
        private static final String REFUSED = "refused";
        private static final String SAID = "said why";

        /** What execve(2) mostly fails with; of others is said that it has failed. */
        private static final Errno[] REASONS = {
            Errno.ENOENT,
            Errno.ENOEXEC,
            Errno.EACCES,
            Errno.EPERM,
            Errno.E2BIG,
            Errno.ENOMEM,
            Errno.ELOOP,
            Errno.ETXTBSY,
            Errno.EAGAIN
        };

        /** One whose end is told by whoever waits for it. */
        public Exec(List<String> paths, List<String> arguments, List<String> environment) {
            this(paths, arguments, environment, false);
        }

        /** The same, which nobody waits for. */
        public Exec left() {
            return new Exec(paths, arguments, environment, true);
        }

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
            var last = paths.size() - 1;
            for (var i = 0; i < last; i++) {
                var call = Calls.execve(paths.get(i), arguments, environment);
                calls.add(
                        alone // what is not about the file, the last one fails with, too, and says so
                                ? call.tolerating(Errno.values())
                                        .as(execution(i))
                                        .on(-Errno.ENOEXEC.number(), saying(Errno.ENOEXEC))
                                : call.tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES));
            }
            var call = Calls.execve(paths.get(last), arguments, environment);
            if (alone) {
                calls.add(call.as(execution(last)).orElse(REFUSED));
                addReasons(calls);
            } else {
                calls.add(call);
            }
            return calls;
        }

        /** Which error it was is looked up, and what that means is written. */
        private void addReasons(List<Call> calls) {
            var last = paths.size() - 1;
            calls.add(Calls.nothing().as(REFUSED));
            // As execvp(3) has it: a program that was found, but refused, says more than one that was not found.
            for (var i = 0; i < last; i++) {
                calls.add(isBy(Errno.EACCES, i));
            }
            for (var errno : REASONS) {
                calls.add(isBy(errno, last));
            }
            var name = last == 0 ? paths.getFirst() : arguments.getFirst();
            calls.add(say(name, "execve(2) failed"));
            for (var errno : REASONS) {
                calls.add(say(name, errno.meaning().toLowerCase(Locale.ROOT)).as(saying(errno)));
            }
            calls.add(Calls.exit(FAILED).as(SAID));
        }

        private static Call isBy(Errno errno, int path) {
            return Calls.subtract(execution(path), -errno.number() - NO_ERROR).on(NO_ERROR, saying(errno));
        }

        private static Call say(String name, String reason) {
            var line = "exec " + name + ": " + reason + "\n";
            return Calls.write(2, line)
                    .on(line.getBytes(StandardCharsets.UTF_8).length, SAID)
                    .orElse(SAID);
        }

        private static String saying(Errno errno) {
            return "say " + errno;
        }

        private static String execution(int path) {
            return "execute " + path;
        }
    }

    /**
     * The process stays, as an init: it starts the command as its child, passes signals on to it, reaps what is orphaned, and ends as the
     * command ends. It is a program of system calls, and costs a few kilobytes.
     */
    record Init(Exec command) implements ProcessStep {
        private static final String MAIN = "main process";
        private static final String COMMAND = "become the command";
        private static final String TOLD = "told to go on";
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
        public Map<String, Object> about() {
            return command.about();
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.prctl(PR_SET_DUMPABLE, 0)); // the container is not to look at it, or to trace it
            calls.add(Calls.setName("koker-init"));
            calls.add(Calls.fork().as(MAIN).on(0, COMMAND));
            calls.add(Calls.jump(SUPERVISE));

            // The child: in the foreground of the terminal, if there is one, so that signals typed there come to it
            // alone. It goes on when the parent says that it has let go of what is koker's.
            calls.add(Calls.leadGroup().as(COMMAND));
            calls.add(Calls.awaitSignal(Signal.SIGCONT)
                    .as(TOLD)
                    .tolerating(Errno.EINTR)
                    .elsewhere(TOLD));
            calls.add(Calls.foreground(0, 2).tolerating(Errno.ENOTTY, Errno.EINVAL, Errno.EBADF, Errno.EPERM));
            calls.addAll(command.calls());

            // The parent: nothing of koker's memory and descriptors is left to it.
            calls.add(Calls.closeRange(3, 0xffffffffL).as(SUPERVISE));
            calls.add(Calls.kill(MAIN, Signal.SIGCONT));
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
}
