package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.MountFlag;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Spec;

/**
 * Cgroups of version 2: one hierarchy for all controllers. See the kernel's admin-guide/cgroup-v2. There are loops here where other code has
 * streams, as koker practises its start when it is built, perhaps on a machine with version 1, and what it meets later is slow.
 */
record UnifiedCgroups(String folder, DiskSchedulers schedulers) implements Cgroups {
    /** Without limits, too, these say what is used. */
    private static final List<String> COUNTING = List.of("cpu", "io", "memory", "pids");

    /** What files of a cgroup are called after that are no controller's. */
    private static final List<String> EVERYWHERE = List.of("cgroup", "irq");

    /** The files by which cgroups are made in others, which each kernel has. */
    private static final List<String> DELEGATED = List.of("cgroup.procs", "cgroup.subtree_control", "cgroup.threads");

    /** Where processes go that are in the way; others call it that, too. */
    private static final String ASIDE = "/init";

    @Override
    public Optional<String> delegated() {
        return delegated(place(Path.of("/proc/self/cgroup")));
    }

    /** The cgroup {@code own}, or the one from which its processes moved aside, if it was delegated. */
    Optional<String> delegated(String own) {
        if (isDelegated(own)) {
            return Optional.of(own);
        }
        var above = own.endsWith(ASIDE) ? own.substring(0, own.length() - ASIDE.length()) : own;
        return isDelegated(above) ? Optional.of(above) : Optional.empty();
    }

    /** By the mark of systemd (systemd.resource-control(5), Delegate=). There is trusted.delegate, too, which Java cannot read. */
    private boolean isDelegated(String path) {
        if (isOutside(path)) {
            return false;
        }
        try {
            return Files.getAttribute(Path.of(folder + path), "user:delegate") instanceof byte[] mark
                    && Arrays.equals(mark, new byte[] {'1'});
        } catch (IOException e) {
            return false; // it has no mark
        }
    }

    @Override
    public List<String> folders(String path) {
        return List.of(folder + path);
    }

    @Override
    public List<Step> make(String path, Spec.Resources resources) {
        var steps = new ArrayList<Step>();
        for (var above : CgroupPath.above(path)) {
            steps.add(new HostStep.MakeParentCgroup(folder + above));
        }
        steps.add(new HostStep.MakeCgroup(folder + path));
        steps.addAll(limit(path, resources));
        return steps;
    }

    @Override
    public List<Step> limit(String path, Spec.Resources resources) {
        var limits = new UnifiedLimits(schedulers);
        limits.add(resources);
        if (resources.memory() != null) {
            UnifiedLimits.checkUse(resources.memory(), new Counters(folder + path).number("memory.current"));
        }
        var controllers = new LinkedHashSet<String>();
        for (var write : limits.writes()) {
            if (!EVERYWHERE.contains(write.part())) {
                controllers.add(write.part());
            }
        }
        var steps = new ArrayList<Step>(enable(path, controllers));
        for (var write : limits.writes()) {
            steps.add(new HostStep.WriteCgroup(folder + path + "/" + write.file(), write.value(), write.optional()));
        }
        if (!resources.devices().isEmpty()) {
            steps.add(new HostStep.FilterDevices(folder + path, DeviceFilter.of(resources.devices())));
        }
        return steps;
    }

    @Override
    public Spec.Resources complete(String path, Spec.Resources resources) {
        var files = new Counters(folder + path);
        var words = files.words("cpu.max"); // quota and period, as in "max 100000"
        var times = words.isEmpty() ? List.of("max", "-1") : words.getFirst();
        return new CurrentLimits(
                        files.number("memory.max"),
                        files.number("memory.swap.max"),
                        times.getFirst().equals("max") ? -1 : Long.parseLong(times.getFirst()),
                        Long.parseLong(times.getLast()),
                        files.number("cpu.idle") == 1)
                .complete(resources);
    }

    @Override
    public boolean limitsSwap() {
        return Files.exists(Path.of("/proc/swaps"));
    }

    @Override
    public boolean restrictsDevices() {
        return true;
    }

    @Override
    public List<Step> delegate(String path, long user) {
        List<String> files;
        try {
            files = Files.readAllLines(Path.of("/sys/kernel/cgroup/delegate"));
        } catch (IOException e) {
            files = DELEGATED; // koker may see no such folder, as in a container
        }
        return List.of(new HostStep.DelegateCgroup(folder + path, user, files));
    }

    @Override
    public Optional<String> birthplace(String path) {
        return Optional.of(folder + path);
    }

    @Override
    public List<Step> join(String path, Subgroups below) {
        if (!below.paths().keySet().stream().allMatch(String::isEmpty)) {
            throw new CgroupException("--cgroup is a path alone on this host: cgroups of version 2 are the same ones"
                    + " for all controllers");
        }
        return List.of(new ProcessStep.JoinCgroup(procs(below.of(path, Set.of()))));
    }

    /**
     * Nobody can join a cgroup that passes controllers on to others below it, as that of a container does in which systemd or Docker runs; and the
     * first process may even have left it for one elsewhere, and removed it.
     */
    @Override
    public List<Step> follow(int first, String path, Subgroups below) {
        var now = below.paths().isEmpty() ? place(Path.of("/proc", Integer.toString(first), "cgroup")) : path;
        return now.equals(path) || isOutside(now)
                ? join(path, below)
                : List.of(new ProcessStep.JoinCgroup(procs(path), Optional.of(procs(now))));
    }

    private String procs(String path) {
        return folder + path + "/cgroup.procs";
    }

    /** The cgroup that a file as in proc_pid_cgroup(5) tells of, counted from the top of all that is seen from here; empty if it does not. */
    private static String place(Path file) {
        try {
            for (var line : Files.readAllLines(file)) {
                if (line.startsWith("0::")) {
                    return line.substring(3);
                }
            }
        } catch (NoSuchFileException e) {
            return ""; // the process is gone
        } catch (IOException e) {
            throw new CgroupException(file + " cannot be read: " + e.getMessage());
        }
        return "";
    }

    /** Whether it is the top of all that is seen from here, or is not seen. */
    private static boolean isOutside(String path) {
        return path.isEmpty() || path.equals("/") || path.contains("/..");
    }

    @Override
    public List<Step> show(String target, Set<MountFlag> flags) {
        return List.of(new MountStep.Mount("cgroup2", "cgroup", target, flags, ""));
    }

    @Override
    public Optional<String> memoryEvents(String path) {
        return Optional.of(folder + path + "/memory.events");
    }

    @Override
    public Usage usage(String path) {
        var counters = new Counters(folder + path);
        return new Usage(
                counters.number("cpu.stat", "usage_usec") * 1000,
                counters.number("memory.current") - Math.max(0, counters.number("memory.stat", "inactive_file")),
                counters.number("memory.max"),
                counters.number("pids.current"),
                counters.sum("io.stat", "rbytes"),
                counters.sum("io.stat", "wbytes"));
    }

    @Override
    public Map<String, Object> accounts(String path) {
        return new UnifiedAccounts(new Counters(folder + path)).all();
    }

    @Override
    public boolean outOfMemory(String path) {
        try (var lines = Files.lines(Path.of(folder + path, "memory.events"))) {
            return lines.anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
        } catch (IOException e) {
            return false;
        }
    }

    /** A cgroup has the files of the controllers that are enabled in the one above it, and there only if in all above that. */
    private List<Step> enable(String path, Set<String> needed) {
        var available = words("/cgroup.controllers");
        for (var controller : needed) {
            if (!available.contains(controller)) {
                throw new CgroupException("this host has no cgroup controller '" + controller + "'; there are: "
                        + String.join(" ", available) + "; see cgroup_disable= in /proc/cmdline");
            }
        }
        var controllers = new LinkedHashSet<>(needed);
        for (var controller : COUNTING) {
            if (available.contains(controller)) {
                controllers.add(controller);
            }
        }
        var steps = new ArrayList<Step>();
        var places = new ArrayList<>(List.of(""));
        places.addAll(CgroupPath.above(path));
        for (var place : places) {
            var enabled = words(place + "/cgroup.subtree_control");
            var missing = new ArrayList<String>();
            for (var controller : controllers) {
                if (!enabled.contains(controller)) {
                    missing.add("+" + controller);
                }
            }
            if (!missing.isEmpty()) {
                if (place.isEmpty() || isDelegated(place)) {
                    steps.addAll(makeWay(place));
                }
                steps.add(new HostStep.WriteCgroup(
                        folder + place + "/cgroup.subtree_control", String.join(" ", missing)));
            }
        }
        return steps;
    }

    /**
     * Only the root of all cgroups may have processes and pass on controllers ("no internal processes" in cgroups(7)). In one that was
     * delegated to us, which may be the top of all that can be seen from here, the processes must move aside first.
     */
    private List<Step> makeWay(String place) {
        if (!Files.exists(Path.of(folder + place, "cgroup.type"))) {
            return List.of(); // only the root has none
        }
        try {
            var processes = new ArrayList<Integer>();
            for (var line : Files.readAllLines(Path.of(folder + place, "cgroup.procs"))) {
                if (!line.equals("0")) { // who cannot be seen from here
                    processes.add(Integer.valueOf(line));
                }
            }
            return processes.isEmpty()
                    ? List.of()
                    : List.of(new HostStep.MoveToCgroup(folder + place + ASIDE, processes));
        } catch (IOException e) {
            throw new CgroupException(folder + place + "/cgroup.procs cannot be read: " + e.getMessage());
        }
    }

    /** The words of a file, none if that is not made yet. */
    private List<String> words(String file) {
        try {
            return List.of(Files.readString(Path.of(folder + file)).strip().split(" "));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new CgroupException(folder + file + " cannot be read: " + e.getMessage());
        }
    }
}
