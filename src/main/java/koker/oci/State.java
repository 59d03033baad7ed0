package koker.oci;

import java.util.List;
import java.util.Map;
import koker.process.ProcessId;

/**
 * What is kept of a container, in state.json.
 *
 * @param id the container's
 * @param pid its first process, as the host sees it; 0 as long as there is none
 * @param started when that started, as {@link ProcessId} has it
 * @param created when the container was created, RFC 3339
 * @param bundle the folder that it was made from
 * @param rootfs the folder that is its root
 * @param annotations those of its config.json
 * @param owner the name of the user who created it
 * @param cgroup the path of its cgroup, counted from the root of a hierarchy; null for none
 * @param cgroups the folders that make it up
 */
record State(
        String id,
        int pid,
        long started,
        String created,
        String bundle,
        String rootfs,
        Map<String, String> annotations,
        String owner,
        String cgroup,
        List<String> cgroups) {
    /** The specification that {@code state} follows. */
    static final String SPECIFICATION = "1.2.0";

    State {
        annotations = annotations == null ? Map.of() : annotations;
        cgroups = cgroups == null ? List.of() : cgroups;
    }

    /** The same, with a first process. */
    State with(ProcessId process) {
        return new State(
                id, process.pid(), process.started(), created, bundle, rootfs, annotations, owner, cgroup, cgroups);
    }

    /** Its first process. */
    ProcessId process() {
        return new ProcessId(pid, started);
    }

    /** Whether that is there, and has not ended. */
    boolean isAlive() {
        return pid != 0 && process().isAlive();
    }
}
