package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import koker.plan.HostStep;
import koker.plan.Maker;
import koker.plan.Step;

/**
 * The files of a container's cgroup that stop its processes where they are, and let them go on (the kernel's admin-guide/cgroup-v1,
 * "freezer-subsystem", and cgroup-v2). They are found by their names: to look for the host's hierarchies would take longer than all else that
 * some commands do.
 *
 * @param folder the cgroup's
 * @param unified whether it is of version 2
 */
public record Freezer(Path folder, boolean unified) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(1);

    /** That of the cgroup with those folders, one in each hierarchy; none if none of them can be frozen. */
    public static Optional<Freezer> of(List<String> folders) {
        for (var folder : folders) { // mostly its hierarchy is called so, and the others need not be looked at
            if (folder.contains("freezer") && isLegacy(folder)) {
                return Optional.of(new Freezer(Path.of(folder), false));
            }
        }
        for (var folder : folders) {
            if (isLegacy(folder)) {
                return Optional.of(new Freezer(Path.of(folder), false));
            }
            if (Files.exists(Path.of(folder, "cgroup.freeze"))) {
                return Optional.of(new Freezer(Path.of(folder), true));
            }
        }
        return Optional.empty();
    }

    private static boolean isLegacy(String folder) {
        return Files.exists(Path.of(folder, "freezer.state"));
    }

    /** Whether somebody wants its processes to be stopped: those of this cgroup, not of one above it. */
    public boolean isWanted() {
        return read(unified ? "cgroup.freeze" : "freezer.self_freezing").equals("1");
    }

    /** Whether all of its processes are stopped. */
    public boolean isReached() {
        return unified
                ? read("cgroup.events").contains("frozen 1")
                : read("freezer.state").equals("FROZEN");
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (IOException e) {
            return ""; // the cgroup is gone
        }
    }

    /** The step that stops them, which takes a while, or lets them go on, if they are still there. */
    public Step freeze(boolean frozen) {
        var file = folder.resolve(unified ? "cgroup.freeze" : "freezer.state");
        var value = unified ? (frozen ? "1" : "0") : frozen ? "FROZEN" : "THAWED";
        return new HostStep.WriteCgroup(file.toString(), value, !frozen);
    }

    /**
     * Stops them, and waits until all of them are; does not wait if the step is not made, as in a rehearsal.
     *
     * @throws CgroupException if that does not come to be; they go on then
     */
    public void stop(Maker maker) {
        maker.make(freeze(true));
        var deadline = System.nanoTime() + PATIENCE.toNanos();
        while (isWanted() && !isReached()) {
            if (System.nanoTime() > deadline) {
                maker.make(freeze(false));
                throw new CgroupException(
                        "not all processes can be stopped, and so they go on; one of them may wait for"
                                + " a disk or a server; see: ps -o pid,stat,wchan,cmd");
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
