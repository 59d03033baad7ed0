package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import koker.plan.HostStep;
import koker.plan.Step;

/**
 * The file of a container's cgroup that stops its processes where they are, and lets them go on. It is found by its name: to look for the
 * host's hierarchies would take longer than all else that some commands do.
 *
 * @param file that which is written
 * @param unified whether it is that of version 2
 */
record Freezer(Path file, boolean unified) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(1);

    /** That of the cgroup with those folders. */
    static Optional<Freezer> of(List<String> folders) {
        for (var folder : folders) {
            var legacy = Path.of(folder, "freezer.state");
            if (Files.exists(legacy)) {
                return Optional.of(new Freezer(legacy, false));
            }
            var unified = Path.of(folder, "cgroup.freeze");
            if (Files.exists(unified)) {
                return Optional.of(new Freezer(unified, true));
            }
        }
        return Optional.empty();
    }

    /** Whether its processes are stopped, or about to be. */
    boolean isFrozen() {
        try {
            var state = Files.readString(file).strip();
            return unified ? state.equals("1") : !state.equals("THAWED");
        } catch (IOException e) {
            return false; // it is gone
        }
    }

    /**
     * Waits until they have stopped, or go on.
     *
     * @throws OciException if that does not come to be
     */
    void await(boolean frozen) throws IOException {
        var deadline = System.nanoTime() + PATIENCE.toNanos();
        while (frozen != hasFrozen()) {
            if (System.nanoTime() > deadline) {
                throw new OciException("not all processes of the container can be " + (frozen ? "stopped" : "let go on")
                        + "; see: cat " + file);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private boolean hasFrozen() throws IOException {
        return unified
                ? Files.readString(file.resolveSibling("cgroup.events")).contains("frozen 1")
                : Files.readString(file).strip().equals("FROZEN");
    }

    /** The step that stops them, or lets them go on. */
    Step freeze(boolean frozen) {
        var value = unified ? (frozen ? "1" : "0") : frozen ? "FROZEN" : "THAWED";
        return new HostStep.WriteCgroup(file.toString(), value);
    }
}
