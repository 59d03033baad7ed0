package koker.oci;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import koker.spec.Spec;

/**
 * What there is to say of a container (runtime.md, "State"), and what runc adds.
 *
 * @param pid 0 if it has stopped
 * @param created when, RFC 3339
 * @param owner the name of the user who created it
 */
public record Description(
        String id,
        Status status,
        int pid,
        String bundle,
        String rootfs,
        String created,
        Map<String, String> annotations,
        String owner) {
    /** As a JSON object on several lines. */
    public String json() throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.setIndent("  ");
            write(json);
        }
        return text.toString();
    }

    /** All of them as a JSON list on one line. */
    public static String json(List<Description> all) throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginArray();
            for (var each : all) {
                each.write(json);
            }
            json.endArray();
        }
        return text.toString();
    }

    private void write(JsonWriter json) throws IOException {
        json.setHtmlSafe(false);
        json.beginObject();
        json.name("ociVersion").value(Spec.VERSION).name("id").value(id);
        json.name("pid").value(pid).name("status").value(status.toString());
        json.name("bundle").value(bundle).name("rootfs").value(rootfs);
        json.name("created").value(created);
        if (!annotations.isEmpty()) {
            json.name("annotations").beginObject();
            for (var annotation : annotations.entrySet()) {
                json.name(annotation.getKey()).value(annotation.getValue());
            }
            json.endObject();
        }
        json.name("owner").value(owner).endObject();
    }
}
