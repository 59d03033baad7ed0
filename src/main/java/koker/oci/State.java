package koker.oci;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import koker.process.ProcessId;
import koker.runtime.Caller;
import koker.runtime.Planner;

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
 * @param found those of them that were there before, and stay
 * @param sharesPids whether there may be processes of its in the PID namespace of others, which do not end with the first one
 * @param slice what systemd has the container's scope in; null if systemd did not make the cgroup
 * @param unit the name of that scope; null if systemd did not make the cgroup
 * @param hooks whether there are hooks for when it starts or is deleted
 * @param keyring whether its processes have a session keyring of their own
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
        List<String> cgroups,
        List<String> found,
        boolean sharesPids,
        String slice,
        String unit,
        boolean hooks,
        boolean keyring) {
    State {
        annotations = annotations == null ? Map.of() : annotations;
        cgroups = cgroups == null ? List.of() : cgroups;
        found = found == null ? List.of() : found;
    }

    /**
     * Reads what {@link #write} has written. (By hand, as what reads any record takes longer than all else that some commands do.)
     *
     * @throws IllegalStateException if it is JSON, but something else
     * @throws IOException if it is no JSON
     */
    static State read(String text) throws IOException {
        var pid = 0;
        var hooks = false;
        var keyring = false;
        var sharesPids = false;
        var started = 0L;
        var texts = new HashMap<String, String>();
        var annotations = new LinkedHashMap<String, String>();
        var cgroups = new ArrayList<String>();
        var found = new ArrayList<String>();
        try (var json = new JsonReader(new StringReader(text))) {
            json.beginObject();
            while (json.hasNext()) {
                var name = json.nextName();
                switch (name) {
                    case "pid" -> pid = json.nextInt();
                    case "hooks" -> hooks = json.nextBoolean();
                    case "keyring" -> keyring = json.nextBoolean();
                    case "sharesPids" -> sharesPids = json.nextBoolean();
                    case "started" -> started = json.nextLong();
                    case "annotations" -> {
                        json.beginObject();
                        while (json.hasNext()) {
                            annotations.put(json.nextName(), json.nextString());
                        }
                        json.endObject();
                    }
                    case "cgroups", "found" -> {
                        json.beginArray();
                        while (json.hasNext()) {
                            (name.equals("found") ? found : cgroups).add(json.nextString());
                        }
                        json.endArray();
                    }
                    default -> texts.put(name, json.nextString());
                }
            }
            json.endObject();
        }
        for (var name : List.of("id", "created", "bundle", "rootfs", "owner")) {
            if (!texts.containsKey(name)) {
                throw new IllegalStateException("it lacks " + name);
            }
        }
        return new State(
                texts.get("id"),
                pid,
                started,
                texts.get("created"),
                texts.get("bundle"),
                texts.get("rootfs"),
                annotations,
                texts.get("owner"),
                texts.get("cgroup"),
                cgroups,
                found,
                sharesPids,
                texts.get("slice"),
                texts.get("unit"),
                hooks,
                keyring);
    }

    /** As JSON. */
    String write() throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.beginObject().name("id").value(id);
            json.name("pid")
                    .value(pid)
                    .name("started")
                    .value(started)
                    .name("created")
                    .value(created);
            json.name("bundle").value(bundle).name("rootfs").value(rootfs);
            json.name("annotations").beginObject();
            for (var annotation : annotations.entrySet()) {
                json.name(annotation.getKey()).value(annotation.getValue());
            }
            json.endObject();
            json.name("owner").value(owner);
            if (cgroup != null) {
                json.name("cgroup").value(cgroup);
            }
            json.name("cgroups").beginArray();
            for (var folder : cgroups) {
                json.value(folder);
            }
            json.endArray();
            if (!found.isEmpty()) {
                json.name("found").beginArray();
                for (var folder : found) {
                    json.value(folder);
                }
                json.endArray();
            }
            json.name("sharesPids").value(sharesPids);
            if (unit != null) {
                json.name("slice").value(slice).name("unit").value(unit);
            }
            json.name("hooks").value(hooks).name("keyring").value(keyring).endObject();
        }
        return text + "\n";
    }

    /** The same, with a first process. */
    State with(ProcessId process) {
        return new State(
                id,
                process.pid(),
                process.started(),
                created,
                bundle,
                rootfs,
                annotations,
                owner,
                cgroup,
                cgroups,
                found,
                sharesPids,
                slice,
                unit,
                hooks,
                keyring);
    }

    /** {@code planner}, for a container of koker's user that has a keyring of its own or not. */
    static Planner equip(Planner planner, String id, boolean keyring) {
        var equipped = keyring ? planner.withKeyring(id) : planner;
        return equipped.madeBy(Caller.self());
    }

    /** {@code planner}, for this container. */
    Planner equip(Planner planner) {
        return equip(planner, id, keyring);
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
