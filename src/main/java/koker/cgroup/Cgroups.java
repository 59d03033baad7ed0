package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.MountFlag;
import koker.plan.Step;
import koker.spec.Spec;

/**
 * The cgroups of a host. A path such as {@code /koker-1f0c} names a container's cgroup in each hierarchy; the cgroups themselves are
 * folders, which steps make, and which koker removes when the container has ended.
 */
public sealed interface Cgroups permits LegacyCgroups, UnifiedCgroups {
    /**
     * The cgroups of this host, as /proc/self/mountinfo tells.
     *
     * @throws CgroupException if it has none mounted
     */
    static Cgroups ofHost() {
        try {
            return of(Files.readAllLines(Path.of("/proc/self/mountinfo")));
        } catch (IOException e) {
            throw new CgroupException("/proc/self/mountinfo cannot be read: " + e.getMessage());
        }
    }

    /** What so many shares of version 1, 2 to 262144, are as a weight of version 2, 1 to 10000. */
    static long weight(long shares) {
        return UnifiedLimits.weight(shares);
    }

    /**
     * The limit on swap alone that follows from those on memory and on both together, as version 2 has it; -1 for none, null if nothing is said.
     *
     * @throws CgroupException if none follows
     */
    static Long swap(Spec.Memory memory) {
        return UnifiedLimits.swap(memory);
    }

    /** The path of a cgroup in which koker was started, if that was handed to it to make others there. */
    default Optional<String> delegated() {
        return Optional.empty();
    }

    /** The cgroups that {@code mountinfo}, the lines of a file as in proc_pid_mountinfo(5), tells of. */
    static Cgroups of(List<String> mountinfo) {
        var hierarchies = mountinfo.stream().flatMap(Hierarchy::parse).toList();
        if (hierarchies.isEmpty()) {
            throw new CgroupException("no cgroup file system is mounted; see mount(8) and cgroups(7)");
        }
        return hierarchies.stream().allMatch(Hierarchy::unified)
                ? new UnifiedCgroups(hierarchies.getFirst().folder(), DiskSchedulers.OF_HOST)
                : new LegacyCgroups(hierarchies);
    }

    /**
     * The steps that make the cgroup {@code path}, and those above it that are not there, and limit it to {@code resources}.
     *
     * @throws CgroupException if the host cannot limit that
     */
    List<Step> make(String path, Spec.Resources resources);

    /** The folders that make up the cgroup {@code path}: what is made, and later removed. */
    List<String> folders(String path);

    /**
     * The steps that limit the cgroup {@code path}, whose folders exist, to {@code resources}.
     *
     * @throws CgroupException if the host cannot limit that
     */
    List<Step> limit(String path, Spec.Resources resources);

    /**
     * {@code resources}, which are to change limits of the cgroup {@code path}, together with those that are not named, but written with these or
     * measured by them: they stay as they are.
     */
    Spec.Resources complete(String path, Spec.Resources resources);

    /** The steps that let the host's user {@code user} make cgroups below the cgroup {@code path}; none in version 1, where that is not safe. */
    default List<Step> delegate(String path, long user) {
        return List.of();
    }

    /** The folder of the cgroup {@code path}, if a process can be born in it, as in version 2. */
    Optional<String> birthplace(String path);

    /** The steps by which a process of one thread moves to the cgroup {@code path}. */
    default List<Step> join(String path) {
        return join(path, Subgroups.NONE);
    }

    /**
     * The same, to cgroups below that.
     *
     * @throws CgroupException if this host cannot have such
     */
    List<Step> join(String path, Subgroups below);

    /**
     * The steps by which a further process of a container moves to its cgroup {@code path}, or to cgroups below that; and if it may not, to where the
     * process {@code first}, the container's first one, has gone.
     *
     * @throws CgroupException if this host cannot have such
     */
    List<Step> follow(int first, String path, Subgroups below);

    /** The steps that show a container its own cgroup at {@code target}, mounted with {@code flags}. */
    List<Step> show(String target, Set<MountFlag> flags);

    /**
     * The folders of the cgroup {@code path} by the places at or below {@code target} where they would be shown, if it takes that to show a
     * container no more than its own without a cgroup namespace.
     */
    default Map<String, String> views(String path, String target) {
        return Map.of();
    }

    /** The steps by which a controller is found by its name at {@code target}, where its hierarchy, which is shown there, has others as well. */
    default List<Step> links(String target) {
        return List.of();
    }

    /** Whether all are of version 2. */
    default boolean isUnified() {
        return this instanceof UnifiedCgroups;
    }

    /** Whether swap can be limited. */
    boolean limitsSwap();

    /** Whether the use of devices can be restricted. */
    boolean restrictsDevices();

    /** The file that says how often the kernel killed a process in the cgroup {@code path} because its memory ran out, if there is one. */
    Optional<String> memoryEvents(String path);

    /** What stops all processes in the cgroup {@code path}; nothing if that is not there, or cannot. */
    default Optional<Freezer> freezer(String path) {
        return Freezer.of(folders(path));
    }

    /** What the processes in the cgroup {@code path} use. */
    Usage usage(String path);

    /**
     * All that the kernel counts for the cgroup {@code path}, by the names that runc has for it (runc, types/events.go): numbers, texts, and lists
     * and maps of such.
     */
    Map<String, Object> accounts(String path);

    /** Whether the kernel had to kill a process in the cgroup {@code path} because its memory ran out. */
    boolean outOfMemory(String path);
}
