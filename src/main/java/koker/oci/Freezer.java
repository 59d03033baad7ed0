package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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

    /** The step that stops them, or lets them go on. */
    Step freeze(boolean frozen) {
        var value = unified ? (frozen ? "1" : "0") : frozen ? "FROZEN" : "THAWED";
        return new HostStep.WriteCgroup(file.toString(), value);
    }
}
