package koker.spec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A container as the OCI runtime-spec 1.2 describes it (config.md, config-linux.md): what config.json holds. Absent lists and maps are
 * empty, absent objects are null only where that is said.
 *
 * @param domainname null keeps the host's
 * @param hostname null keeps the host's
 */
public record Spec(
        String ociVersion,
        Process process,
        Root root,
        String hostname,
        String domainname,
        List<Mount> mounts,
        Map<String, String> annotations,
        Linux linux,
        Hooks hooks,
        Unsupported solaris,
        Unsupported windows,
        Unsupported vm,
        Unsupported zos,
        Unsupported freebsd) {
    /** The version of the specification that koker writes. */
    public static final String VERSION = "1.2.0";

    /** Where commands are looked for, if a process is not told otherwise. */
    public static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public Spec {
        mounts = list(mounts);
        hooks = hooks == null ? Hooks.NONE : hooks;
        annotations = map(annotations);
    }

    /** What koker's own containers have of all that; no other is said anything about. */
    public Spec(
            String ociVersion,
            Process process,
            Root root,
            String hostname,
            String domainname,
            List<Mount> mounts,
            Map<String, String> annotations,
            Linux linux,
            Hooks hooks) {
        this(
                ociVersion,
                process,
                root,
                hostname,
                domainname,
                mounts,
                annotations,
                linux,
                hooks,
                null,
                null,
                null,
                null,
                null);
    }

    /** The same, in the network namespace at {@code path}. */
    public Spec joiningNetwork(String path) {
        var namespaces = linux.namespaces().stream()
                .map(namespace -> namespace.type().equals("network") ? new Namespace("network", path) : namespace)
                .toList();
        return RecordCopy.with(this, "linux", RecordCopy.with(linux, "namespaces", namespaces));
    }

    /** The same, in the cgroup {@code path}. */
    public Spec inCgroup(String path) {
        return RecordCopy.with(this, "linux", RecordCopy.with(linux, "cgroupsPath", path));
    }

    /**
     * The container's process (config.md, process).
     *
     * @param cwd an absolute path
     * @param apparmorProfile null or empty for what is so anyway
     * @param selinuxLabel null or empty for what is so anyway
     */
    public record Process(
            boolean terminal,
            ConsoleSize consoleSize,
            User user,
            List<String> args,
            List<String> env,
            String cwd,
            Capabilities capabilities,
            List<Rlimit> rlimits,
            boolean noNewPrivileges,
            Integer oomScoreAdj,
            String apparmorProfile,
            String selinuxLabel,
            Scheduler scheduler,
            IoPriority ioPriority,
            Unsupported execCPUAffinity) {
        public Process {
            args = list(args);
            env = list(env);
            rlimits = list(rlimits);
        }

        /** The same, with more variables in its environment. */
        public Process adding(List<String> variables) {
            var all = new ArrayList<>(env);
            all.addAll(variables);
            return RecordCopy.with(this, "env", all);
        }

        /** The same, which is as {@code other} where this one says nothing of what it may do: its rights, labels, limits and turn. */
        public Process orAs(Process other) {
            return new Process(
                    terminal,
                    consoleSize,
                    user,
                    args,
                    env,
                    cwd,
                    capabilities == null ? other.capabilities : capabilities,
                    rlimits.isEmpty() ? other.rlimits : rlimits,
                    noNewPrivileges,
                    oomScoreAdj == null ? other.oomScoreAdj : oomScoreAdj,
                    isSet(apparmorProfile) ? apparmorProfile : other.apparmorProfile,
                    isSet(selinuxLabel) ? selinuxLabel : other.selinuxLabel,
                    scheduler == null ? other.scheduler : scheduler,
                    ioPriority == null ? other.ioPriority : ioPriority,
                    execCPUAffinity);
        }

        private static boolean isSet(String text) {
            return text != null && !text.isEmpty();
        }

        /** What the processes of koker's own containers have of all that. */
        public Process(
                boolean terminal,
                ConsoleSize consoleSize,
                User user,
                List<String> args,
                List<String> env,
                String cwd,
                Capabilities capabilities,
                List<Rlimit> rlimits,
                boolean noNewPrivileges,
                Integer oomScoreAdj,
                String apparmorProfile,
                String selinuxLabel) {
            this(
                    terminal,
                    consoleSize,
                    user,
                    args,
                    env,
                    cwd,
                    capabilities,
                    rlimits,
                    noNewPrivileges,
                    oomScoreAdj,
                    apparmorProfile,
                    selinuxLabel,
                    null,
                    null,
                    null);
        }

        Process running(List<String> command) {
            return RecordCopy.with(this, "args", command);
        }
    }

    /**
     * Whose turn it is on the processors, sched(7); null where nothing is said.
     *
     * @param policy SCHED_OTHER, SCHED_FIFO and so on
     * @param flags SCHED_FLAG_RESET_ON_FORK and so on
     * @param runtime nanoseconds, as the next two; of SCHED_DEADLINE alone
     */
    public record Scheduler(
            String policy, int nice, int priority, List<String> flags, long runtime, long deadline, long period) {
        public Scheduler {
            flags = list(flags);
        }
    }

    /** Whose turn it is on the disks, ioprio_set(2): IOPRIO_CLASS_BE and so on, and 0 (most) to 7. */
    public record IoPriority(String class_, int priority) {}

    /** The size of the terminal, in characters. */
    public record ConsoleSize(int height, int width) {}

    /**
     * Whom the process runs as; numbers, as a runtime looks nothing up.
     *
     * @param umask null keeps 0022
     */
    public record User(long uid, long gid, Integer umask, List<Long> additionalGids) {
        public User {
            additionalGids = list(additionalGids);
        }
    }

    /** The five sets of capabilities(7), by name. */
    public record Capabilities(
            Set<String> bounding,
            Set<String> effective,
            Set<String> inheritable,
            Set<String> permitted,
            Set<String> ambient) {
        public Capabilities {
            bounding = set(bounding);
            effective = set(effective);
            inheritable = set(inheritable);
            permitted = set(permitted);
            ambient = set(ambient);
        }
    }

    /** A limit of setrlimit(2): {@code type} is the constant's name; the largest number there is, all bits set, is none. */
    public record Rlimit(String type, BigInteger soft, BigInteger hard) {
        /** The same; -1 is none. */
        public Rlimit(String type, long soft, long hard) {
            this(type, new BigInteger(Long.toUnsignedString(soft)), new BigInteger(Long.toUnsignedString(hard)));
        }
    }

    /** The root: a folder, relative to the bundle or absolute. */
    public record Root(String path, boolean readonly) {}

    /**
     * A mount, in the order of the list (config.md, mounts). A destination of "/" mounts the root itself, over {@code root.path}.
     *
     * @param type null for a bind mount
     * @param source null where the type needs none
     * @param uidMappings whose files are whose, where options ask for a mapping; empty for that of the container
     */
    public record Mount(
            String destination,
            String type,
            String source,
            List<String> options,
            List<IdMapping> uidMappings,
            List<IdMapping> gidMappings) {
        public Mount {
            options = list(options);
            uidMappings = list(uidMappings);
            gidMappings = list(gidMappings);
        }

        /** A mount without mappings. */
        public Mount(String destination, String type, String source, List<String> options) {
            this(destination, type, source, options, null, null);
        }
    }

    /** {@code size} IDs from {@code containerID} on stand for those from {@code hostID} on. */
    public record IdMapping(long containerID, long hostID, long size) {}

    /**
     * What is particular to Linux (config-linux.md).
     *
     * @param seccomp null for no filter
     * @param mountLabel what SELinux is to see on the files of the mounts; null or empty for what it sees anyway
     */
    public record Linux(
            List<Namespace> namespaces,
            List<IdMapping> uidMappings,
            List<IdMapping> gidMappings,
            Map<String, TimeOffset> timeOffsets,
            String cgroupsPath,
            Resources resources,
            List<Device> devices,
            Map<String, String> sysctl,
            String rootfsPropagation,
            List<String> maskedPaths,
            List<String> readonlyPaths,
            Seccomp seccomp,
            String mountLabel,
            Personality personality,
            Unsupported intelRdt,
            Unsupported memoryPolicy,
            Unsupported netDevices) {
        public Linux {
            namespaces = list(namespaces);
            uidMappings = list(uidMappings);
            gidMappings = list(gidMappings);
            timeOffsets = map(timeOffsets);
            devices = list(devices);
            sysctl = map(sysctl);
            maskedPaths = list(maskedPaths);
            readonlyPaths = list(readonlyPaths);
        }

        /** What koker's own containers have of all that. */
        public Linux(
                List<Namespace> namespaces,
                String cgroupsPath,
                Resources resources,
                List<Device> devices,
                Map<String, String> sysctl,
                List<String> maskedPaths,
                List<String> readonlyPaths,
                Seccomp seccomp,
                String mountLabel) {
            this(
                    namespaces,
                    null,
                    null,
                    null,
                    cgroupsPath,
                    resources,
                    devices,
                    sysctl,
                    null,
                    maskedPaths,
                    readonlyPaths,
                    seccomp,
                    mountLabel,
                    null,
                    null,
                    null,
                    null);
        }

        /** Whether the container is not in the host's namespace of that type. */
        public boolean has(String type) {
            return namespace(type) != null;
        }

        /** The namespace of that type; null where it is the host's. */
        public Namespace namespace(String type) {
            for (var namespace : namespaces) {
                if (namespace.type().equals(type)) {
                    return namespace;
                }
            }
            return null;
        }
    }

    /** How far a clock of the container, "monotonic" or "boottime", is ahead of the host's. */
    public record TimeOffset(long secs, long nanosecs) {}

    /** The kernel behaves as another one would, personality(2): {@code domain} is LINUX or LINUX32. */
    public record Personality(String domain, List<String> flags) {
        public Personality {
            flags = list(flags);
        }
    }

    /** The same, but for its process. */
    public Spec with(Process other) {
        return RecordCopy.with(this, "process", other);
    }

    /** The same, but for its limits. */
    public Spec with(Resources resources) {
        return RecordCopy.with(this, "linux", RecordCopy.with(linux, "resources", resources));
    }

    /** The same, but for the command of its process. */
    public Spec running(List<String> command) {
        return with(process.running(command));
    }

    /** A namespace: a new one, or the one at {@code path}; the host's where the list has none of its type. */
    public record Namespace(String type, String path) {}

    /**
     * Limits (config-linux.md, control groups); null where there is none.
     *
     * @param unified files of cgroup version 2 and what is written to them
     */
    public record Resources(
            Memory memory,
            Cpu cpu,
            Pids pids,
            BlockIo blockIO,
            List<HugepageLimit> hugepageLimits,
            Network network,
            Map<String, Rdma> rdma,
            Map<String, String> unified,
            List<DeviceRule> devices) {
        /** No limit at all. */
        public static final Resources NONE = new Resources(null, null, null, null, null, null, null);

        public Resources {
            hugepageLimits = list(hugepageLimits);
            rdma = map(rdma);
            unified = map(unified);
            devices = list(devices);
            network = network != null && network.asksNothing() ? null : network;
        }

        /** What koker's own containers have of all that. */
        public Resources(
                Memory memory,
                Cpu cpu,
                Pids pids,
                BlockIo blockIO,
                List<HugepageLimit> hugepageLimits,
                Map<String, String> unified,
                List<DeviceRule> devices) {
            this(memory, cpu, pids, blockIO, hugepageLimits, null, null, unified, devices);
        }

        /** The same, but for these. */
        public Resources with(Memory other, Cpu otherCpu) {
            return new Resources(other, otherCpu, pids, blockIO, hugepageLimits, network, rdma, unified, devices);
        }

        /** The same, but for the rules about devices. */
        public Resources withDevices(List<DeviceRule> rules) {
            return new Resources(memory, cpu, pids, blockIO, hugepageLimits, network, rdma, unified, rules);
        }
    }

    /**
     * A device node that the container has.
     *
     * @param type "c", or "u" for the same, "b", or "p" for a named pipe
     * @param fileMode permissions; null for those of /dev/null, 0666
     * @param uid null for 0, as gid
     */
    public record Device(String path, String type, long major, long minor, Integer fileMode, Long uid, Long gid) {
        public Device(String path, String type, long major, long minor, int fileMode, long uid, long gid) {
            this(path, type, major, minor, (Integer) fileMode, (Long) uid, (Long) gid);
        }
    }

    /**
     * Which devices may be used; of the rules about a kind of access the last one counts. What is absent, or -1, means all.
     *
     * @param type "c", "b", "p" for named pipes, or "a" for all
     * @param major null for all
     * @param minor null for all
     * @param access letters of "rwm": read, write, make a node
     */
    public record DeviceRule(boolean allow, String type, Long major, Long minor, String access) {
        private static final long ALL = -1;

        public DeviceRule {
            type = type == null || type.isEmpty() ? "a" : type.equals("u") ? "c" : type;
            major = major != null && major == ALL ? null : major;
            minor = minor != null && minor == ALL ? null : minor;
            access = access == null || access.isEmpty() ? "rwm" : access;
        }

        /** Whether it is about every access to every device. */
        public boolean isAboutAll() {
            return type.equals("a")
                    && major == null
                    && minor == null
                    && isAccess('r')
                    && isAccess('w')
                    && isAccess('m');
        }

        /** Whether it is about this kind of access: 'r', 'w' or 'm'. */
        public boolean isAccess(char kind) {
            return access.indexOf(kind) >= 0;
        }
    }

    /**
     * Memory, in bytes, -1 for no limit; null where nothing is said.
     *
     * @param reservation what it is not pressed below while there is enough
     * @param swap memory and swap together
     * @param kernel of the kernel's own, which Linux counts with the rest since 5.4 and no longer limits by itself
     * @param kernelTCP of that, for TCP
     * @param swappiness 0 to 100
     * @param disableOOMKiller whether processes wait, and are not killed, when memory runs out
     * @param useHierarchy whether cgroups below count; since Linux 5.11 they always do
     * @param checkBeforeUpdate whether a limit that is below what is used already is refused
     */
    public record Memory(
            Long limit,
            Long reservation,
            Long swap,
            Long kernel,
            Long kernelTCP,
            Long swappiness,
            Boolean disableOOMKiller,
            Boolean useHierarchy,
            Boolean checkBeforeUpdate) {
        public Memory {
            limit = given(limit);
            reservation = given(reservation);
            swap = given(swap);
            kernel = given(kernel);
            kernelTCP = given(kernelTCP);
        }

        /** What koker's own containers have of all that. */
        public Memory(Long limit, Long reservation, Long swap, Long swappiness) {
            this(limit, reservation, swap, null, null, swappiness, null, null, null);
        }

        /** The same, but for its limits on memory, and on memory and swap. */
        public Memory with(Long otherLimit, Long otherSwap) {
            return new Memory(
                    otherLimit,
                    reservation,
                    otherSwap,
                    kernel,
                    kernelTCP,
                    swappiness,
                    disableOOMKiller,
                    useHierarchy,
                    checkBeforeUpdate);
        }
    }

    /**
     * Processor time: {@code quota} microseconds in each {@code period} microseconds; null where nothing is said.
     *
     * @param shares 2 to 262144, beside others' 1024
     * @param burst microseconds that may be saved up from one period for another
     * @param realtimeRuntime microseconds in each {@code realtimePeriod} for processes of SCHED_FIFO and SCHED_RR
     * @param cpus which processors, as "0-2,4"
     * @param mems which memory nodes
     * @param idle 1 to run only when nobody else wants to
     */
    public record Cpu(
            Long shares,
            Long quota,
            Long burst,
            Long period,
            Long realtimeRuntime,
            Long realtimePeriod,
            String cpus,
            String mems,
            Long idle) {
        public Cpu {
            shares = given(shares);
            quota = given(quota);
            period = given(period);
            realtimeRuntime = given(realtimeRuntime);
            realtimePeriod = given(realtimePeriod);
            cpus = given(cpus);
            mems = given(mems);
        }

        /** What koker's own containers have of all that. */
        public Cpu(Long shares, Long quota, Long period, String cpus, String mems) {
            this(shares, quota, null, period, null, null, cpus, mems, null);
        }

        /** The same, but for its share and its quota. */
        public Cpu with(Long otherShares, Long otherQuota, Long otherPeriod) {
            return new Cpu(
                    otherShares, otherQuota, burst, otherPeriod, realtimeRuntime, realtimePeriod, cpus, mems, idle);
        }
    }

    /**
     * Reading and writing of block devices; null where nothing is said.
     *
     * @param weight 10 to 1000
     * @param leafWeight beside the cgroups below; of version 1, and of a scheduler that Linux had until 5.0
     */
    public record BlockIo(
            Integer weight,
            Integer leafWeight,
            List<Weight> weightDevice,
            List<Throttle> throttleReadBpsDevice,
            List<Throttle> throttleWriteBpsDevice,
            List<Throttle> throttleReadIOPSDevice,
            List<Throttle> throttleWriteIOPSDevice) {
        public BlockIo {
            weight = given(weight);
            leafWeight = given(leafWeight);
            weightDevice = list(weightDevice);
            throttleReadBpsDevice = list(throttleReadBpsDevice);
            throttleWriteBpsDevice = list(throttleWriteBpsDevice);
            throttleReadIOPSDevice = list(throttleReadIOPSDevice);
            throttleWriteIOPSDevice = list(throttleWriteIOPSDevice);
        }

        /** What koker's own containers have of all that. */
        public BlockIo(
                Integer weight,
                List<Throttle> throttleReadBpsDevice,
                List<Throttle> throttleWriteBpsDevice,
                List<Throttle> throttleReadIOPSDevice,
                List<Throttle> throttleWriteIOPSDevice) {
            this(
                    weight,
                    null,
                    null,
                    throttleReadBpsDevice,
                    throttleWriteBpsDevice,
                    throttleReadIOPSDevice,
                    throttleWriteIOPSDevice);
        }
    }

    /** The weight at one device, as in {@link BlockIo}; 0 for that of the others. */
    public record Weight(long major, long minor, Integer weight, Integer leafWeight) {
        public Weight {
            leafWeight = given(leafWeight);
        }
    }

    /** At most {@code rate} bytes or operations a second. */
    public record Throttle(long major, long minor, long rate) {}

    /** At most {@code limit} bytes in pages of the size {@code pageSize}, such as "2MB". */
    public record HugepageLimit(String pageSize, long limit) {}

    /** The number of processes and threads. */
    public record Pids(Long limit) {
        public Pids {
            limit = given(limit);
        }
    }

    /** Packets of the container, in cgroups of version 1: their class, and their priority on each link. */
    public record Network(Long classID, List<InterfacePriority> priorities) {
        public Network {
            priorities = list(priorities);
        }

        private boolean asksNothing() {
            return classID == null && priorities.isEmpty();
        }
    }

    /** The priority of packets on the link {@code name}. */
    public record InterfacePriority(String name, long priority) {}

    /** Handles and objects of an RDMA device; null for no limit. */
    public record Rdma(Long hcaHandles, Long hcaObjects) {}

    /** Engines write 0 where nothing was asked for, and runtimes take it so; not of values that nothing can mean, as {@link Cpu#idle}. */
    private static <T extends Number> T given(T value) {
        return value != null && value.longValue() == 0 ? null : value;
    }

    private static String given(String text) {
        return text != null && text.isEmpty() ? null : text;
    }

    private static <T> List<T> list(List<T> list) {
        return list == null ? List.of() : list;
    }

    private static <T> Set<T> set(Set<T> set) {
        return set == null ? Set.of() : set;
    }

    private static <T> Map<String, T> map(Map<String, T> map) {
        return map == null ? Map.of() : map;
    }
}
