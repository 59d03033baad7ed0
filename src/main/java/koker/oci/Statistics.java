package koker.oci;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import koker.cgroup.Usage;

/**
 * What the processes of a container use.
 *
 * @param outOfMemory whether the kernel had to kill one because memory ran out
 */
public record Statistics(String id, Usage usage, boolean outOfMemory) {
    /** The event of that as runc has it, a JSON object on one line. */
    public String json() throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject().name("type").value("stats").name("id").value(id);
            json.name("data").beginObject();
            json.name("cpu").beginObject().name("usage").beginObject();
            field(json, "total", usage.processorNanos());
            json.endObject().endObject();
            json.name("memory").beginObject().name("usage").beginObject();
            field(json, "usage", usage.memory());
            field(json, "limit", usage.memoryLimit());
            json.endObject().endObject();
            json.name("pids").beginObject();
            field(json, "current", usage.processes());
            json.endObject();
            json.name("blkio").beginObject();
            field(json, "bytesRead", usage.bytesRead());
            field(json, "bytesWritten", usage.bytesWritten());
            json.endObject();
            json.endObject().endObject();
        }
        return text.toString();
    }

    /** The event that memory has run out. */
    public String outOfMemoryJson() throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject().name("type").value("oom").name("id").value(id).endObject();
        }
        return text.toString();
    }

    private static void field(JsonWriter json, String name, long value) throws IOException {
        if (value >= 0) {
            json.name(name).value(value);
        }
    }
}
