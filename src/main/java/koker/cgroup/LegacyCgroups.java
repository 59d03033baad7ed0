package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import koker.kernel.MountFlag;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Spec;

/**
 * Cgroups of version 1: a hierarchy for each controller or few (legacy mode), perhaps with one of version 2 that has none of these
 * controllers beside them (hybrid mode). See cgroups(7) and the kernel's admin-guide/cgroup-v1.
 */
record LegacyCgroups(List<Hierarchy> hierarchies) implements Cgroups {
    private static final String SYSTEMD = "name=systemd";

    /** Those that limit, those that only count, and the one without a controller by which a systemd in the container finds its own place. */
    private static final List<String> CONTROLLERS = List.of(
            "memory",
            "cpu",
            "cpuacct",
            "cpuset",
            "pids",
            "devices",
            "freezer",
            "blkio",
            "hugetlb",
            "net_cls",
            "net_prio",
            "rdma",
            "perf_event",
            "misc",
            SYSTEMD);

    /** No more than what memory.limit_in_bytes says where there is no limit: the largest number of pages, of 4 to 64 kB, in bytes. */
    private static final long NO_LIMIT = Long.MAX_VALUE >> 16 << 16;

    @Override
    public List<String> folders(String path) {
        return used().stream().map(hierarchy -> hierarchy.folder() + path).toList();
    }

    @Override
    public List<Step> make(String path, Spec.Resources resources) {
        var steps = new ArrayList<Step>();
        for (var hierarchy : used()) {
            for (var above : CgroupPath.above(path)) {
                steps.add(new HostStep.MakeParentCgroup(hierarchy.folder() + above));
            }
            steps.add(new HostStep.MakeCgroup(hierarchy.folder() + path));
            if (hierarchy.controllers().contains("cpuset")) {
                steps.addAll(inherit(hierarchy.folder(), path, resources.cpu()));
            }
        }
        steps.addAll(limit(path, resources));
        return steps;
    }

    /** A new cgroup has no processors and no memory nodes, unlike any other limit: then nobody can be in it. */
    private static List<Step> inherit(String root, String path, Spec.Cpu limit) {
        var steps = new ArrayList<Step>();
        for (var file : List.of("/cpuset.cpus", "/cpuset.mems")) {
            var places = new ArrayList<>(CgroupPath.above(path));
            if (limit == null || (file.endsWith("cpus") ? limit.cpus() : limit.mems()) == null) {
                places.add(path); // otherwise it gets its own soon
            }
            var value = read(root + file);
            for (var place : places) {
                var own = read(root + place + file);
                if (own.isEmpty()) {
                    steps.add(new HostStep.WriteCgroup(root + place + file, value));
                } else {
                    value = own;
                }
            }
        }
        return steps;
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            return ""; // it is not made yet
        }
    }

    @Override
    public List<Step> limit(String path, Spec.Resources resources) {
        var limits = new LegacyLimits(hierarchies, path);
        limits.add(resources);
        return limits.steps();
    }

    @Override
    public Spec.Resources complete(String path, Spec.Resources resources) {
        var files = counters("cpu", path);
        return new CurrentLimits(
                        -1, // of memory and swap, each is limited by itself here
                        -1,
                        files.number("cpu.cfs_quota_us"),
                        files.number("cpu.cfs_period_us"),
                        files.number("cpu.idle") == 1)
                .complete(resources);
    }

    @Override
    public boolean limitsSwap() {
        return hierarchies.stream()
                .filter(hierarchy -> hierarchy.controllers().contains("memory"))
                .anyMatch(hierarchy -> Files.exists(Path.of(hierarchy.folder(), "memory.memsw.limit_in_bytes")));
    }

    @Override
    public boolean restrictsDevices() {
        for (var hierarchy : hierarchies) { // by a loop: it is on everybody's way
            if (hierarchy.controllers().contains("devices")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Optional<String> birthplace(String path) {
        return Optional.empty();
    }

    /**
     * By the file tasks, for threads: before it moves a whole process the kernel would wait some 10 ms until no process is forking. A cgroup that
     * systemd has made is in hierarchies without controllers, too: by these systemd knows who belongs to a unit.
     */
    @Override
    public List<Step> join(String path, Subgroups below) {
        var controllers = new TreeSet<String>();
        used().forEach(hierarchy -> controllers.addAll(hierarchy.controllers()));
        below.check(controllers);
        var steps = new ArrayList<Step>();
        for (var hierarchy : hierarchies) {
            var folder = hierarchy.folder() + below.of(path, hierarchy.controllers());
            if (isUsed(hierarchy) || Files.isDirectory(Path.of(folder))) {
                steps.add(new ProcessStep.JoinCgroup(folder + (hierarchy.unified() ? "/cgroup.procs" : "/tasks")));
            }
        }
        return steps;
    }

    @Override
    public List<Step> follow(int first, String path, Subgroups below) {
        return join(path, below); // in version 1, nothing can be in the way
    }

    @Override
    public List<Step> show(String target, Set<MountFlag> flags) {
        // A tmpfs to hold the hierarchies, writable until they are all in their places.
        var writable = EnumSet.copyOf(flags);
        writable.remove(MountFlag.MS_RDONLY);
        var steps = new ArrayList<Step>();
        steps.add(new MountStep.Mount("tmpfs", "tmpfs", target, writable, "mode=755"));
        // Of the others it would see all: there it is in the host's own cgroup.
        for (var hierarchy : used()) {
            var place = target + hierarchy.folder().substring(hierarchy.folder().lastIndexOf('/'));
            steps.add(new MountStep.MakeFolder(target, place));
            var source = hierarchy.controllers().contains(SYSTEMD) ? "systemd" : "cgroup"; // as a host's mounts have it
            steps.add(new MountStep.Mount("cgroup", source, place, flags, String.join(",", hierarchy.controllers())));
        }
        steps.addAll(links(target));
        if (flags.contains(MountFlag.MS_RDONLY)) {
            var remount = EnumSet.copyOf(flags);
            remount.addAll(List.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND));
            steps.add(new MountStep.Mount("", "", target, remount, ""));
        }
        return steps;
    }

    @Override
    public List<Step> links(String target) {
        var steps = new ArrayList<Step>();
        for (var hierarchy : used()) {
            var name = hierarchy.folder().substring(hierarchy.folder().lastIndexOf('/') + 1);
            for (var controller : hierarchy.controllers()) {
                if (hierarchy.controllers().size() > 1 && !controller.equals(name)) {
                    steps.add(new MountStep.MakeLink(target + "/" + controller, name));
                }
            }
        }
        return steps;
    }

    @Override
    public Map<String, String> views(String path, String target) {
        var views = new LinkedHashMap<String, String>();
        for (var hierarchy : used()) {
            views.put(
                    target + hierarchy.folder().substring(hierarchy.folder().lastIndexOf('/')),
                    hierarchy.folder() + path);
        }
        return views;
    }

    @Override
    public Optional<String> memoryEvents(String path) {
        return hierarchies.stream()
                .filter(hierarchy -> hierarchy.controllers().contains("memory"))
                .map(hierarchy -> hierarchy.folder() + path + "/memory.oom_control")
                .findFirst();
    }

    @Override
    public Usage usage(String path) {
        var memory = counters("memory", path);
        var blocks = counters("blkio", path);
        var limit = memory.number("memory.limit_in_bytes");
        return new Usage(
                counters("cpuacct", path).number("cpuacct.usage"),
                memory.number("memory.usage_in_bytes")
                        - Math.max(0, memory.number("memory.stat", "total_inactive_file")),
                limit >= NO_LIMIT ? Long.MAX_VALUE : limit,
                counters("pids", path).number("pids.current"),
                blocks.sum("blkio.throttle.io_service_bytes", "Read"),
                blocks.sum("blkio.throttle.io_service_bytes", "Write"));
    }

    @Override
    public Map<String, Object> accounts(String path) {
        return new LegacyAccounts(controller -> counters(controller, path)).all();
    }

    /** The hierarchies in which a container gets a cgroup of its own. */
    private List<Hierarchy> used() {
        return hierarchies.stream().filter(LegacyCgroups::isUsed).toList();
    }

    private static boolean isUsed(Hierarchy hierarchy) {
        return hierarchy.controllers().stream().anyMatch(CONTROLLERS::contains);
    }

    private Counters counters(String controller, String path) {
        return new Counters(hierarchies.stream()
                .filter(hierarchy -> hierarchy.controllers().contains(controller))
                .map(hierarchy -> hierarchy.folder() + path)
                .findFirst()
                .orElse("/nonexistent"));
    }

    @Override
    public boolean outOfMemory(String path) {
        try (var lines = Files.lines(Path.of(controller("memory") + path, "memory.oom_control"))) {
            return lines.anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
        } catch (IOException | CgroupException e) {
            return false;
        }
    }

    private String controller(String controller) {
        return Hierarchy.of(hierarchies, controller).folder();
    }
}
