package koker.oci;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import koker.kernel.Capability;
import koker.runtime.Planner;

/** What this runtime can do (OCI runtime-spec, features.md). */
public final class Features {
    private Features() {}

    /** As a JSON object. */
    public static String json() throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.beginObject();
            json.name("ociVersionMin").value("1.0.0");
            json.name("ociVersionMax").value(State.SPECIFICATION);
            json.name("linux").beginObject();
            list(json, "namespaces", Planner.namespaceTypes());
            json.name("capabilities").beginArray();
            for (var capability : Capability.values()) {
                json.value(capability.name());
            }
            json.endArray();
            json.name("cgroup").beginObject();
            json.name("v1").value(true).name("v2").value(true);
            json.endObject();
            json.endObject();
            json.endObject();
        }
        return text.toString();
    }

    private static void list(JsonWriter json, String name, List<String> values) throws IOException {
        json.name(name).beginArray();
        for (var value : values) {
            json.value(value);
        }
        json.endArray();
    }
}
