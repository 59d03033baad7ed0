package koker.oci;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the processes of a container use.
 *
 * @param accounts what the kernel counts for their cgroup
 * @param outOfMemory whether the kernel had to kill one because memory ran out
 */
public record Statistics(String id, Map<String, Object> accounts, boolean outOfMemory) {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /** The event of that as runc has it, a JSON object on one line. */
    public String json() {
        return event("stats", Map.of("data", accounts));
    }

    /** The event that memory has run out. */
    public String outOfMemoryJson() {
        return event("oom", Map.of());
    }

    private String event(String type, Map<String, Object> more) {
        var event = new LinkedHashMap<String, Object>();
        event.put("type", type);
        event.put("id", id);
        event.putAll(more);
        return GSON.toJson(event);
    }
}
