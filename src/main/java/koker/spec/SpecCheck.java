package koker.spec;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Refuses a config.json that cannot be meant, or that asks for what koker cannot do, before anything is touched. (There are loops here
 * where other code has streams, as every container passes here on its way.)
 */
final class SpecCheck {
    /** An ID of 32 bits; the largest one stands for none. */
    private static final long MOST_ID = 0xfffffffeL;

    private static final int MOST_MAPPINGS = 340; // user_namespaces(7)
    private static final int MOST_MODE = 07777;
    private static final int MOST_NAME = 64; // uname(2)
    private static final String NO_LEAF_WEIGHT =
            " is not supported: it was CFQ's alone, a scheduler of disks that Linux had until 5.0";
    private static final long MOST_MAJOR = 0xfff;
    private static final long MOST_MINOR = 0xfffff;

    private static final Set<String> NAMESPACES =
            Set.of("mount", "uts", "ipc", "pid", "network", "cgroup", "user", "time");
    private static final Set<String> PROPAGATIONS =
            Set.of("private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable");
    private static final Set<String> POLICIES =
            Set.of("SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE");
    private static final Set<String> CLASSES = Set.of("IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE");

    private SpecCheck() {}

    static void check(Spec spec) {
        need("ociVersion", spec.ociVersion());
        refuse(!isVersion(spec.ociVersion()), "ociVersion is " + spec.ociVersion() + ", and koker knows 1.x.y");
        need("root", spec.root());
        need("root.path", spec.root().path());
        refuse(spec.root().path().isEmpty(), "root.path is empty");
        check(spec.process());
        need("linux", spec.linux());
        refuse(spec.solaris(), "solaris", "this is Linux");
        refuse(spec.windows(), "windows", "this is Linux");
        refuse(spec.zos(), "zos", "this is Linux");
        refuse(spec.freebsd(), "freebsd", "this is Linux");
        refuse(spec.vm(), "vm", "koker starts no virtual machines");
        check(spec.linux());
        check("hooks.prestart", spec.hooks().prestart());
        check("hooks.createRuntime", spec.hooks().createRuntime());
        check("hooks.createContainer", spec.hooks().createContainer());
        check("hooks.startContainer", spec.hooks().startContainer());
        check("hooks.poststart", spec.hooks().poststart());
        check("hooks.poststop", spec.hooks().poststop());
        checkNames(spec);
        for (var i = 0; i < spec.mounts().size(); i++) {
            check("mounts[" + i + "]", spec.mounts().get(i), spec.linux());
        }
        needAll("annotations", spec.annotations().values());
        refuse(spec.annotations().containsKey(""), "annotations: a name is empty");
        checkIdentities(spec);
    }

    static void check(Spec.Process process) {
        need("process", process);
        need("process.user", process.user());
        need("process.cwd", process.cwd());
        needAll("process.args", process.args());
        refuse(process.args().isEmpty(), "process.args is empty; it names the command to run");
        refuse(!process.cwd().startsWith("/"), "process.cwd is not an absolute path: " + process.cwd());
        needAll("process.env", process.env());
        for (var variable : process.env()) {
            refuse(variable.indexOf('=') < 1, "process.env: not NAME=VALUE: " + variable);
        }
        if (process.terminal() && process.consoleSize() != null) { // otherwise it means nothing
            between("process.consoleSize.height", process.consoleSize().height(), 0, 0xffff);
            between("process.consoleSize.width", process.consoleSize().width(), 0, 0xffff);
        }
        check(process.user());
        check(process.capabilities());
        checkLimits(process.rlimits());
        if (process.oomScoreAdj() != null) {
            between("process.oomScoreAdj", process.oomScoreAdj(), -1000, 1000);
        }
        if (process.scheduler() != null) {
            check(process.scheduler());
        }
        if (process.ioPriority() != null) {
            need("process.ioPriority.class", process.ioPriority().class_());
            among("process.ioPriority.class", process.ioPriority().class_(), CLASSES);
            between("process.ioPriority.priority", process.ioPriority().priority(), 0, 7);
        }
        refuse(process.execCPUAffinity(), "process.execCPUAffinity", "it came with version 1.2.1 of the specification");
    }

    static void check(String path, Spec.Resources resources) {
        for (var i = 0; i < resources.devices().size(); i++) {
            var rule = resources.devices().get(i);
            var place = path + "devices[" + i + "]";
            need(place, rule);
            if (isSet(rule.type())) {
                among(place + ".type", rule.type(), Set.of("a", "b", "c", "u", "p"));
            }
            atMost(place + ".major", rule.major(), -1, MOST_MAJOR);
            atMost(place + ".minor", rule.minor(), -1, MOST_MINOR);
            refuse(!isAccess(rule.access()), place + ".access: not letters of rwm: " + rule.access());
        }
        for (var i = 0; i < resources.hugepageLimits().size(); i++) {
            var place = path + "hugepageLimits[" + i + "]";
            var limit = resources.hugepageLimits().get(i);
            need(place, limit);
            need(place + ".pageSize", limit.pageSize());
            refuse(
                    !limit.pageSize().matches("[1-9][0-9]{0,9}[KMG]B"),
                    place + ".pageSize: not as 64KB, 2MB or 1GB: " + limit.pageSize());
            atLeast(place + ".limit", limit.limit(), -1);
        }
        for (var entry : resources.unified().entrySet()) {
            // It is going to be the name of a file.
            refuse(
                    !entry.getKey().matches("[a-z0-9_]+\\.[a-zA-Z0-9_.-]+"),
                    path + "unified: no file of a cgroup: " + entry.getKey());
            need(path + "unified." + entry.getKey(), entry.getValue());
        }
        for (var entry : resources.rdma().entrySet()) {
            need(path + "rdma." + entry.getKey(), entry.getValue());
            refuse(
                    entry.getValue().hcaHandles() == null && entry.getValue().hcaObjects() == null,
                    path + "rdma." + entry.getKey() + " says neither hcaHandles nor hcaObjects");
            refuse(!entry.getKey().matches("\\w+"), path + "rdma: no name of a device: " + entry.getKey());
            atLeast(path + "rdma." + entry.getKey(), entry.getValue().hcaHandles(), 0);
            atLeast(path + "rdma." + entry.getKey(), entry.getValue().hcaObjects(), 0);
        }
        if (resources.memory() != null) {
            check(path + "memory.", resources.memory());
        }
        if (resources.cpu() != null) {
            check(path + "cpu.", resources.cpu());
        }
        if (resources.blockIO() != null) {
            check(path + "blockIO.", resources.blockIO());
        }
        if (resources.network() != null) {
            atMost(path + "network.classID", resources.network().classID(), 0, 0xffffffffL);
            for (var priority : resources.network().priorities()) {
                need(path + "network.priorities[]", priority);
                need(path + "network.priorities[].name", priority.name());
                refuse(
                        !priority.name().matches("[^/\\s]{1,15}"),
                        path + "network.priorities[].name: no name of a link: " + priority.name());
                between(path + "network.priorities[].priority", priority.priority(), 0, 0xffffffffL);
            }
        }
    }

    private static void check(String path, Spec.Memory memory) {
        for (var value :
                new Long[] {memory.limit(), memory.reservation(), memory.swap(), memory.kernel(), memory.kernelTCP()}) {
            refuse(value != null && value < -1, path.replaceFirst("\\.$", "") + ": a limit is less than -1: " + value);
        }
        atMost(path + "swappiness", memory.swappiness(), 0, 100);
        refuse(
                Boolean.FALSE.equals(memory.useHierarchy()),
                path + "useHierarchy: since Linux 5.11 what cgroups below use counts always");
        refuse(
                memory.limit() != null
                        && memory.swap() != null
                        && memory.limit() > 0
                        && memory.swap() > 0
                        && memory.swap() < memory.limit(),
                path + "swap is less than " + path + "limit, which it includes");
    }

    private static void check(String path, Spec.Cpu cpu) {
        atLeast(path + "shares", cpu.shares(), 0);
        atLeast(path + "burst", cpu.burst(), 0);
        atLeast(path + "period", cpu.period(), 0);
        atLeast(path + "realtimePeriod", cpu.realtimePeriod(), 0);
        atMost(path + "idle", cpu.idle(), 0, 1);
        for (var list : new String[] {cpu.cpus(), cpu.mems()}) {
            refuse(list != null && !list.matches("[0-9,\\s-]*"), path + "cpus, mems: not as 0-2,4: " + list);
        }
    }

    private static void check(String path, Spec.BlockIo blocks) {
        atMost(path + "weight", blocks.weight(), 10, 1000);
        refuse(blocks.leafWeight() != null, path + "leafWeight" + NO_LEAF_WEIGHT);
        for (var weight : blocks.weightDevice()) {
            need(path + "weightDevice[]", weight);
            refuse(
                    weight.weight() == null && weight.leafWeight() == null,
                    path + "weightDevice[]: says neither weight nor leafWeight");
            if (weight.weight() != null && weight.weight() != 0) {
                between(path + "weightDevice[].weight", weight.weight(), 10, 1000);
            }
            refuse(weight.leafWeight() != null, path + "weightDevice[].leafWeight" + NO_LEAF_WEIGHT);
            checkDevice(path + "weightDevice[]", weight.major(), weight.minor());
        }
        for (var list : List.of(
                blocks.throttleReadBpsDevice(),
                blocks.throttleWriteBpsDevice(),
                blocks.throttleReadIOPSDevice(),
                blocks.throttleWriteIOPSDevice())) {
            for (var throttle : list) {
                need(path + "throttle…Device[]", throttle);
                checkDevice(path + "throttle…Device[]", throttle.major(), throttle.minor());
                atLeast(path + "throttle…Device[].rate", throttle.rate(), 0);
            }
        }
    }

    private static void check(Spec.User user) {
        between("process.user.uid", user.uid(), 0, MOST_ID);
        between("process.user.gid", user.gid(), 0, MOST_ID);
        needAll("process.user.additionalGids", user.additionalGids());
        for (var gid : user.additionalGids()) {
            between("process.user.additionalGids[]", gid, 0, MOST_ID);
        }
        atMost("process.user.umask", user.umask(), 0, MOST_MODE);
    }

    private static void check(Spec.Capabilities sets) {
        if (sets != null) {
            needAll("process.capabilities.bounding", sets.bounding());
            needAll("process.capabilities.effective", sets.effective());
            needAll("process.capabilities.inheritable", sets.inheritable());
            needAll("process.capabilities.permitted", sets.permitted());
            needAll("process.capabilities.ambient", sets.ambient());
        }
    }

    private static void checkLimits(List<Spec.Rlimit> limits) {
        var seen = new HashSet<String>();
        needAll("process.rlimits", limits);
        for (var limit : limits) {
            need("process.rlimits[].type", limit.type());
            refuse(!seen.add(limit.type()), "process.rlimits: " + limit.type() + " is there twice");
            need("process.rlimits[].soft", limit.soft());
            need("process.rlimits[].hard", limit.hard());
            refuse(
                    limit.soft().compareTo(limit.hard()) > 0,
                    "process.rlimits: the soft limit of " + limit.type() + " is more than the hard one");
        }
    }

    private static void check(Spec.Scheduler scheduler) {
        var path = "process.scheduler.";
        need(path + "policy", scheduler.policy());
        among(path + "policy", scheduler.policy(), POLICIES);
        refuse(
                scheduler.policy().equals("SCHED_ISO"),
                path + "policy: Linux has no SCHED_ISO; it was reserved, and never made");
        needAll(path + "flags", scheduler.flags());
        between(path + "nice", scheduler.nice(), -20, 19);
        var realTime = Set.of("SCHED_FIFO", "SCHED_RR").contains(scheduler.policy());
        refuse(
                scheduler.priority() != 0 && !realTime,
                path + "priority is only for SCHED_FIFO and SCHED_RR, not for " + scheduler.policy());
        refuse(
                !scheduler.policy().equals("SCHED_DEADLINE")
                        && (scheduler.runtime() | scheduler.deadline() | scheduler.period()) != 0,
                path + "runtime, deadline and period are only for SCHED_DEADLINE, not for " + scheduler.policy());
        atLeast(path + "runtime", scheduler.runtime(), 0);
        atLeast(path + "deadline", scheduler.deadline(), 0);
        atLeast(path + "period", scheduler.period(), 0);
    }

    private static void checkNames(Spec spec) {
        for (var name : new String[] {spec.hostname(), spec.domainname()}) {
            refuse(
                    name != null && name.getBytes(StandardCharsets.UTF_8).length > MOST_NAME,
                    "hostname, domainname: longer than " + MOST_NAME + " bytes: " + name);
        }
        // Empty is as good as absent: engines write it so.
        var uts = spec.linux().has("uts");
        refuse(!uts && isSet(spec.hostname()), "hostname needs a uts namespace: it would be the host's name");
        refuse(!uts && isSet(spec.domainname()), "domainname needs a uts namespace: it would be the host's");
    }

    private static void check(String path, Spec.Mount mount, Spec.Linux linux) {
        need(path, mount);
        need(path + ".destination", mount.destination());
        refuse(mount.destination().isEmpty(), path + ".destination is empty");
        needAll(path + ".options", mount.options());
        checkMappings(path + ".uidMappings", mount.uidMappings());
        checkMappings(path + ".gidMappings", mount.gidMappings());
        refuse(
                mount.uidMappings().isEmpty() != mount.gidMappings().isEmpty(),
                path + ": uidMappings and gidMappings belong together");
        var asks = mount.options().contains("idmap") || mount.options().contains("ridmap");
        refuse(
                asks && mount.uidMappings().isEmpty() && !linux.has("user"),
                path + ": idmap needs uidMappings and gidMappings, of the mount or of the container");
    }

    private static void check(Spec.Linux linux) {
        var seen = new HashSet<String>();
        needAll("linux.namespaces", linux.namespaces());
        for (var namespace : linux.namespaces()) {
            need("linux.namespaces[].type", namespace.type());
            among("linux.namespaces[].type", namespace.type(), NAMESPACES);
            refuse(!seen.add(namespace.type()), "linux.namespaces: " + namespace.type() + " is there twice");
            refuse(
                    isSet(namespace.path()) && !namespace.path().startsWith("/"),
                    "linux.namespaces: the path of a namespace is not absolute: " + namespace.path());
        }
        checkMappings("linux.uidMappings", linux.uidMappings());
        checkMappings("linux.gidMappings", linux.gidMappings());
        for (var offset : linux.timeOffsets().entrySet()) {
            among("linux.timeOffsets", offset.getKey(), Set.of("monotonic", "boottime"));
            need("linux.timeOffsets." + offset.getKey(), offset.getValue());
            between(
                    "linux.timeOffsets." + offset.getKey() + ".nanosecs",
                    offset.getValue().nanosecs(),
                    0,
                    999_999_999);
        }
        refuse(!linux.timeOffsets().isEmpty() && !linux.has("time"), "linux.timeOffsets need a time namespace");
        refuse(
                !linux.timeOffsets().isEmpty() && isSet(linux.namespace("time").path()),
                "linux.timeOffsets cannot be set in a time namespace that others are in");
        needAll("linux.sysctl", linux.sysctl().values());
        checkPaths("linux.maskedPaths", linux.maskedPaths());
        checkPaths("linux.readonlyPaths", linux.readonlyPaths());
        if (linux.rootfsPropagation() != null && !linux.rootfsPropagation().isEmpty()) {
            among("linux.rootfsPropagation", linux.rootfsPropagation(), PROPAGATIONS);
        }
        needAll("linux.devices", linux.devices());
        linux.devices().forEach(SpecCheck::check);
        if (linux.resources() != null) {
            check("linux.resources.", linux.resources());
        }
        if (linux.seccomp() != null) {
            check(linux.seccomp());
        }
        if (linux.personality() != null) {
            need("linux.personality.domain", linux.personality().domain());
            among("linux.personality.domain", linux.personality().domain(), Set.of("LINUX", "LINUX32"));
            refuse(!linux.personality().flags().isEmpty(), "linux.personality.flags: the specification knows none yet");
        }
        refuse(linux.intelRdt(), "linux.intelRdt", "koker does not know resource control of Intel's processors");
        refuse(linux.memoryPolicy(), "linux.memoryPolicy", "it came after version 1.2 of the specification");
        refuse(linux.netDevices(), "linux.netDevices", "it came after version 1.2 of the specification");
    }

    private static void check(Seccomp seccomp) {
        need("linux.seccomp.defaultAction", seccomp.defaultAction());
        needAll("linux.seccomp.architectures", seccomp.architectures());
        needAll("linux.seccomp.flags", seccomp.flags() == null ? List.of() : seccomp.flags());
        needAll("linux.seccomp.syscalls", seccomp.syscalls());
        for (var rule : seccomp.syscalls()) {
            need("linux.seccomp.syscalls[].action", rule.action());
            needAll("linux.seccomp.syscalls[].names", rule.names());
            refuse(
                    rule.names().isEmpty(),
                    "linux.seccomp.syscalls[].names is empty; it says which calls the rule is about");
            needAll("linux.seccomp.syscalls[].args", rule.args());
            for (var condition : rule.args()) {
                need("linux.seccomp.syscalls[].args[].op", condition.op());
            }
        }
    }

    private static void check(String field, List<Hooks.Hook> hooks) {
        needAll(field, hooks);
        for (var hook : hooks) {
            need(field + "[].path", hook.path());
            needAll(field + "[].args", hook.args());
            needAll(field + "[].env", hook.env() == null ? List.of() : hook.env());
            refuse(!hook.path().startsWith("/"), field + "[].path is not an absolute path: " + hook.path());
            refuse(
                    hook.timeout() != null && hook.timeout() <= 0,
                    field + "[].timeout is not greater than 0: " + hook.timeout());
        }
    }

    private static void check(Spec.Device device) {
        need("linux.devices[].path", device.path());
        refuse(!device.path().startsWith("/"), "linux.devices[].path is not absolute: " + device.path());
        need("linux.devices[].type", device.type());
        among("linux.devices[].type", device.type(), Set.of("c", "u", "b", "p"));
        checkDevice("linux.devices[]", device.major(), device.minor());
        atMost("linux.devices[].fileMode", device.fileMode(), 0, 0177777);
        atMost("linux.devices[].uid", device.uid(), 0, MOST_ID);
        atMost("linux.devices[].gid", device.gid(), 0, MOST_ID);
    }

    /** Whose numbers are whose. */
    private static void checkIdentities(Spec spec) {
        var linux = spec.linux();
        var user = linux.namespace("user");
        var mapped = !linux.uidMappings().isEmpty() || !linux.gidMappings().isEmpty();
        if (user == null) {
            refuse(mapped, "linux.uidMappings, linux.gidMappings need a user namespace");
            return;
        }
        if (!isSet(user.path())) {
            refuse(
                    linux.uidMappings().isEmpty() || linux.gidMappings().isEmpty(),
                    "a user namespace needs linux.uidMappings and linux.gidMappings");
            refuse(!covers(linux.uidMappings(), 0), "linux.uidMappings say nothing of 0, which makes the mounts");
            refuse(!covers(linux.gidMappings(), 0), "linux.gidMappings say nothing of 0, which makes the mounts");
            refuse(
                    !covers(linux.uidMappings(), spec.process().user().uid()),
                    "process.user.uid is not in linux.uidMappings: "
                            + spec.process().user().uid());
            refuse(
                    !covers(linux.gidMappings(), spec.process().user().gid()),
                    "process.user.gid is not in linux.gidMappings: "
                            + spec.process().user().gid());
        }
    }

    private static boolean covers(List<Spec.IdMapping> mappings, long id) {
        for (var mapping : mappings) {
            if (id >= mapping.containerID() && id - mapping.containerID() < mapping.size()) {
                return true;
            }
        }
        return false;
    }

    private static void checkMappings(String path, List<Spec.IdMapping> mappings) {
        needAll(path, mappings);
        refuse(mappings.size() > MOST_MAPPINGS, path + ": more than " + MOST_MAPPINGS + ", which the kernel takes");
        for (var mapping : mappings) {
            between(path + "[].containerID", mapping.containerID(), 0, MOST_ID);
            between(path + "[].hostID", mapping.hostID(), 0, MOST_ID);
            between(path + "[].size", mapping.size(), 1, MOST_ID + 1);
            refuse(
                    mapping.containerID() + mapping.size() > MOST_ID + 1
                            || mapping.hostID() + mapping.size() > MOST_ID + 1,
                    path + ": IDs end at " + MOST_ID);
        }
    }

    private static void checkPaths(String path, List<String> paths) {
        needAll(path, paths);
        for (var each : paths) {
            refuse(!each.startsWith("/"), path + ": not an absolute path: " + each);
        }
    }

    private static void checkDevice(String path, long major, long minor) {
        between(path + ".major", major, 0, MOST_MAJOR);
        between(path + ".minor", minor, 0, MOST_MINOR);
    }

    /** Whether it is one of major version 1, as SemVer 2.0.0 has versions: {@code 1.0.2-dev}. */
    private static boolean isVersion(String version) {
        var end = 0;
        while (end < version.length() && "0123456789.".indexOf(version.charAt(end)) >= 0) {
            end++;
        }
        var numbers = version.substring(0, end).split("\\.", -1);
        if (numbers.length != 3 || !numbers[0].equals("1") || !isNumber(numbers[1]) || !isNumber(numbers[2])) {
            return false;
        }
        var rest = version.substring(end);
        for (var i = 1; i < rest.length(); i++) {
            var c = rest.charAt(i);
            var isPlain = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!isPlain && "-.+".indexOf(c) < 0) {
                return false;
            }
        }
        return rest.isEmpty() || rest.length() > 1 && (rest.startsWith("-") || rest.startsWith("+"));
    }

    private static boolean isNumber(String digits) {
        return digits.length() == 1 || digits.length() > 1 && !digits.startsWith("0");
    }

    private static boolean isAccess(String letters) {
        for (var i = 0; letters != null && i < letters.length(); i++) {
            if ("rwm".indexOf(letters.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSet(String text) {
        return text != null && !text.isEmpty();
    }

    private static void needAll(String field, Collection<?> values) {
        for (var value : values) {
            if (value == null) {
                throw new SpecException(field + "[] is missing");
            }
        }
    }

    private static void need(String field, Object value) {
        refuse(value == null, field + " is missing");
    }

    private static void among(String field, String value, Set<String> known) {
        if (!known.contains(value)) {
            throw new SpecException(field + ": there is no '" + value + "'");
        }
    }

    private static void atMost(String field, Number value, long least, long most) {
        if (value != null) {
            between(field, value.longValue(), least, most);
        }
    }

    private static void atLeast(String field, Long value, long least) {
        atMost(field, value, least, Long.MAX_VALUE);
    }

    private static void between(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw new SpecException(field + " is " + value + ", and must be at least " + least
                    + (most == Long.MAX_VALUE ? "" : " and at most " + most));
        }
    }

    private static void refuse(Unsupported member, String field, String reason) {
        refuse(member != null, field + " is not supported: " + reason);
    }

    private static void refuse(boolean wrong, String reason) {
        if (wrong) {
            throw new SpecException(reason);
        }
    }
}
