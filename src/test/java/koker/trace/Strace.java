package koker.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What strace saw koker and its children do: the calls of each process, in the order in which they returned. */
final class Strace {
    static final List<String> COMMAND =
            List.of("strace", "-f", "-qq", "-v", "-s", "8192", "-X", "verbose", "--decode-pids=pidns", "-o");

    private static final Pattern LINE = Pattern.compile("([0-9]+) +(.*)");
    private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. [a-z0-9_]+ resumed>(.*)");
    private static final Pattern OWN_PID = Pattern.compile("([0-9]+) in strace's PID NS");

    /**
     * A call.
     *
     * @param must whether the trace has to show it
     */
    record Seen(Shown call, boolean must) {}

    /** The calls of a process, or of one of koker's threads. */
    record Process(String name, List<Seen> calls) {}

    private final Map<Integer, Integer> leaders = new HashMap<>();
    private final Map<Integer, Integer> parents = new HashMap<>();
    private final Set<Integer> commands = new HashSet<>();
    private final Set<Integer> ofCommands = new HashSet<>();
    private final Map<Integer, List<Shown>> calls = new LinkedHashMap<>();
    private final Map<Shown, Integer> threads = new IdentityHashMap<>();

    private Strace() {}

    /** The processes that {@code lines}, of a file that strace wrote, are about: koker first. */
    static List<Process> read(List<String> lines) {
        var strace = new Strace();
        var complete = join(lines);
        complete.forEach(strace::relate);
        complete.forEach(strace::collect);
        return strace.processes();
    }

    private record Line(int pid, String text) {}

    private static List<Line> join(List<String> lines) {
        var joined = new ArrayList<Line>();
        var begun = new HashMap<Integer, String>();
        for (var line : lines) {
            var match = LINE.matcher(line);
            if (!match.matches()) {
                throw new IllegalArgumentException("strace wrote: " + line);
            }
            var pid = Integer.parseInt(match.group(1));
            var text = match.group(2);
            var resumed = RESUMED.matcher(text);
            if (resumed.matches()) {
                text = begun.remove(pid) + resumed.group(1);
            }
            if (text.endsWith("<unfinished ...>")) {
                begun.put(pid, text.substring(0, text.length() - "<unfinished ...>".length()));
            } else if (text.matches("[a-z0-9_]+\\(.*\\) += [^?].*")) {
                joined.add(new Line(pid, text));
            }
        }
        return joined;
    }

    /** Learns of new threads and processes. */
    private void relate(Line line) {
        if (line.text().matches("(clone3?|v?fork)\\(.*= [1-9].*")) {
            var result = line.text().substring(line.text().lastIndexOf(" = ") + 3);
            var own = OWN_PID.matcher(result);
            var pid = Integer.parseInt(own.find() ? own.group(1) : result);
            (line.text().contains("CLONE_THREAD") ? leaders : parents).put(pid, line.pid());
            if (commands.contains(line.pid())) {
                ofCommands.add(pid);
            }
        } else if (line.text().matches("execve\\(.* = 0")) {
            commands.add(line.pid());
        }
    }

    private void collect(Line line) {
        var pid = line.pid();
        while (leaders.containsKey(pid)) {
            pid = leaders.get(pid);
        }
        // strace reads 15 characters of a name, and says that there is more even if that is only the zero byte.
        var text = line.text().replaceFirst("(PR_SET_NAME \\*/, \"[^\"]{15}\")\\.\\.\\.", "$1");
        // It says where this structure is, and not what is in it.
        text = text.replaceFirst("(PR_SET_MM_MAP \\*/, )0x[0-9a-f]+", "$1{exe_fd=102}");
        // Most is Java's own business; only what may be koker's is worth a closer look.
        var call = Shown.lazily(text);
        calls.computeIfAbsent(pid, _ -> new ArrayList<>()).add(call);
        threads.put(call, line.pid());
    }

    private List<Process> processes() {
        var koker = calls.entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(Strace::isJava))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("strace saw no java"));
        var own = calls.get(koker);
        var start = own.indexOf(own.stream().filter(Strace::isJava).findFirst().orElseThrow());
        var processes = new ArrayList<Process>();
        // Each thread of koker's by itself: which of two comes first here may come second in the trace.
        ofKoker(own.subList(start + 1, own.size())).stream()
                .collect(Collectors.groupingBy(
                        seen -> threads.get(seen.call()), LinkedHashMap::new, Collectors.toList()))
                .forEach((thread, seen) -> processes.add(new Process("koker's thread " + thread, seen)));
        var free = new HashSet<>(Set.of(koker));
        for (var entry : calls.entrySet()) {
            var parent = leader(parents.getOrDefault(entry.getKey(), 0));
            if (parent == koker || free.contains(parent) && !ofCommands.contains(entry.getKey())) {
                var end = entry.getValue().stream()
                        .filter(call ->
                                call.name().equals("execve") && call.result().equals("0"))
                        .findFirst();
                var mine = end.isEmpty()
                        ? entry.getValue()
                        : entry.getValue().subList(0, entry.getValue().indexOf(end.get()) + 1);
                processes.add(new Process("process " + entry.getKey(), ofChild(mine)));
                free.add(entry.getKey());
            }
        }
        return processes;
    }

    private int leader(int pid) {
        return leaders.containsKey(pid) ? leader(leaders.get(pid)) : pid;
    }

    private static boolean isJava(Shown call) {
        return call.name().equals("execve") && call.line().matches("execve\\(\"[^\"]*/bin/java\".* = 0");
    }

    /**
     * In a program of koker's every call is koker's; but an init's supervision of its child is no part of how a container is made, nor is
     * what a supervisor does when koker has gone.
     */
    private static List<Seen> ofChild(List<Shown> calls) {
        var must = true;
        var seen = new ArrayList<Seen>();
        for (var call : calls) {
            if (must && (call.line().contains("MADV_REMOVE") || call.name().equals("ppoll"))) {
                must = false;
                // The last meeting: koker goes when it has let the supervisor go, without a look at what that made of
                // it.
                for (var i = seen.size() - 2; i < seen.size(); i++) {
                    seen.set(i, new Seen(seen.get(i).call(), false));
                }
            }
            seen.add(new Seen(call, must && !isParted(call)));
            must &= !(call.name().equals("clone3") && call.line().contains("= 2 "));
        }
        return seen;
    }

    /** Whether the process learns that koker does not meet it any more, which nobody takes down. */
    private static boolean isParted(Shown call) {
        return call.line().matches("read\\(100, +\"\", 1\\) += 0");
    }

    private static List<Seen> ofKoker(List<Shown> calls) {
        var files = new HashMap<String, String>();
        var seen = new ArrayList<Seen>();
        for (var call : calls) {
            switch (call.name()) {
                case "openat" -> files.put(call.result(), call.path(1));
                case "close" -> files.remove(call.line().replaceAll("close\\(([0-9]+)\\).*", "$1"));
                default -> {}
            }
            seen.add(new Seen(call, changesKernel(call, files)));
        }
        return seen;
    }

    /** Whether a call of koker's own process, which Java shares with it, changes what the kernel keeps beside that process. */
    private static boolean changesKernel(Shown call, Map<String, String> files) {
        return switch (call.name()) {
            case "mount",
                    "umount2",
                    "pivot_root",
                    "chroot",
                    "open_tree",
                    "move_mount",
                    "mount_setattr",
                    "fsopen",
                    "fsconfig",
                    "fsmount",
                    "fspick",
                    "fork",
                    "vfork",
                    "unshare",
                    "setns",
                    "sethostname",
                    "setdomainname",
                    "mknod",
                    "mknodat",
                    "symlinkat",
                    "mkdirat",
                    "capset",
                    "seccomp",
                    "bpf",
                    "setuid",
                    "setgid",
                    "setreuid",
                    "setregid",
                    "setresuid",
                    "setresgid",
                    "setgroups",
                    "setsid",
                    "setpgid",
                    "chdir",
                    "umask",
                    "kill",
                    "pidfd_send_signal",
                    "pidfd_getfd",
                    "execve" -> true;
            case "clone", "clone3" -> !call.line().contains("CLONE_THREAD");
            // Java names its threads, and the C library its memory.
            case "prctl" -> !call.line().matches("prctl\\(0x[0-9a-f]+ /\\* PR_(SET_NAME|SET_VMA|GET_.*) \\*/.*");
            // Java looks at limits, and raises one of its own.
            case "prlimit64" ->
                !call.line().contains(" NULL, {") && !call.line().matches(".*RLIMIT_NOFILE \\*/, \\{[^}]*}, NULL\\).*");
            case "setrlimit" -> true;
            case "mkdir", "rmdir" -> call.path(0).startsWith("/sys/fs/cgroup");
            case "unlinkat" -> call.path(1).startsWith("/sys/fs/cgroup");
            case "sendto", "sendmsg" ->
                call.line().contains("nl_family") || call.line().contains("nlmsg_");
            case "ioctl" ->
                call.line()
                        .matches(
                                "ioctl\\([0-9]+, 0x[0-9a-f]+ /\\* [^*]*\\b(TIOCS\\w*|TIOCGPTPEER|TCSETS\\w*|SIOCS\\w*)\\b.*");
            case "write" -> {
                var file = files.getOrDefault(call.line().replaceAll("write\\(([0-9]+),.*", "$1"), "");
                yield file.startsWith("/sys/fs/cgroup") || file.startsWith("/proc");
            }
            default -> false;
        };
    }
}
