package koker.spec;

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
        Hooks hooks) {
    public Spec {
        mounts = list(mounts);
        annotations = annotations == null ? Map.of() : annotations;
        hooks = hooks == null ? Hooks.NONE : hooks;
    }

    /** The same, in the network namespace at {@code path}. */
    public Spec joiningNetwork(String path) {
        var namespaces = linux.namespaces().stream()
                .map(namespace -> namespace.type().equals("network") ? new Namespace("network", path) : namespace)
                .toList();
        var joining = new Linux(
                namespaces,
                linux.cgroupsPath(),
                linux.resources(),
                linux.devices(),
                linux.sysctl(),
                linux.maskedPaths(),
                linux.readonlyPaths(),
                linux.seccomp(),
                linux.mountLabel());
        return new Spec(ociVersion, process, root, hostname, domainname, mounts, annotations, joining, hooks);
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
            String selinuxLabel) {
        public Process {
            args = list(args);
            env = list(env);
            rlimits = list(rlimits);
        }

        Process running(List<String> command) {
            return new Process(
                    terminal,
                    consoleSize,
                    user,
                    command,
                    env,
                    cwd,
                    capabilities,
                    rlimits,
                    noNewPrivileges,
                    oomScoreAdj,
                    apparmorProfile,
                    selinuxLabel);
        }
    }

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

    /** A limit of setrlimit(2): {@code type} is the constant's name; -1 is none. */
    public record Rlimit(String type, long soft, long hard) {}

    /** The root: a folder, relative to the bundle or absolute. */
    public record Root(String path, boolean readonly) {}

    /**
     * A mount, in the order of the list (config.md, mounts). A destination of "/" mounts the root itself, over {@code root.path}.
     *
     * @param type null for a bind mount
     * @param source null where the type needs none
     */
    public record Mount(String destination, String type, String source, List<String> options) {
        public Mount {
            options = list(options);
        }
    }

    /**
     * What is particular to Linux (config-linux.md).
     *
     * @param seccomp null for no filter
     * @param mountLabel what SELinux is to see on the files of the mounts; null or empty for what it sees anyway
     */
    public record Linux(
            List<Namespace> namespaces,
            String cgroupsPath,
            Resources resources,
            List<Device> devices,
            Map<String, String> sysctl,
            List<String> maskedPaths,
            List<String> readonlyPaths,
            Seccomp seccomp,
            String mountLabel) {
        public Linux {
            namespaces = list(namespaces);
            devices = list(devices);
            sysctl = sysctl == null ? Map.of() : sysctl;
            maskedPaths = list(maskedPaths);
            readonlyPaths = list(readonlyPaths);
        }
    }

    /** The same, but for its process. */
    public Spec with(Process other) {
        return new Spec(ociVersion, other, root, hostname, domainname, mounts, annotations, linux, hooks);
    }

    /** The same, but for its limits. */
    public Spec with(Resources resources) {
        var limited = new Linux(
                linux.namespaces,
                linux.cgroupsPath,
                resources,
                linux.devices,
                linux.sysctl,
                linux.maskedPaths,
                linux.readonlyPaths,
                linux.seccomp,
                linux.mountLabel);
        return new Spec(ociVersion, process, root, hostname, domainname, mounts, annotations, limited, hooks);
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
            Map<String, String> unified,
            List<DeviceRule> devices) {
        /** No limit at all. */
        public static final Resources NONE = new Resources(null, null, null, null, null, null, null);

        public Resources {
            hugepageLimits = list(hugepageLimits);
            unified = unified == null ? Map.of() : unified;
            devices = list(devices);
        }
    }

    /**
     * A device node that the container has.
     *
     * @param type "c" or "b"
     * @param fileMode permissions
     */
    public record Device(String path, String type, long major, long minor, int fileMode, long uid, long gid) {}

    /**
     * Which devices may be used; later rules count more.
     *
     * @param type "c", "b", or "a" or null for all
     * @param major null for all
     * @param minor null for all
     * @param access letters of "rwm": read, write, make a node
     */
    public record DeviceRule(boolean allow, String type, Long major, Long minor, String access) {}

    /**
     * Memory, in bytes, -1 for no limit; null where nothing is said.
     *
     * @param reservation what it is not pressed below while there is enough
     * @param swap memory and swap together
     * @param swappiness 0 to 100
     */
    public record Memory(Long limit, Long reservation, Long swap, Long swappiness) {}

    /**
     * Processor time: {@code quota} microseconds in each {@code period} microseconds; null where nothing is said.
     *
     * @param shares 2 to 262144, beside others' 1024
     * @param cpus which processors, as "0-2,4"
     * @param mems which memory nodes
     */
    public record Cpu(Long shares, Long quota, Long period, String cpus, String mems) {}

    /**
     * Reading and writing of block devices; null where nothing is said.
     *
     * @param weight 10 to 1000
     */
    public record BlockIo(
            Integer weight,
            List<Throttle> throttleReadBpsDevice,
            List<Throttle> throttleWriteBpsDevice,
            List<Throttle> throttleReadIOPSDevice,
            List<Throttle> throttleWriteIOPSDevice) {
        public BlockIo {
            throttleReadBpsDevice = list(throttleReadBpsDevice);
            throttleWriteBpsDevice = list(throttleWriteBpsDevice);
            throttleReadIOPSDevice = list(throttleReadIOPSDevice);
            throttleWriteIOPSDevice = list(throttleWriteIOPSDevice);
        }
    }

    /** At most {@code rate} bytes or operations a second. */
    public record Throttle(long major, long minor, long rate) {}

    /** At most {@code limit} bytes in pages of the size {@code pageSize}, such as "2MB". */
    public record HugepageLimit(String pageSize, long limit) {}

    /** The number of processes and threads. */
    public record Pids(Long limit) {}

    private static <T> List<T> list(List<T> list) {
        return list == null ? List.of() : list;
    }

    private static <T> Set<T> set(Set<T> set) {
        return set == null ? Set.of() : set;
    }
}
