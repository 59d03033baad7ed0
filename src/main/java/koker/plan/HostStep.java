package koker.plan;

import static koker.kernel.OpenFlag.*;
import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.Errno;
import koker.kernel.Event.Side;

/** What koker itself does on the host, before there is a container. */
public sealed interface HostStep extends Step {
    @Override
    default Side side() {
        return Side.HOST;
    }

    /** A new folder in a cgroup hierarchy is a new cgroup (cgroups(7)). */
    record MakeCgroup(String folder) implements HostStep {
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
    }

    /** A cgroup that others may be in, or make at the same moment: it stays when the container goes. */
    record MakeParentCgroup(String folder) implements HostStep {
        @Override
        public String title() {
            return "Make parent cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mkdir(folder, 0755).tolerating(Errno.EEXIST));
        }
    }

    /**
     * A limit is set by writing to a file of the cgroup.
     *
     * @param optional whether the file need not be there: the kernel was built or started without what it is about, or the cgroup is gone
     */
    record WriteCgroup(String file, String value, boolean optional) implements HostStep {
        /** To a file that must be there. */
        public WriteCgroup(String file, String value) {
            this(file, value, false);
        }

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
            return optional
                    ? List.of(
                            Calls.openat(file, O_WRONLY, O_CLOEXEC).as(file).tolerating(Errno.ENOENT),
                            Calls.write(file, value).tolerating(Errno.EBADF, Errno.ENODEV),
                            Calls.close(file).tolerating(Errno.EBADF))
                    : Calls.overwrite(file, value);
        }
    }

    /**
     * The cgroup, and the files of it by which others are made below it and moved to, belong to a user: the one who is root in the container.
     *
     * @param files that belong to who may do that, as the kernel lists them in /sys/kernel/cgroup/delegate
     */
    record DelegateCgroup(String folder, long user, List<String> files) implements HostStep {
        private static final long SAME = -1;

        @Override
        public String title() {
            return "Delegate cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder, "user", user);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.chown(folder, user, SAME));
            for (var file : files) {
                calls.add(Calls.chown(folder + "/" + file, user, SAME).tolerating(Errno.ENOENT)); // of a controller
            }
            return calls;
        }
    }

    /** Processes that are there already move to a cgroup, which is made for them if need be. Those that have ended meanwhile are gone anyway. */
    record MoveToCgroup(String folder, List<Integer> processes) implements HostStep {
        @Override
        public String title() {
            return "Move to cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder, "processes", processes.size());
        }

        @Override
        public List<Call> calls() {
            var file = folder + "/cgroup.procs";
            var calls = new ArrayList<Call>();
            calls.add(Calls.mkdir(folder, 0755).tolerating(Errno.EEXIST));
            calls.add(Calls.openat(file, O_WRONLY, O_CLOEXEC).as(file));
            for (var process : processes) {
                calls.add(Calls.write(file, process.toString()).tolerating(Errno.ESRCH));
            }
            calls.add(Calls.close(file));
            return calls;
        }
    }

    /** Which devices the cgroup's processes may use: a rule is {@code allow} or {@code deny}, as the files devices.* take them. */
    record RestrictDevices(String folder, List<Rule> rules) implements HostStep {
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
    }

    /** The same in version 2: a BPF program, {@code filter} in instructions of 8 bytes, is asked each time a device is to be used. */
    record FilterDevices(String folder, List<Long> filter) implements HostStep {
        @Override
        public String title() {
            return "Filter devices";
        }

        @Override
        public Map<String, Object> about() {
            return fields("instructions", filter.size());
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.openat(folder, O_RDONLY, O_DIRECTORY, O_CLOEXEC).as(folder),
                    Calls.loadDeviceFilter(filter).as("filter"),
                    Calls.attachDeviceFilter(folder, "filter"),
                    Calls.close("filter"),
                    Calls.close(folder));
        }
    }

    /** A symbolic link says who has an address. There is only one of that name: who finds it there looks for another address. */
    record LeaseAddress(String file, String holder) implements HostStep {
        /** What is 0 if the address was free. */
        public static final String MADE = "lease";

        @Override
        public String title() {
            return "Lease address";
        }

        @Override
        public Map<String, Object> about() {
            return fields("address", file.substring(file.lastIndexOf('/') + 1));
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.symlink(holder, file).as(MADE).tolerating(Errno.EEXIST));
        }
    }

    /**
     * Who is who in the user namespace of a process that waits for that: koker, which has the rights outside, writes it to two files.
     *
     * @param own whether it has no rights but to its own user and group, which it may give if processes then keep the groups they have
     */
    record MapUsers(int pid, String users, String groups, boolean own) implements HostStep {
        /** For a process that is still to be made: lines of first ID inside, first ID outside, and how many. */
        public MapUsers(String users, String groups, boolean own) {
            this(Unknown.PID, users, groups, own);
        }

        /** The same, for the process {@code pid}. */
        public MapUsers of(int pid) {
            return new MapUsers(pid, users, groups, own);
        }

        @Override
        public String title() {
            return "Map users";
        }

        @Override
        public Map<String, Object> about() {
            return fields("users", users.strip(), "groups", groups.strip());
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<>(Calls.overwrite("/proc/" + pid + "/uid_map", users));
            if (own) {
                calls.addAll(Calls.overwrite("/proc/" + pid + "/setgroups", "deny"));
            }
            calls.addAll(Calls.overwrite("/proc/" + pid + "/gid_map", groups));
            return calls;
        }
    }

    /** A process that waits for koker gets from outside what it may not set itself, or what would have kept it from coming so far. */
    record SetForProcess(int pid, ProcessStep.Setting setting) implements HostStep {
        /** For one that is still to be made. */
        public SetForProcess(ProcessStep.Setting setting) {
            this(Unknown.PID, setting);
        }

        /** The same, for the process {@code pid}. */
        SetForProcess of(int pid) {
            return new SetForProcess(pid, setting);
        }

        @Override
        public String title() {
            return "Set for process";
        }

        @Override
        public Map<String, Object> about() {
            var about = fields("what", setting.title());
            about.putAll(setting.about());
            return about;
        }

        @Override
        public List<Call> calls() {
            return setting.of(pid);
        }
    }

    /** Somebody else may have the address now. */
    record ReturnAddress(String file) implements HostStep {
        @Override
        public String title() {
            return "Return address";
        }

        @Override
        public Map<String, Object> about() {
            return fields("address", file.substring(file.lastIndexOf('/') + 1));
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unlink(file).tolerating(Errno.ENOENT));
        }
    }

    /** Other koker commands wait until this one has looked at what networks share, and has changed it. */
    record LockNetworks(String folder) implements HostStep {
        /** What others know the locked folder by. */
        public static final String LOCK = "lock";

        @Override
        public String title() {
            return "Lock networks";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.openat(folder, O_RDONLY, O_CLOEXEC).as(LOCK), Calls.lock(LOCK));
        }
    }

    /** They may go on. */
    record UnlockNetworks(int lock) implements HostStep {
        @Override
        public String title() {
            return "Unlock networks";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unlock(lock), Calls.close(lock));
        }
    }

    /** A folder of the container's own on the host. */
    record MakeStateFolder(String folder, int mode) implements HostStep {
        @Override
        public String title() {
            return "Make folder of container";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mkdir(folder, mode));
        }
    }

    /** A pipe with a name, at which the container's process waits for its start: see {@link ProcessStep.AwaitStart}. */
    record MakeGate(String file) implements HostStep {
        /** What others know the pipe by. */
        public static final String GATE = "gate";

        @Override
        public String title() {
            return "Make gate";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            // For both directions: so it is always open at the other end, too, and to read from it is to wait.
            return List.of(
                    Calls.mkfifo(file, 0600),
                    Calls.openat(file, O_RDWR, O_CLOEXEC).as(GATE));
        }
    }

    /** Somebody comes to start a process that waits at a gate. */
    record OpenGate(String file) implements HostStep {
        /** What others know the pipe by; it is an error's number if nobody waits there. */
        public static final String GATE = "gate";

        @Override
        public String title() {
            return "Open gate";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.openat(file, O_WRONLY, O_NONBLOCK, O_CLOEXEC).as(GATE).tolerating(Errno.ENXIO));
        }
    }

    /** The process that waits at the open gate goes on, to its command; the pipe is of no more use. */
    record LetStart(int gate, String file) implements HostStep {
        @Override
        public String title() {
            return "Let start";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.write(gate, "."), Calls.unlink(file), Calls.close(gate));
        }
    }

    /** A file on the host that the container is going to see, for all to read. */
    record WriteFile(String file, String content) implements HostStep {
        @Override
        public String title() {
            return "Write file";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.create(file, 0644, O_WRONLY, O_TRUNC, O_CLOEXEC).as(file),
                    Calls.write(file, content),
                    Calls.close(file));
        }
    }

    /** A program that config.json wants to be run at a moment of the container's life is run; where, the moment says. */
    record RunHook(String moment, String path, List<String> arguments, List<String> environment) implements HostStep {
        @Override
        public String title() {
            return "Run hook";
        }

        @Override
        public Map<String, Object> about() {
            return fields("moment", moment, "path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.clone(Set.of()), Calls.execve(path, arguments, environment));
        }
    }

    /** A parameter of the host's network is set by writing to a file. */
    record SetHostSysctl(String parameter, String value) implements HostStep {
        @Override
        public String title() {
            return "Set sysctl of host";
        }

        @Override
        public Map<String, Object> about() {
            return fields(parameter, value);
        }

        @Override
        public List<Call> calls() {
            return Calls.overwrite("/proc/sys/" + parameter.replace('.', '/'), value);
        }
    }

    /** A process can be born in a cgroup of version 2, so that not even its first instruction is made elsewhere. */
    record OpenCgroup(String folder) implements HostStep {
        /** What others know the folder by. */
        static final String CGROUP = "cgroup of the container";

        @Override
        public String title() {
            return "Open cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.openat(folder, O_RDONLY, O_DIRECTORY, O_CLOEXEC).as(CGROUP));
        }
    }

    /**
     * The container's first process, in namespaces of its own, and if {@code intoCgroup} in the cgroup that was opened; all steps after this one happen in it.
     */
    record Clone(Set<CloneFlag> namespaces, boolean intoCgroup) implements HostStep {
        /** What others know the process by. */
        static final String PROCESS = "process of the container";

        /** One that begins in the cgroups that koker is in. */
        public Clone(Set<CloneFlag> namespaces) {
            this(namespaces, false);
        }

        @Override
        public String title() {
            return "Clone process";
        }

        @Override
        public List<Call> calls() {
            var clone = intoCgroup ? Calls.clone(namespaces, OpenCgroup.CGROUP) : Calls.clone(namespaces);
            return List.of(clone.as(PROCESS));
        }
    }
}
