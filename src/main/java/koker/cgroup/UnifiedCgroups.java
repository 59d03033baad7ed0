package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.MountFlag;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Spec;

/** Cgroups of version 2: one hierarchy for all controllers. See the kernel's admin-guide/cgroup-v2. */
record UnifiedCgroups(String folder) implements Cgroups {
    @Override
    public List<String> folders(String path) {
        return List.of(folder + path);
    }

    @Override
    public List<Step> limit(String path, Spec.Resources resources) {
        var values = new LinkedHashMap<String, String>();
        var memory = resources.memory();
        if (memory != null && memory.limit() != null) {
            values.put("memory.max", max(memory.limit()));
        }
        if (memory != null && memory.swap() != null) {
            // Here swap is counted by itself, in config.json together with memory.
            var swap = memory.swap() < 0 || memory.limit() == null ? -1 : memory.swap() - memory.limit();
            values.put("memory.swap.max", max(swap));
        }
        var cpu = resources.cpu();
        if (cpu != null && cpu.quota() != null) {
            var period = cpu.period() == null ? 100_000 : cpu.period();
            values.put("cpu.max", max(cpu.quota()) + " " + period);
        }
        var pids = resources.pids();
        if (pids != null && pids.limit() != null) {
            values.put("pids.max", pids.limit() <= 0 ? "max" : max(pids.limit()));
        }
        var steps = new ArrayList<Step>(enable(values.keySet()));
        values.forEach((file, value) -> steps.add(new HostStep.WriteCgroup(folder + path + "/" + file, value)));
        if (!resources.devices().isEmpty()) {
            steps.add(new HostStep.FilterDevices(folder + path, DeviceFilter.of(resources.devices())));
        }
        return steps;
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
    public List<Step> join(String path) {
        return List.of(new ProcessStep.JoinCgroup(folder + path + "/cgroup.procs"));
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
    public Step freeze(String path, boolean frozen) {
        return new HostStep.WriteCgroup(folder + path + "/cgroup.freeze", frozen ? "1" : "0");
    }

    @Override
    public boolean isFrozen(String path) {
        try {
            return Files.readString(Path.of(folder + path, "cgroup.events")).contains("frozen 1");
        } catch (IOException e) {
            return false;
        }
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
    public boolean outOfMemory(String path) {
        try (var lines = Files.lines(Path.of(folder + path, "memory.events"))) {
            return lines.anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
        } catch (IOException e) {
            return false;
        }
    }

    /** A cgroup has the files of the controllers that are enabled in the one above it. */
    private List<Step> enable(Set<String> files) {
        var available = words("cgroup.controllers");
        var enabled = words("cgroup.subtree_control");
        var missing = new LinkedHashSet<String>();
        for (var file : files) {
            var controller = file.substring(0, file.indexOf('.'));
            if (!available.contains(controller)) {
                throw new CgroupException("this host has no cgroup controller '" + controller + "'; there are: "
                        + String.join(" ", available) + "; see cgroup_disable= in /proc/cmdline");
            }
            if (!enabled.contains(controller)) {
                missing.add("+" + controller);
            }
        }
        return missing.isEmpty()
                ? List.of()
                : List.of(new HostStep.WriteCgroup(folder + "/cgroup.subtree_control", String.join(" ", missing)));
    }

    private List<String> words(String file) {
        try {
            return List.of(Files.readString(Path.of(folder, file)).strip().split(" "));
        } catch (IOException e) {
            throw new CgroupException(folder + "/" + file + " cannot be read: " + e.getMessage());
        }
    }

    private static String max(long value) {
        return value < 0 ? "max" : Long.toString(value);
    }
}
